"""Everybody else's layout: a YAML source file says where their rows are and what their columns mean.

The language is small on purpose and computes nothing; ``parameters/sources/README.md`` describes it with an example, ``layout_spec`` checks it.
"""

import calendar
import fnmatch
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from perfanalysis.errors import DataError, Problem
from perfanalysis.sources.drafts import About, Part
from perfanalysis.sources.grid import SUFFIXES, Grid, describe_file, read_grids
from perfanalysis.sources.headers import SEARCHED, Header, column_letters, header_scales, read_header
from perfanalysis.sources.layout_spec import PartSpec, Spec, read_spec
from perfanalysis.sources.text import fold, is_missing_text, read_codes, read_dates
from perfanalysis.tables import fold_header

#: Headers that every sheet has: its file's name without the suffix, and its own.
FILE, SHEET = "@file", "@sheet"
_SPAN = re.compile(r"(?:fy)?\s*(\d{4})\s*[-–/]\s*(\d{2}|\d{4})\s*(?:年度?|财年)?")
_MONTHS = {name.casefold(): number for number, name in enumerate(calendar.month_abbr) if name}


def read_layout(path: Path) -> tuple[list[Part], list[Problem], list[dict[str, Any]], About]:
    """What a source file describes: parts, what was odd, the files that were read, and what it says of the dataset.

    Raises
    ------
    DataError
        The source file has mistakes (all of them), or a file, sheet or header that it names is not there (all of these too).
    """
    if not path.is_file():
        raise DataError([Problem("no_such_file", file=str(path))])
    spec = read_spec(path.read_text(encoding="utf-8"), path.name)
    folder = (path.parent / spec.folder).resolve()
    reader = _Reader(spec, folder, path.name)
    parts = [part for part_spec in spec.parts for part in [reader.read(part_spec)] if part is not None]
    if any(problem.file == path.name for problem in reader.problems):
        raise DataError(reader.problems)
    about = About(spec.currency, spec.fiscal_year_start, spec.name, spec.name_en, spec.demonstration, spec.complete_by_key)
    return parts, reader.problems, list(reader.sources.values()), about


class _Reader:
    """Reads each file once, however many parts are made from it."""

    def __init__(self, spec: Spec, folder: Path, yaml_name: str):
        self.spec, self.folder, self.yaml_name = spec, folder, yaml_name
        self.grids: dict[str, list[Grid]] = {}
        self.frames: dict[tuple[str, str, tuple[str, ...]], Any] = {}
        self.sources: dict[str, dict[str, Any]] = {}
        self.problems: list[Problem] = []

    def read(self, part: PartSpec) -> Part | None:
        """One part of a table, from every sheet that it names."""
        rows, places, headers, unit_lines = [], [], {}, {}
        for grid in self._sheets(part):
            frame, place, header = self._frame(grid, part)
            if frame is None:
                return None
            frame, place = _where(frame, place, part.where)
            if part.wide_to_long:
                frame, place = _long(frame, place, part.wide_to_long)
            rows.append(self._cells(frame, part))
            places.append(place)
            unit_lines |= dict.fromkeys(part.columns, header.unit_line) if header.unit_line else {}
        if not rows:
            return None
        cells, place = pd.concat(rows, ignore_index=True), pd.concat(places, ignore_index=True)
        cells, place = self._latest(cells, place, part)
        headers = {name: made for name, made in part.columns.items() if isinstance(made, str)}
        # what is nearer to the cell is stronger, and what the part says is strongest
        usual = {column.name: part.usual_money for column in part.table.columns if column.kind == "money" and part.usual_money}
        lines = {name: scale for name, scale in unit_lines.items() if part.table.column(name).kind == "money"}
        scales = usual | lines | _own_scales(headers, part) | dict(part.money)
        return Part(part.table.name, cells[[name for name in cells if not name.startswith("@")]], place, headers, scales, same_key=part.same_key, flows=part.flows)

    def _sheets(self, part: PartSpec) -> list[Grid]:
        # as_posix: a pattern with folders in it reads the same on every system
        files = [file for file in sorted(self.folder.glob(part.file)) if file.is_file() and not file.name.startswith("~$")] if self.folder.is_dir() else []
        if not files:
            self._wrong("source_no_file", f"{part.path}.file", part.file, folder=self.folder.name, there=self._there())
            return []
        found = []
        for file in files:
            name = file.relative_to(self.folder).as_posix() if file.is_relative_to(self.folder) else file.name
            if name not in self.grids:
                self.grids[name], problems = read_grids(file, name)
                self.problems += problems
                self.sources[name] = describe_file(file, name)
            found += [grid for grid in self.grids[name] if not grid.sheet or fnmatch.fnmatch(grid.sheet, part.sheet)]
        if not found and any(self.grids.values()):
            sheets = sorted({grid.sheet for file in files for grid in self.grids.get(file.relative_to(self.folder).as_posix(), [])})
            self._wrong("source_no_sheet", f"{part.path}.sheet", part.sheet, there=sheets or ["–"])
        return found

    def _there(self) -> list[str]:
        if not self.folder.is_dir():
            return ["–"]
        return sorted(file.name for file in self.folder.iterdir() if file.suffix.lower() in SUFFIXES)[:10] or ["–"]

    def _frame(self, grid: Grid, part: PartSpec) -> tuple[pd.DataFrame | None, pd.DataFrame, Any]:
        """A sheet below its header, columns named by headers; read once for all parts that find the header at the same row."""
        wanted = _wanted(part)
        position = _header_position(grid, part, wanted)
        key = (grid.file, grid.sheet, str(position))
        if key not in self.frames:
            self.frames[key] = _frame_of(grid, position)
        frame, place, header = self.frames[key]
        by_fold = {fold(name): name for name in reversed(list(frame.columns))}
        by_header = {fold_header(name): name for name in reversed(list(frame.columns)) if fold_header(name)}
        renamed = {}
        for name, path in wanted.items():
            there = name if name in frame.columns else by_fold.get(fold(name)) or by_header.get(fold_header(name))
            if there is None:
                shown = [column for column in frame.columns if not column.startswith(("@", "#"))]
                self._wrong("source_no_header", path, name, where=", ".join(filter(None, (grid.file, grid.sheet))), there=shown[:30] or ["–"])
            elif there != name:
                renamed[name] = frame[there]
        if any(problem.column in wanted.values() for problem in self.problems if problem.code == "source_no_header"):
            return None, place, header
        return (frame.assign(**renamed) if renamed else frame), place, header

    def _cells(self, frame: pd.DataFrame, part: PartSpec) -> pd.DataFrame:
        """The columns of the schema, made from the headers of the sheet."""
        index = frame.index
        made: dict[str, pd.Series] = {}
        dates = {name: how for name, how in part.columns.items() if isinstance(how, Mapping) and ("month" in how or "quarter" in how)}
        for name, how in part.columns.items():
            if name not in dates:
                made[name] = self._column(frame, how)
        for name, value in part.constants.items():
            made[name] = pd.Series([value] * len(index), index=index, dtype="object")
        for name, mapped in part.values.items():
            if name in made:
                by_text = {fold(theirs): (None if ours == "" else ours) for theirs, ours in mapped.items()}
                made[name] = made[name].map(lambda cell, by_text=by_text: by_text.get(fold(cell), cell) if cell is not None else None)
        if "year" in made:
            # a constant year is the dataset's own; a sheet's may be named by the year in which it starts
            made["year"] = made["year"] if "year" in part.constants else self._years(made["year"])
        for name, how in dates.items():
            made[name] = self._period_ends(made.get("year"), frame, how)
        for name, value in part.fill.items():
            cells = made.get(name, pd.Series(None, index=index, dtype="object"))
            made[name] = cells.where(~cells.map(is_missing_text).astype(bool), value)
        latest = {f"@{name}": frame[name] for name in part.keep_latest}
        return pd.DataFrame({**made, **latest}, index=index, dtype="object")

    def _column(self, frame: pd.DataFrame, how: Any) -> pd.Series:
        if isinstance(how, str):
            return frame[how]
        if "letter" in how:
            return frame[f"#{how['letter'].upper()}"]
        if "join" in how:
            texts = [read_codes(frame[name]).values for name in how["join"]]
            joined = texts[0]
            for text in texts[1:]:
                joined = joined + how.get("with", "-") + text
            return joined.astype("object")
        if "first_of" in how:
            first = frame[how["first_of"][0]]
            for name in how["first_of"][1:]:
                first = first.where(~first.map(is_missing_text).astype(bool), frame[name])
            return first
        days = read_dates(frame[how["fiscal_year_of"]]).values
        later = (days.dt.month >= self.spec.fiscal_year_start) & (self.spec.fiscal_year_start > 1)
        # what is no date stays as it was typed, so that reading the year reports it
        years = (days.dt.year + later).astype("Int64").astype("object")
        return years.where(days.notna(), frame[how["fiscal_year_of"]])

    def _years(self, cells: pd.Series) -> pd.Series:
        """Fiscal years named by the year in which they end: ``2019-20`` is 2020, and so is 2019 where the source names years by their start."""
        late = self.spec.fiscal_year_start > 1

        def name(cell: Any) -> Any:
            text = fold(cell)
            if match := _SPAN.fullmatch(text):
                first, second = int(match[1]), int(match[2])
                second = second if second > 99 else first // 100 * 100 + second + (100 if second < first % 100 else 0)
                return second if late and second == first + 1 else cell
            if late and self.spec.fiscal_year_named_by == "start" and re.fullmatch(r"\d{4}(\.0)?", text):
                return int(float(text)) + 1
            return cell

        distinct = {cell: name(cell) for cell in pd.unique(cells.dropna())}
        return cells.map(lambda cell: distinct.get(cell, cell))

    def _period_ends(self, years: pd.Series | None, frame: pd.DataFrame, how: Mapping[str, str]) -> pd.Series:
        """The last day of a month or of a quarter of the fiscal year; what is neither stays as it was typed."""
        start = self.spec.fiscal_year_start
        typed = frame[how.get("month") or how["quarter"]]
        ends = []
        for year, cell in zip(years if years is not None else [None] * len(frame), typed, strict=True):
            month = _month(cell) if "month" in how else _quarter_month(cell, start)
            number = re.match(r"\d{4}", fold(year)) if year is not None else None
            if month is None or number is None:
                ends.append(cell)
                continue
            calendar_year = int(number[0]) - (1 if start > 1 and month >= start else 0)
            ends.append(pd.Timestamp(calendar_year, month, calendar.monthrange(calendar_year, month)[1]))
        return pd.Series(ends, index=frame.index, dtype="object")

    def _latest(self, cells: pd.DataFrame, place: pd.DataFrame, part: PartSpec) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Of the rows with one key, those of the latest report."""
        if not part.keep_latest or cells.empty:
            return cells, place
        order = [_ordered(cells[f"@{name}"]) for name in part.keep_latest]
        ranked = pd.DataFrame(dict(enumerate(order)), index=cells.index)
        rank = ranked.groupby(list(ranked.columns), dropna=False).ngroup()
        keys = [read_codes(cells[name]).values.fillna("") for name in part.table.key if name in cells]
        newest = rank.groupby(keys).transform("max") if keys else rank.max()
        kept = rank == newest
        return cells[kept].reset_index(drop=True), place[kept].reset_index(drop=True)

    def _wrong(self, code: str, path: str, found: Any, **values: Any) -> None:
        problem = Problem(code, file=self.yaml_name, column=path, found=found, values=values)
        if problem not in self.problems:
            self.problems.append(problem)


def _wanted(part: PartSpec) -> dict[str, str]:
    """Every header that a part names, with its path in the source file; those that ``wide_to_long`` makes are none of the sheet's."""
    wanted: dict[str, str] = {header: f"{part.path}.where.{header}" for header in part.where}
    for name, how in part.columns.items():
        path = f"{part.path}.columns.{name}"
        if isinstance(how, str):
            wanted[how] = path
        else:
            for made, value in how.items():
                if made not in ("with", "letter"):
                    wanted |= dict.fromkeys(value if isinstance(value, list) else [value], path)
    wanted |= {header: f"{part.path}.keep_latest" for header in part.keep_latest}
    if part.wide_to_long:
        for made in (part.wide_to_long["name"], part.wide_to_long["value"]):
            wanted.pop(str(made), None)
        wanted |= {header: f"{part.path}.wide_to_long.columns" for header in part.wide_to_long["columns"]}
    return {header: path for header, path in wanted.items() if header not in (FILE, SHEET)}


def _header_position(grid: Grid, part: PartSpec, wanted: Mapping[str, str]) -> int | None:
    if part.header_row is not None:
        return grid.numbers.index(part.header_row) if part.header_row in grid.numbers and part.header_row > 0 else None if part.header_row == 0 else 0
    if grid.numbers and grid.numbers[0] == 0:
        return 0
    folded = {fold_header(name) for name in wanted}
    matches = [len({fold_header(cell) for cell in row if cell is not None} & folded) for row in grid.rows[:SEARCHED]]
    return int(np.argmax(matches)) if matches and max(matches) else 0


def _frame_of(grid: Grid, position: int | None) -> tuple[pd.DataFrame, pd.DataFrame, Any]:
    width = max((len(row) for row in grid.rows), default=0)
    header = Header(-1, [""] * width) if position is None or not grid.rows else read_header(grid, position)
    first = header.position + 1
    kept = [number for number, row in enumerate(grid.rows[first:], first) if any(cell is not None and cell != "" for cell in row)]
    rows = [grid.rows[number] + [None] * (width - len(grid.rows[number])) for number in kept]
    frame = pd.DataFrame(rows, columns=[f"#{column_letters(column)}" for column in range(width)], dtype="object")
    named = {}
    for column, text in enumerate(header.texts):
        named.setdefault(text or f"#{column_letters(column)}", frame.iloc[:, column])
    frame = pd.DataFrame({**named, **{name: frame[name] for name in frame if name not in named}, FILE: Path(grid.file).stem, SHEET: grid.sheet}, dtype="object")
    place = pd.DataFrame({"file": grid.file, "sheet": grid.sheet, "row": pd.Series([grid.numbers[number] for number in kept], dtype="int64")})
    return frame, place, header


def _where(frame: pd.DataFrame, place: pd.DataFrame, where: Mapping[str, tuple[str, ...]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    kept = pd.Series(True, index=frame.index)
    for header, wanted in where.items():
        texts = {cell: fold(cell) for cell in pd.unique(frame[header].dropna())}
        kept &= frame[header].map(texts).isin({fold(value) for value in wanted})
    return frame[kept].reset_index(drop=True), place[kept].reset_index(drop=True)


def _long(frame: pd.DataFrame, place: pd.DataFrame, wide: Mapping[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row for each of the wide columns, in the order of the sheet's rows; an empty cell makes no row."""
    columns = wide["columns"]
    count = len(columns)
    repeated = frame.loc[frame.index.repeat(count)].reset_index(drop=True)
    names = pd.Series(list(columns.values()) * len(frame), dtype="object")
    cells = pd.Series(frame[list(columns)].to_numpy(dtype="object").ravel(), dtype="object")
    long = repeated.assign(**{str(wide["name"]): names, str(wide["value"]): cells})
    there = long[str(wide["value"])].notna()
    return long[there].reset_index(drop=True), place.loc[place.index.repeat(count)].reset_index(drop=True)[there].reset_index(drop=True)


def _own_scales(headers: Mapping[str, str], part: PartSpec) -> dict[str, float]:
    """The units that stand in the headers themselves: 支出（亿元）."""
    return {name: scale for name, scale in header_scales(headers, part.table, unit_line=np.nan).items() if scale == scale}


def _ordered(cells: pd.Series) -> pd.Series:
    """Reports in their order: numbers, dates, or else text."""
    numbers = pd.to_numeric(cells, errors="coerce")
    if numbers.notna().all():
        return numbers
    dates = read_dates(cells)
    return dates.values if not dates.unreadable.any() else cells.map(fold)


def _month(cell: Any) -> int | None:
    text = fold(cell)
    if match := re.fullmatch(r"(\d{1,2})(?:\.0)?\s*月?份?", text):
        return int(match[1]) if 1 <= int(match[1]) <= 12 else None
    return _MONTHS.get(text[:3]) if text.isalpha() and text.isascii() else None


def _quarter_month(cell: Any, start: int) -> int | None:
    """The last month of a quarter of a fiscal year that starts in month ``start``."""
    match = re.fullmatch(r"(?:q|第|quarter\s*)?\s*([1-4一二三四])(?:\.0)?\s*(?:季度|季|q)?", fold(cell))
    if not match:
        return None
    quarter = "一二三四".find(match[1]) + 1 or int(match[1])
    return (start - 2 + 3 * quarter) % 12 + 1
