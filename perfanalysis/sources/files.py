"""A folder of files, one workbook, or one file: each sheet is read as the table that it is named after."""

import difflib
from pathlib import Path
from typing import Any

from perfanalysis.errors import DataError, Problem
from perfanalysis.sources.drafts import Named, Part
from perfanalysis.sources.grid import SUFFIXES, WORKBOOKS, Grid, describe_file, list_files, read_grids
from perfanalysis.sources.headers import match_table, part_of_grid
from perfanalysis.tables import TABLES, Table, fold_header

#: Sheets that explain and hold no data: those of our own template and of the copies with problems marked, in every language.
NOTES = frozenset(fold_header(text) for text in ("说明", "填表说明", "Read me", "Notes", "问题清单", "Problems listed", "选项", "Choices"))
#: Files beside the tables that are known and hold none.
_BESIDE = frozenset(["set_aside", "readme", "license", "source"])


def read_files(path: Path) -> tuple[list[Part], list[Problem], list[dict[str, Any]]]:
    """Every table in a folder, a workbook or a single file.

    In a folder, a file is the table that it is named after (``projects.csv``, ``绩效指标.xlsx``), or a workbook with a sheet per table.

    Returns
    -------
    The parts, what was odd about the files (unknown names, missing columns, …), and a record of each file that was read.

    Raises
    ------
    DataError
        There is nothing to read: no file, or none that is named after a table.
    """
    if not path.exists():
        raise DataError([Problem("no_such_file", file=str(path))])
    files = list_files(path) if path.is_dir() else [path]
    if path.is_file() and path.suffix.lower() not in SUFFIXES:
        raise DataError([Problem("unknown_file_type", file=path.name, values={"allowed": list(SUFFIXES)})])
    parts: list[Part] = []
    problems: list[Problem] = []
    sources: list[dict[str, Any]] = []
    for file in files:
        if file.stem.casefold() in _BESIDE:
            continue
        grids, wrong = read_grids(file, file.name)
        problems += wrong
        before = len(parts)
        for grid in grids:
            found, told = _part(grid, file, alone=len([g for g in grids if g.rows]) == 1)
            problems += told
            if found is not None:
                parts.append(found)
        if len(parts) > before:
            sources.append(describe_file(file, file.name))
    if not parts and not any(problem.severity == "error" for problem in problems):
        problems.append(Problem("no_tables", file=path.name, values={"wanted": list(map(Named, TABLES.values()))}))
    if not parts:
        raise DataError(problems)
    return parts, problems, sources


def _part(grid: Grid, file: Path, alone: bool) -> tuple[Part | None, list[Problem]]:
    table, problem = _table_of(grid, file, alone)
    if table is None:
        return None, [problem] if problem else []
    return part_of_grid(grid, table)


def _table_of(grid: Grid, file: Path, alone: bool) -> tuple[Table | None, Problem | None]:
    """The table of a sheet: by the sheet's name, else by the file's."""
    if fold_header(grid.sheet) in NOTES and grid.sheet:
        return None, None
    of_sheet = match_table(grid.sheet) if grid.sheet else None
    of_file = match_table(file.stem)
    if of_sheet or (of_file and (alone or file.suffix.lower() not in WORKBOOKS)):
        return of_sheet or of_file, None
    if not any(cell is not None for row in grid.rows for cell in row):
        return None, None
    names = {name: table for table in TABLES.values() for name in (table.name, table.en, table.zh)}
    wanted = grid.sheet or file.stem
    alike = map(names.get, difflib.get_close_matches(wanted, names, n=3, cutoff=0.5))
    near = list(map(Named, {table.name: table for table in alike}.values()))
    rows = sum(any(cell is not None for cell in row) for row in grid.rows)
    code = "unknown_sheet_near" if near else "unknown_sheet"
    return None, Problem(code, "warning", grid.file, grid.sheet, found=wanted, values={"near": near, "wanted": list(map(Named, TABLES.values())), "rows": rows})
