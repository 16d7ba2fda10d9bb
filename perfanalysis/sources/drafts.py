"""From cells to typed rows: what was read of one table, where each row came from, and what is wrong with it so far."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from perfanalysis import words
from perfanalysis.errors import Problem
from perfanalysis.sources.grid import UNCALCULATED
from perfanalysis.sources.targets import read_targets
from perfanalysis.sources.text import DTYPES, is_missing_text, read_column, read_numbers
from perfanalysis.tables import TABLES, Column, Table

_UNREADABLE = {
    "money": "unreadable_money", "ratio": "unreadable_number", "points": "unreadable_number", "number": "unreadable_number",
    "year": "unreadable_year", "date": "unreadable_date", "flag": "unreadable_flag", "choice": "not_allowed",
}
#: Columns of numbers that are read together with their measure and direction; what cannot be read there stays as text, with a warning.
_SOFT = {"monitoring": ("actual_to_date", "expected")}
_TARGETS = ("target", "actual", "measure", "direction", "nature", "reached", "target_text", "actual_text")
#: What a spreadsheet shows where a formula fails.
CELL_ERRORS = ("#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#n/a")
#: Beside a number, what stood behind it; used by the checks, never stored.
MEASURE = "_measure_"


@dataclass(frozen=True)
class Part:
    """Cells for one table, columns named as in its schema, before anything was read into them.

    ``place`` has ``file``, ``sheet`` and ``row`` for each row of ``cells``; ``headers`` what a column is called where it was read;
    ``scales`` how many of the currency's units (or of 1.0, for ratios) a bare number is; ``percents`` columns whose bare numbers are per cent.
    ``same_key`` says what rows with one key mean: an ``error``, the ``first`` one's repetition, or amounts to ``sum``.
    """

    table: str
    cells: pd.DataFrame
    place: pd.DataFrame
    headers: Mapping[str, str] = field(default_factory=dict)
    scales: Mapping[str, float] = field(default_factory=dict)
    percents: frozenset[str] = frozenset()
    same_key: str = "error"
    flows: bool = False
    #: positions of rows with more cells than the header has, how many they have, and how many the header has
    broken: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True)
class About:
    """What a source says of its dataset as a whole."""

    currency: str = "CNY"
    fiscal_year_start: int = 1
    name: str = ""
    name_en: str = ""
    demonstration: bool = False
    #: tables whose parts complete each other's rows by key
    combine: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Issue:
    """One kind of thing wrong with some rows of one table (``rows`` are labels of its draft's index)."""

    table: str
    code: str
    severity: str
    column: str
    rows: pd.Index
    found: pd.Series | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    #: said once for the whole sheet already; each row is set aside for it all the same
    quiet: bool = False


@dataclass(frozen=True)
class Draft:
    """One table as read so far; ``frame``, ``cells`` and ``place`` share one index."""

    table: Table
    frame: pd.DataFrame
    cells: pd.DataFrame
    place: pd.DataFrame
    headers: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class Label:
    """A table's or column's name that a sentence writes in the reader's language."""

    thing: Any

    def written(self, lang: str) -> str:
        return self.thing.label(lang)


@dataclass(frozen=True)
class Named:
    """A table or column by its label in the reader's language and, in brackets, its name."""

    thing: Any

    def written(self, lang: str) -> str:
        label = self.thing.label(lang)
        return label if label == self.thing.name else words.say("problem_named", lang, {"label": label, "name": self.thing.name})


@dataclass(frozen=True)
class Allowed:
    """What a column allows, in the reader's language."""

    column: Column

    def written(self, lang: str) -> str:
        labels = [self.column.choice_label(value, lang) for value in self.column.choices]
        return words.say("verb.and_list_separator", lang).join(labels)


def type_part(part: Part, start: int) -> tuple[Draft, list[Issue]]:
    """Read every cell of a part by its column's kind; rows are numbered from ``start``.

    Returns the draft, with every column of the schema (missing where the source has none), and an issue for each cell that could not be
    read, is not allowed or is out of range.
    """
    table = TABLES[part.table]
    index = pd.RangeIndex(start, start + len(part.cells))
    cells = part.cells.set_axis(index)
    readable = cells
    place = part.place.set_axis(index).assign(part=0)
    issues: list[Issue] = []

    def add(code: str, column: str, mask: pd.Series, severity: str = "error", **values: Any) -> None:
        mask = mask.fillna(False).astype(bool)
        if mask.any():
            rows = index[mask.to_numpy()]
            found = cells[column].loc[rows] if column in cells else None
            issues.append(Issue(table.name, code, severity, column, rows, found, values))

    for name in cells.columns:
        # an error of the spreadsheet is neither a value nor an empty cell, whatever the column holds
        broken, blank = cells[name].isin(CELL_ERRORS), cells[name] == UNCALCULATED
        add("cell_error", name, broken)
        add("cell_uncalculated", name, blank)
        if broken.any() or blank.any():
            readable = readable.assign(**{name: cells[name].mask(broken | blank, None)})
    columns: dict[str, pd.Series] = {}
    paired = table.name == "indicators" and bool(set(_TARGETS) & set(cells))
    if paired:
        read = read_targets(readable[[name for name in _TARGETS if name in cells]], percent_columns=part.percents)
        columns |= {name: read.values[name] for name in _TARGETS}
        for code, column, mask in read.warnings:
            add(code, column, mask, "warning")
        for name, mask in read.unreadable.items():
            add("not_allowed", name, mask, allowed=Allowed(table.column(name)))
    for column in table.columns:
        name = column.name
        if name in columns:
            continue
        if name not in cells:
            columns[name] = pd.Series(np.nan, index=index, dtype="object").astype(DTYPES[column.kind])
            continue
        if name in _SOFT.get(table.name, ()):
            reading = read_numbers(readable[name])
            columns[MEASURE + name] = reading.measure
            add("unreadable_number", name, reading.unreadable, "warning")
        else:
            reading = read_column(readable[name], column, scale=part.scales.get(name, 1.0))
            if column.kind == "points":
                # 50% of what? only who typed it knows how many points there are
                share = reading.measure == "%"
                add("percent_for_points", name, share)
                reading = replace(reading, values=reading.values.mask(share))
            code = _UNREADABLE.get(column.kind)
            if code == "not_allowed":
                add(code, name, reading.unreadable, allowed=Allowed(column))
            elif code:
                add(code, name, reading.unreadable)
        columns[name] = reading.values
    frame = pd.DataFrame({name: columns[name] for name in (*table.names, *[name for name in columns if name.startswith(MEASURE)])}, index=index)
    for column in table.columns:
        name = column.name
        if column.minimum is not None:
            add("below_minimum", name, frame[name] < column.minimum, minimum=_plain(column.minimum))
        if column.maximum is not None:
            add("above_maximum", name, frame[name] > column.maximum, maximum=_plain(column.maximum))
    draft = Draft(table, frame, cells, place, (part.headers,))
    if part.broken:
        positions, founds, widths = zip(*part.broken, strict=True)
        rows = index[list(positions)]
        issues.append(Issue(table.name, "too_many_cells", "error", "", rows, pd.Series(founds, index=rows), {"columns": pd.Series(widths, index=rows)}))
    return draft, issues


def find_missing(draft: Draft) -> list[Issue]:
    """Required cells that are empty; a cell that holds something that cannot be read has its own issue."""
    issues = []
    for name in draft.table.required:
        rows = draft.frame.index[draft.frame[name].isna()]
        if name in draft.cells and len(rows):
            rows = rows[draft.cells.loc[rows, name].map(is_missing_text).to_numpy(dtype=bool)]
        if len(rows):
            absent = name not in draft.cells
            issues.append(Issue(draft.table.name, "missing_value", "error", name, rows, quiet=absent))
    return issues


def join_drafts(drafts: list[Draft]) -> Draft:
    """Drafts of one table, one below the other."""
    if len(drafts) == 1:
        return drafts[0]
    headers, places = [], []
    for draft in drafts:
        places.append(draft.place.assign(part=draft.place["part"] + len(headers)))
        headers += draft.headers
    return Draft(
        drafts[0].table, pd.concat([draft.frame for draft in drafts]), pd.concat([draft.cells for draft in drafts]),
        pd.concat(places), tuple(headers),
    )


def tell(issues: Iterable[Issue], drafts: Mapping[str, Draft]) -> list[tuple[int, bool, Problem]]:
    """Issues as problems, each at its place, with the label of its row and whether it was said once for the whole sheet already."""
    told = []
    for issue in issues:
        draft = drafts[issue.table]
        place = draft.place.loc[issue.rows]
        founds = [None] * len(issue.rows) if issue.found is None else issue.found.reindex(issue.rows).tolist()
        values = {name: value.reindex(issue.rows).tolist() if isinstance(value, pd.Series) else [value] * len(issue.rows) for name, value in issue.values.items()}
        zipped = zip(issue.rows, place["file"], place["sheet"], place["row"], place["part"], founds, strict=True)
        for position, (label, file, sheet, row, part, found) in enumerate(zipped):
            column = draft.headers[part].get(issue.column, issue.column)
            here = {name: listed[position] for name, listed in values.items()}
            told.append((label, issue.quiet, Problem(issue.code, issue.severity, file, sheet, int(row), column, shown(found), issue.table, here)))
    return told


def shown(cell: Any) -> Any:
    """A cell as a message quotes it: on one line, and not longer than a line."""
    if not isinstance(cell, str):
        return f"{cell:.12g}" if isinstance(cell, float) else cell
    text = " ".join(cell.split())
    return text if len(text) <= 80 else f"{text[:79]}…"


def rows_as_text(draft: Draft, labels: list[int]) -> list[str]:
    """Rows as they were typed, as JSON: header → cell, without the empty ones."""
    texts = []
    parts = draft.place["part"].reindex(labels)
    columns = list(draft.cells.columns)
    for part, cells in zip(parts, draft.cells.reindex(labels).itertuples(index=False), strict=True):
        headers = draft.headers[part]
        typed = {headers.get(name, name): cell for name, cell in zip(columns, cells, strict=True) if not is_missing_text(cell)}
        texts.append(json.dumps(typed, ensure_ascii=False, default=str))
    return texts


def _plain(number: float) -> str:
    return f"{number:g}"
