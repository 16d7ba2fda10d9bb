"""What a table and a column are."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

#: What a column holds and how it is stored: text and codes as str, money and numbers as float64, counts as Int64, dates as datetime64.
KINDS = ("code", "text", "choice", "money", "ratio", "points", "number", "year", "date", "flag")


@dataclass(frozen=True)
class Column:
    """One column: its kind, labels, what it may hold, and the other headers that people give it.

    ``choices`` maps each allowed value to the texts, in any language, that mean it; the first Chinese and the first English
    one are its labels (``choice_labels``).
    """

    name: str
    kind: str
    en: str
    zh: str
    aliases: tuple[str, ...] = ()
    choices: Mapping[str, tuple[str, str, tuple[str, ...]]] = field(default_factory=dict)
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    note_en: str = ""
    note_zh: str = ""

    def label(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en

    def choice_label(self, value: str, lang: str) -> str:
        zh, en, _ = self.choices[value]
        return zh if lang == "zh" else en

    def headers(self) -> frozenset[str]:
        """Every header that means this column, folded (``fold_header``)."""
        return frozenset(fold_header(text) for text in (self.name, self.en, self.zh, *self.aliases))

    def meanings(self) -> dict[str, str]:
        """Folded text → allowed value, for a column with choices."""
        return {
            fold_header(text): value
            for value, (zh, en, others) in self.choices.items()
            for text in (value, zh, en, *others)
        }


@dataclass(frozen=True)
class Reference:
    """``columns`` of this table must stand in ``table`` under the same names (or those in ``target``)."""

    columns: tuple[str, ...]
    table: str
    target: tuple[str, ...] = ()
    severity: str = "error"


@dataclass(frozen=True)
class Table:
    """One table: one row per ``key``."""

    name: str
    en: str
    zh: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    references: tuple[Reference, ...] = ()
    why_en: str = ""
    why_zh: str = ""

    def label(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en

    def why(self, lang: str) -> str:
        """Why a reader would miss this table, for the sections that lack it."""
        return self.why_zh if lang == "zh" else self.why_en

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that every row must fill: the key (unless it may be empty) and those declared so."""
        return tuple(column.name for column in self.columns if column.required)

    def column(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"table {self.name!r} has no column {name!r}; it has: {', '.join(self.names)}")


def fold_header(text: str) -> str:
    """A header or a choice as compared: full width folded, case, spaces and units in brackets dropped.

    >>> fold_header("全年预算数（Ａ，万元）"), fold_header("  Adjusted  Budget ")
    ('全年预算数', 'adjustedbudget')
    """
    folded = unicodedata.normalize("NFKC", str(text)).casefold()
    folded = re.sub(r"\([^()]*\)", "", folded)
    return re.sub(r"[\s_:*]+", "", folded)
