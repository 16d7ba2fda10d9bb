"""The problems of a source shown where they are: a copy with coloured cells and a note on each, and a sheet that lists them all."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from perfanalysis import words
from perfanalysis.errors import DataError, Problem
from perfanalysis.sources.grid import SUFFIXES, Grid, read_grids
from perfanalysis.sources.headers import SEARCHED
from perfanalysis.sources.text import fold
from perfanalysis.sources.xlsx import put, save

#: Colour-blind-safe fills; the note says the severity in words as well.
_FILLS = {"error": "FFF4B6A6", "warning": "FFFCE8A6"}
_LIST_WIDTHS = (28, 18, 7, 26, 22, 90)


def mark_problems(source: str | Path, problems: Iterable[Problem], to: str | Path, *, lang: str = "en") -> Path:
    """Write a workbook in which every problem is coloured at its cell and explained in a note.

    Parameters
    ----------
    source : what was checked. Of an ``.xlsx`` workbook a copy is made, with its own looks; other files, folders and source files
        give a new workbook with a sheet for each of their sheets that has a problem.
    problems : as from ``check_source``; those without a place in a file are only listed.
    to : the ``.xlsx`` file to write; an existing one is replaced, but never the source itself.
    lang : the language of the notes and the list.

    Returns
    -------
    The path ``to``. What the source holds is written as text where it is text: nothing becomes a formula that was none.

    >>> pa.mark_problems("my-city.xlsx", pa.check_source("my-city.xlsx"), "marked.xlsx")  # doctest: +SKIP
    """
    source, to, problems = Path(source), Path(to), list(problems)
    if to.exists() and source.exists() and to.samefile(source):
        raise DataError([Problem("would_overwrite", file=to.name)])
    by_place: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        by_place.setdefault((problem.file, problem.sheet), []).append(problem)
    if source.suffix.lower() in (".xlsx", ".xlsm") and source.is_file():
        book = _mark_copy(source, by_place, lang)
    else:
        book = _mark_new(source, by_place, lang)
    _list_problems(book, problems, lang)
    return save(book, to)


def _mark_copy(source: Path, by_place: Mapping[tuple[str, str], list[Problem]], lang: str) -> Any:
    from openpyxl import load_workbook

    book = load_workbook(source)
    for (file, sheet), found in by_place.items():
        if file == source.name and sheet in book.sheetnames:
            page = book[sheet]
            heads = [[cell.value for cell in row] for row in page.iter_rows(max_row=min(SEARCHED, page.max_row))]
            _mark(page, found, heads, lang)
    return book


def _mark_new(source: Path, by_place: Mapping[tuple[str, str], list[Problem]], lang: str) -> Any:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for path, name in _files(source, {file for file, _ in by_place if file}):
        for grid in read_grids(path, name)[0]:
            found = by_place.get((name, grid.sheet))
            if found:
                page = book.create_sheet(_title(grid, book.sheetnames))
                offset = 1 - min(grid.numbers[0], 1)  # a Parquet file has no header line, but a sheet has
                for row, number in zip(grid.rows, grid.numbers, strict=True):
                    for column, value in enumerate(row, 1):
                        if value is not None:
                            put(page.cell(number + offset, column), value)
                _mark(page, found, grid.rows[:SEARCHED], lang, offset)
    return book


def _files(source: Path, names: set[str]) -> list[tuple[Path, str]]:
    """The files that problems name, looked for where the source is."""
    folder = source if source.is_dir() else source.parent
    if source.suffix.lower() in (".yaml", ".yml") and source.is_file():
        from perfanalysis.sources.layout_spec import read_spec

        try:
            folder = source.parent / read_spec(source.read_text(encoding="utf-8"), source.name).folder
        except DataError:
            return []
    return [(folder / name, name) for name in sorted(names) if (folder / name).is_file() and (folder / name).suffix.lower() in SUFFIXES]


def _mark(page: Any, problems: list[Problem], heads: list[list[Any]], lang: str, offset: int = 0) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill
    from openpyxl.utils import get_column_letter

    cells: dict[tuple[int, int], list[Problem]] = {}
    for problem in problems:
        if problem.row is not None:
            row = problem.row + offset
            cells.setdefault((row, _column(problem, heads, row)), []).append(problem)
    for (row, column), found in cells.items():
        cell = page.cell(row, column)
        if type(cell).__name__ == "MergedCell":
            # only the first cell of a merged range can carry a note
            merged = next(area for area in page.merged_cells.ranges if cell.coordinate in area)
            cell = page[f"{get_column_letter(merged.min_col)}{merged.min_row}"]
        severity = "error" if any(problem.severity == "error" for problem in found) else "warning"
        cell.fill = PatternFill("solid", fgColor=_FILLS[severity])
        said = [f"{words.say(f'problem_sheet.{problem.severity}', lang)}\n{_bare(problem).say(lang)}" for problem in found]
        before = [cell.comment.text] if cell.comment else []
        cell.comment = Comment("\n\n".join([*before, *said]), "perfanalysis", height=60 + 55 * len(said), width=360)


def _column(problem: Problem, heads: list[list[Any]], row: int) -> int:
    """The column under the header that the problem names; the first one where it names none."""
    if problem.column:
        for head in reversed(heads[: row if row <= len(heads) else len(heads)]):
            for number, text in enumerate(head, 1):
                if text is not None and fold(text) == fold(problem.column):
                    return number
    return 1


def _bare(problem: Problem) -> Problem:
    return Problem(problem.code, problem.severity, found=problem.found, table=problem.table, values={"column": problem.column, **problem.values})


def _title(grid: Grid, taken: list[str]) -> str:
    base = "".join("_" if letter in r"[]:*?/\'" else letter for letter in (grid.sheet or Path(grid.file).stem))[:28] or "1"
    title, number = base, 1
    while title.casefold() in {name.casefold() for name in taken}:
        number += 1
        title = f"{base}~{number}"
    return title


def _list_problems(book: Any, problems: list[Problem], lang: str) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    name = words.say("problem_sheet.name", lang)
    if name in book.sheetnames:
        # checking a copy that was marked before: its list is out of date
        del book[name]
    page = book.create_sheet(name, 0)
    book.active = 0
    columns = ("file", "sheet", "row", "column", "severity", "says")
    for number, (column, width) in enumerate(zip(columns, _LIST_WIDTHS, strict=True), 1):
        cell = page.cell(1, number)
        put(cell, words.say(f"problem_sheet.{column}", lang))
        cell.font = Font(bold=True)
        page.column_dimensions[get_column_letter(number)].width = width
    for row, problem in enumerate(problems, 2):
        values = (problem.file, problem.sheet, problem.row, problem.column, words.say(f"problem_sheet.{problem.severity}", lang), _bare(problem).say(lang))
        for number, value in enumerate(values, 1):
            put(page.cell(row, number), value)
        page.cell(row, 5).fill = PatternFill("solid", fgColor=_FILLS[problem.severity])
        page.cell(row, 6).alignment = Alignment(wrap_text=True, vertical="top")
    page.freeze_panes = "A2"
    page.auto_filter.ref = f"A1:F{max(len(problems) + 1, 2)}"
