"""Files as grids of cells, with the row and column numbers that a person sees in a spreadsheet or an editor."""

import csv
import hashlib
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perfanalysis.errors import Problem

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
TEXTS = (".csv", ".tsv", ".txt")
SUFFIXES = (*WORKBOOKS, *TEXTS, ".parquet")

#: What is read of a cell with a formula whose result the workbook does not hold.
UNCALCULATED = "#UNCALCULATED!"
_CELL = re.compile(r"<c\b([^>]*?)(?<!/)>(.*?)</c>", re.DOTALL)
_PLACE = re.compile(r'\br="([A-Z]+)(\d+)"')
_ERROR_TYPE = re.compile(r'\bt="e"')
_TEXT_TYPE = re.compile(r'\bt="str"')
_DELIMITERS = (",", ";", "\t", "|")
# unsigned bytes of a byte order mark → encoding
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True)
class Grid:
    """One sheet, or one text file: ``rows`` of cells (None where empty) and the number that each row has where a person looks."""

    file: str
    sheet: str
    rows: list[list[Any]] = field(repr=False)
    numbers: list[int] = field(repr=False)


def list_files(folder: Path) -> list[Path]:
    """The files that can be read in a folder, by name; what programs leave behind (``~$lock``, hidden files) is none."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and not path.name.startswith(("~$", ".")))


def describe_file(path: Path, name: str) -> dict[str, Any]:
    """What a dataset keeps of a source file: its name, SHA-256 and size."""
    content = path.read_bytes()
    return {"file": name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def read_grids(path: Path, name: str) -> tuple[list[Grid], list[Problem]]:
    """Every sheet of a file; a file that cannot be read is a problem, not a crash."""
    try:
        if path.suffix.lower() in WORKBOOKS:
            return list(_read_workbook(path, name)), []
        if path.suffix.lower() == ".parquet":
            return [_read_parquet(path, name)], []
        return _read_text(path, name)
    except OSError as error:
        return [], [Problem("unreadable_file", file=name, values={"why": error.strerror or type(error).__name__})]
    except _UNREADABLE() as error:
        return [], [Problem("unreadable_file", file=name, values={"why": str(error).splitlines()[0][:200] if str(error) else type(error).__name__})]


def _UNREADABLE() -> tuple[type[Exception], ...]:
    import pyarrow
    import python_calamine

    return (python_calamine.CalamineError, pyarrow.ArrowException, zipfile.BadZipFile, csv.Error, UnicodeError)


def _read_workbook(path: Path, name: str) -> Iterator[Grid]:
    import python_calamine

    percents, broken = _percent_cells(path), cells_without_value(path)
    with python_calamine.CalamineWorkbook.from_path(path) as book:
        for position, sheet_name in enumerate(book.sheet_names):
            sheet = book.get_sheet_by_index(position)
            rows = [[None if cell == "" else cell for cell in row] for row in sheet.to_python(skip_empty_area=False)]
            for row, column, factor in percents.get(position, ()):
                if row < len(rows) and column < len(rows[row]) and isinstance(rows[row][column], float | int) and not isinstance(rows[row][column], bool):
                    # a person sees 90%, and the number 0.9 alone would not say that it is a percentage
                    rows[row][column] = f"{rows[row][column] * factor:.12g}%"
            for row, column, shown in broken.get(position, ()):
                if row < len(rows) and column < len(rows[row]) and rows[row][column] is None:
                    rows[row][column] = shown
            _fill_merged(rows, sheet.merged_cell_ranges or [])
            yield Grid(name, sheet_name, rows, list(range(1, len(rows) + 1)))


def _fill_merged(rows: list[list[Any]], ranges: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """A cell merged over several rows stands for each of them; across columns it stays where it was typed."""
    for (top, left), (bottom, _) in ranges:
        if top < len(rows) and left < len(rows[top]):
            for row in rows[top + 1 : bottom + 1]:
                if left < len(row) and row[left] is None:
                    row[left] = rows[top][left]


def _percent_cells(path: Path) -> dict[int, list[tuple[int, int, int]]]:
    """Sheet → cells that are shown with a per cent sign (row, column, what the number is multiplied by to be shown).

    calamine gives values without their formats, so the formats are looked up here.
    """
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        return {}
    found: dict[int, list[tuple[int, int, int]]] = {}
    with zipfile.ZipFile(path) as package:
        names = set(package.namelist())
        if "xl/styles.xml" not in names:
            return {}
        styles = package.read("xl/styles.xml").decode("utf-8", "replace")
        factors = {9: 100, 10: 100} | {
            int(number): factor for number, code in re.findall(r'<numFmt\b[^>]*?numFmtId="(\d+)"[^>]*?formatCode="([^"]*)"', styles)
            for factor in [_percent_factor(code)] if factor
        }
        block = re.search(r"<cellXfs\b.*?</cellXfs>", styles, re.DOTALL)
        shown = [int(number) for number in re.findall(r'<xf\b[^>]*?numFmtId="(\d+)"', block[0])] if block else []
        of_style = {str(position): factors[number] for position, number in enumerate(shown) if number in factors}
        if not of_style:
            return {}
        cell = re.compile(rf'<c\b(?=[^>]*\ss="({"|".join(of_style)})")[^>]*?\sr="([A-Z]+)(\d+)"')
        for position, part in enumerate(_sheet_parts(package)):
            if part in names:
                text = package.read(part).decode("utf-8", "replace")
                found[position] = [(int(row) - 1, _column_number(letters), of_style[style]) for style, letters, row in cell.findall(text)]
    return found


def cells_without_value(path: Path) -> dict[int, list[tuple[int, int, str]]]:
    """Sheet → cells that show an error (``#REF!``) or hold a formula whose result was never stored (row, column, what is read of it).

    calamine gives both as empty cells, and an empty cell would mean that nobody has filled it.
    """
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        return {}
    found: dict[int, list[tuple[int, int, str]]] = {}
    with zipfile.ZipFile(path) as package:
        names = set(package.namelist())
        for position, part in enumerate(_sheet_parts(package)):
            text = package.read(part).decode("utf-8", "replace") if part in names else ""
            if 't="e"' not in text and "<f" not in text:
                continue
            for attributes, inside in _CELL.findall(text):
                place = _PLACE.search(attributes)
                value = re.search(r"<v>([^<]*)</v>", inside)
                if place and _ERROR_TYPE.search(attributes) and value:
                    shown = value[1]
                elif place and "<f" in inside and not value and "<is>" not in inside and not _TEXT_TYPE.search(attributes):
                    shown = UNCALCULATED
                else:
                    continue
                found.setdefault(position, []).append((int(place[2]) - 1, _column_number(place[1]), shown))
    return found


def _percent_factor(code: str) -> int | None:
    """100 for a format such as ``0.0%``, 1 where the sign is only text behind the number (``0.0"%"``), None without any."""
    quoted = re.compile(r'&quot;[^&]*&quot;|\\.')
    if "%" in quoted.sub("", code):
        return 100
    return 1 if "%" in code else None


def _sheet_parts(package: zipfile.ZipFile) -> list[str]:
    """The parts of the package that hold the sheets, in the order of the workbook."""
    book = package.read("xl/workbook.xml").decode("utf-8", "replace")
    relations = package.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    targets = {}
    for relation in re.findall(r"<Relationship\b[^>]*>", relations):
        number, target = re.search(r'\bId="([^"]*)"', relation), re.search(r'\bTarget="([^"]*)"', relation)
        if number and target:
            targets[number[1]] = target[1].lstrip("/") if target[1].startswith("/") else f"xl/{target[1]}"
    return [targets.get(number, "") for number in re.findall(r'<sheet\b[^>]*?r:id="([^"]*)"', book)]


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _read_parquet(path: Path, name: str) -> Grid:
    import pyarrow.parquet as pq

    table = pq.read_table(path, use_threads=False)
    columns = [column.to_pylist() for column in table.columns]
    rows = [list(table.column_names), *map(list, zip(*columns, strict=True))]
    # row 1 is the first row of data: a Parquet file has no header line
    return Grid(name, "", rows, list(range(len(rows))))


def _read_text(path: Path, name: str) -> tuple[list[Grid], list[Problem]]:
    content = path.read_bytes()
    text = _decode(content)
    if text is None:
        return [], [Problem("unreadable_encoding", file=name)]
    if "\x00" in text:
        return [], [Problem("unreadable_file", file=name, values={"why": "NUL"})]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if path.suffix.lower() == ".tsv" else _delimiter(text))
    rows, numbers, line = [], [], 0
    for row in reader:
        rows.append([cell if cell != "" else None for cell in row])
        # a quoted cell may hold line breaks: the row's number is the line on which it begins
        numbers.append(line + 1)
        line = reader.line_num
    return [Grid(name, "", rows, numbers)], []


def _decode(content: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                return None
    for encoding in ("utf-8", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _delimiter(text: str) -> str:
    """The delimiter that cuts the first lines into the most columns, the same number in most of them."""
    start = text[:20_000].splitlines()[:20]

    def columns(delimiter: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(start, delimiter=delimiter) if len(row) > 1)
        width, lines = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        return lines, width

    return max(_DELIMITERS, key=lambda delimiter: (columns(delimiter), -_DELIMITERS.index(delimiter)))


def describe_content(tables: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The same record for tables that came from memory rather than from a file."""
    content = "".join(f"{table}\n{frame.to_csv(index=False)}" for table, frame in tables.items()).encode("utf-8")
    return {"file": name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
