"""What a section of a report is made of, free of language: texts, key figures, charts, tables.

A block says *what* is shown; ``perfanalysis.display.render`` says how, in a given language. Sections are built from blocks in
``perfanalysis.sections`` and shown by notebooks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from perfanalysis.findings import Fact, Finding
from perfanalysis.words.reader import reader_language


@dataclass(frozen=True)
class Text:
    """One paragraph: ``text.<code>`` of the catalogue with its values (facts, labels, lists of labels)."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class KeyFigures:
    """Large numbers in a row; each fact's label is ``measure.<fact.measure>`` of the catalogue."""

    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Findings:
    """A list of findings, each with its sentence and recommended action (``finding.<code>.says`` and ``.action``)."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Chart:
    """A picture: ``draw(frame, lang)`` returns a Figure.

    ``code`` names the words under ``chart.<code>``: ``title`` states the finding and ``alt`` describes the picture; both are filled
    from ``values`` (facts and labels), so that every number in them is a fact.
    """

    code: str
    draw: Callable[[pd.DataFrame, str], Any]
    frame: pd.DataFrame = field(repr=False)
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ColumnView:
    """One column of a table: the frame's column and how its cells are written.

    ``unit`` is one of ``words.values.UNITS``, or ``choice:<table>.<column>`` (a coded value shown by its label), or ``words:<prefix>``
    (a code whose words stand in the catalogue under that prefix), or ``written`` (each cell is an object with ``written(lang)``, such as a
    ``Label``, ``Quantity``, ``Measured`` or ``Spoken``).
    """

    name: str
    unit: str = "text"
    label: str = ""  # catalogue code under ``column.``; by default the column's name


@dataclass(frozen=True)
class Table:
    """A table: ``frame`` (one row per line) in the given columns; ``code`` names its caption under ``table.<code>``.

    ``most`` lines are shown in the page; the whole goes to ``tables.xlsx``. ``total`` marks the last line as a sum.
    """

    code: str
    frame: pd.DataFrame = field(repr=False)
    columns: tuple[ColumnView, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    most: int = 30
    total: bool = False


@dataclass(frozen=True)
class Absent:
    """A section (or part) that cannot be shown: which table or column is missing, and why a reader would miss it."""

    table: str
    column: str = ""


@dataclass(frozen=True)
class FactList:
    """The register of facts: a row each with id ``fact-<id>``, its value, definition (``method.<method>``) and the input it came from.

    ``origins`` maps ``findings.tracing.describe(evidence)`` to the lines of the submitted files, ``sources`` are those files, ``cites`` maps a
    fact's id to the rule or document that it follows (anything with ``written(lang)``).
    """

    facts: tuple[Fact, ...]
    origins: Mapping[str, tuple[Any, ...]] = field(default_factory=dict, repr=False)
    sources: tuple[Mapping[str, Any], ...] = ()
    cites: Mapping[str, Any] = field(default_factory=dict, repr=False)


Block = FactList | Text | KeyFigures | Findings | Chart | Table | Absent


@dataclass(frozen=True, repr=False)
class Section:
    """One section: its heading is ``section.<code>`` of the catalogue; ``facts`` are all facts it states, ``findings`` all it found.

    It shows itself as the report shows it, in the language of the person who looks; a report says in which: ``pa.show(section, lang)``.
    """

    code: str
    blocks: tuple[Block, ...]
    findings: tuple[Finding, ...] = ()
    facts: tuple[Fact, ...] = ()

    def __repr__(self) -> str:
        from perfanalysis.display.show import plain_section

        try:
            return plain_section(self, reader_language())
        except Exception:  # asked for while something else goes wrong: a name is better than a second error
            return object.__repr__(self)

    def _repr_html_(self) -> str:
        from perfanalysis.display.render import render, stylesheet

        return f"<style>{stylesheet()}</style>\n{render(self, reader_language())}"
