"""Which row of a sheet is its header, which column of ours each header means, and in what unit its numbers are."""

import difflib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pandas as pd

from perfanalysis import words
from perfanalysis.errors import Problem
from perfanalysis.sources.drafts import Label, Named, Part, shown
from perfanalysis.sources.grid import Grid
from perfanalysis.sources.text import fold, is_missing_text, money_scale
from perfanalysis.tables import TABLES, Column, Table, fold_header

#: How far down a header row is looked for.
SEARCHED = 30
_UNIT_LINE = re.compile(r"(?:金额)?(?:计量)?单位\s*[:：]\s*(?:人民币)?\s*([^\s,，;；、)）]+)|\b(?:amounts?|figures|money) in ([a-z]+(?: of)?(?: yuan| dollars)?)", re.IGNORECASE)
_TOTALS = frozenset(["合计", "总计", "小计", "共计", "total", "totals", "grandtotal", "subtotal", "sum"])
_TOTALS_BEGIN = frozenset("合总小共tTgGsS")


@dataclass(frozen=True)
class Header:
    """The header of one sheet: its row (position in the grid), the text above each column, and what stood above it all."""

    position: int
    texts: list[str]
    unit_line: float | None = None
    columns: Mapping[str, int] = field(default_factory=dict)


def match_table(text: str) -> Table | None:
    """The table that a file, sheet or database table is named after, by its name or a label in any language."""
    return _named_tables().get(fold_header(text))


@cache
def _named_tables() -> Mapping[str, Table]:
    """Folded name → table: its own, its labels, and the short ones that the template's sheets have."""
    short = {name: [words.say(code, lang) for lang in words.languages() if words.has(code := f"template.sheet.{name}", lang)] for name in TABLES}
    return {fold_header(name): table for table in reversed(TABLES.values()) for name in (table.name, table.en, table.zh, *short[table.name])}


def find_header(grid: Grid, table: Table) -> Header | None:
    """The row that holds the most headers of ``table``; None where none holds one.

    Titles and a line such as ``金额单位：万元`` may stand above it. Where a header is merged over two rows, the upper cell counts.
    """
    known = frozenset().union(*(column.headers() for column in table.columns))
    best, most = None, 0
    for position, row in enumerate(grid.rows[:SEARCHED]):
        matches = sum(1 for cell in row if isinstance(cell, str) and fold_header(cell) in known)
        if matches > most:
            best, most = position, matches
    if best is None or most < min(2, len(table.required)):
        return None
    return read_header(grid, best, known)


def read_header(grid: Grid, position: int, known: frozenset[str] = frozenset()) -> Header:
    """The header at one row, completed from the two rows above where a cell is merged downwards."""
    texts = ["" if cell is None else str(cell).strip() for cell in grid.rows[position]]
    for above in (position - 1, position - 2):
        if above >= 0:
            for column, cell in enumerate(grid.rows[above][: len(texts)]):
                if not texts[column] and isinstance(cell, str) and fold_header(cell) in known:
                    texts[column] = cell.strip()
    return Header(position, texts, _unit_line(grid.rows[:position]))


def match_columns(header: Header, table: Table, grid: Grid) -> tuple[dict[str, int], list[Problem]]:
    """Column of the schema → position in the sheet; what is unknown, ambiguous or missing is said."""
    problems: list[Problem] = []
    wanted: dict[str, list[tuple[int, int]]] = {}
    row = grid.numbers[header.position] or None
    for position, text in enumerate(header.texts):
        if not text:
            continue
        folded = fold_header(text)
        matches = [(rank, column.name) for column in table.columns for rank in [_rank(column, folded)] if rank is not None]
        if matches:
            rank, name = min(matches)
            wanted.setdefault(name, []).append((rank, position))
        else:
            labels = {label: column for column in table.columns for label in (column.name, column.en, column.zh)}
            alike = map(labels.get, difflib.get_close_matches(text, labels, n=3, cutoff=0.5))
            near = list(map(Named, {column.name: column for column in alike}.values()))
            code = "unknown_column_near" if near else "unknown_column"
            problems.append(Problem(code, "warning", grid.file, grid.sheet, row, shown(text), table=table.name, values={"near": near, "table": Label(table)}))
    columns = {}
    for name, found in wanted.items():
        found.sort()
        columns[name] = found[0][1]
        for _, position in found[1:]:
            problems.append(Problem(
                "repeated_column", "warning", grid.file, grid.sheet, row, header.texts[position], table=table.name,
                values={"used": header.texts[found[0][1]] + (f" ({column_letters(found[0][1])})" if header.texts[position] == header.texts[found[0][1]] else "")},
            ))
    for name in table.required:
        if name not in columns:
            problems.append(Problem(
                "missing_column", "error", grid.file, grid.sheet, row, table=table.name,
                values={"wanted": Named(table.column(name))},
            ))
    return columns, problems


def column_letters(position: int) -> str:
    """Position of a column as spreadsheets name it: 0 is A, 26 is AA."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def part_of_grid(grid: Grid, table: Table) -> tuple[Part | None, list[Problem]]:
    """The rows of a sheet as a part of ``table``; None, with the reason, where it cannot be one."""
    if not any(cell is not None for row in grid.rows for cell in row):
        return None, [Problem("empty_sheet", "warning", grid.file, grid.sheet, table=table.name)]
    header = find_header(grid, table)
    if header is None:
        return None, [Problem("no_header", "error", grid.file, grid.sheet, table=table.name, values={"some": [Named(table.column(name)) for name in table.required], "table": Label(table)})]
    columns, problems = match_columns(header, table, grid)
    cells, place, broken, more = body(grid, header, columns, table)
    problems += more
    texts = {name: header.texts[position] for name, position in columns.items()}
    scales = header_scales(texts, table, header.unit_line)
    percents = frozenset(name for name, text in texts.items() if table.column(name).kind == "number" and _in_brackets(text) == "%")
    return Part(table.name, cells, place, texts, scales, percents, broken=broken), problems


def body(
    grid: Grid, header: Header, columns: Mapping[str, int], table: Table
) -> tuple[pd.DataFrame, pd.DataFrame, tuple[tuple[int, int, int], ...], list[Problem]]:
    """The rows under a header: their cells by column, where each stands, and which have too many cells.

    Empty rows are no data, nor are rows of totals; the latter are named.
    """
    rows, numbers, broken, problems = [], [], [], []
    width = len(header.texts)
    keys = [columns[name] for name in table.required if name in columns and table.column(name).kind == "code"]
    for row, number in zip(grid.rows[header.position + 1 :], grid.numbers[header.position + 1 :], strict=True):
        if all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in row):
            continue
        if _is_total(row, keys):
            problems.append(Problem("total_row", "warning", grid.file, grid.sheet, number, found=_first(row), table=table.name))
            continue
        if len(row) > width and any(cell is not None for cell in row[width:]):
            broken.append((len(rows), len(row), width))
        rows.append([row[position] if position < len(row) else None for position in columns.values()])
        numbers.append(number)
    cells = pd.DataFrame(rows, columns=list(columns), dtype="object")
    place = pd.DataFrame({"file": grid.file, "sheet": grid.sheet, "row": pd.Series(numbers, dtype="int64")})
    return cells, place, tuple(broken), problems


def header_scales(texts: Mapping[str, str], table: Table, unit_line: float | None = None) -> dict[str, float]:
    """What a bare number under each header is worth: 1e4 under 全年预算数（万元）, 0.01 under 执行率（%）."""
    scales = {}
    for name, text in texts.items():
        kind = table.column(name).kind
        unit = _in_brackets(text)
        if kind == "money":
            own = money_scale(unit) if unit else None
            scales[name] = own if own is not None else unit_line or 1.0
        elif kind == "ratio" and unit in ("%", "百分比"):
            scales[name] = 0.01
    return scales


def _rank(column: Column, folded: str) -> int | None:
    """How well a header names a column: its name, its labels, then its aliases in their order."""
    names = [fold_header(text) for text in (column.name, column.zh, column.en, *column.aliases)]
    return names.index(folded) if folded in names else None


def _in_brackets(text: str) -> str:
    found = re.findall(r"\(([^()]*)\)", unicodedata.normalize("NFKC", text))
    units = [re.sub(r"^单位[::]", "", part.strip()) for part in found]
    return units[-1] if units else ""


def _unit_line(rows: list[list[Any]]) -> float | None:
    for row in reversed(rows):
        for cell in row:
            if isinstance(cell, str) and (match := _UNIT_LINE.search(unicodedata.normalize("NFKC", cell))):
                scale = money_scale((match[1] or match[2]).replace(" of", ""))
                if scale is not None:
                    return scale
    return None


def _is_total(row: list[Any], keys: list[int]) -> bool:
    """A row that says that it adds up others, and has no code of its own."""
    key = row[keys[0]] if keys and keys[0] < len(row) else None
    if key is not None and not _says_total(key) and not (isinstance(key, str) and len(key) < 8 and is_missing_text(key)):
        return False
    return any(map(_says_total, row[:8]))


def _says_total(cell: Any) -> bool:
    # folding is slow, and every row of a file comes by here
    return isinstance(cell, str) and len(cell) < 14 and cell.lstrip()[:1] in _TOTALS_BEGIN and fold_header(cell) in _TOTALS


def _first(row: list[Any]) -> Any:
    return next((shown(cell) for cell in row if cell is not None and fold(cell)), "")
