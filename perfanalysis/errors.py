"""What can go wrong, said so that the reader can mend it: where, what, and what is allowed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from perfanalysis import words


class PerfAnalysisError(Exception):
    """The root of every error that this library raises on purpose."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong at one place of somebody's input.

    ``code`` names a sentence under ``problem.`` in the catalogues and ``values`` fill it. ``severity`` is ``error`` (the row is
    set aside) or ``warning`` (the row is used; a person should look).
    """

    code: str
    severity: str = "error"
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    found: Any = None
    table: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    def place(self, lang: str = "en") -> str:
        parts = [self.file, self.sheet]
        if self.row is not None:
            parts.append(words.say("problem_place.row", lang, {"row": self.row}))
        if self.column:
            parts.append(f"'{self.column}'")
        return ", ".join(part for part in parts if part)

    def say(self, lang: str = "en") -> str:
        """``indicators.xlsx, 自评表, row 14, 'direction': '≧' is not one of >=, <=, =``"""
        values = {"found": self.found, "column": self.column, "table": self.table, **self.values}
        sentence = words.say(f"problem.{self.code}", lang, values)
        place = self.place(lang)
        return f"{place}: {sentence}" if place else sentence


class DataError(PerfAnalysisError):
    """Input that cannot be used, with every problem found."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__(self.say("en"))

    def say(self, lang: str = "en") -> str:
        return "\n".join(problem.say(lang) for problem in self.problems)


class RuleError(PerfAnalysisError):
    """A rule-book or framework is wrong, unknown, or silent where it must speak."""


class PlanError(DataError):
    """A plan or a parameter is wrong; every problem is named before anything runs."""


class MissingTable(PerfAnalysisError):
    """The dataset lacks a table (or column) that a step needs."""

    def __init__(self, table: str, column: str = ""):
        self.table, self.column = table, column
        super().__init__(f"the dataset has no {f'column {column!r} in its ' if column else ''}table {table!r}")
