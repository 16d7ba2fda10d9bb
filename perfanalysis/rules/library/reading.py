"""Files → ``Library``: the shipped one, a user's own (Excel, CSV, YAML, or a folder of them), or both; everything wrong is said at once."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from perfanalysis.errors import DataError, Problem, RuleError
from perfanalysis.rules.library.model import COLUMNS, Library, Wording
from perfanalysis.tables import fold_header

_HERE = Path(__file__).parent
_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_TEXTS = (".csv", ".tsv", ".txt")
_YAML = (".yaml", ".yml")
_NAMES = tuple(column.name for column in COLUMNS)
#: A sheet's header stands within its first rows.
_HEADER_WITHIN = 10
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_library(path: str | Path | None = None, *, extend: bool = False) -> Library:
    """The shipped indicator library, or a user's own in its place or (``extend``) added to it.

    Parameters
    ----------
    path : empty for the shipped one; a workbook (every sheet with a column of names; a sheet's name is the category of rows that give none), a CSV (UTF-8 or GB 18030),
        a YAML list of mappings, or a folder of such files (a file's name is the category). Headers in Chinese or English: ``COLUMNS``.
    extend : the user's indicators are added; one with the code of a shipped one takes its place

    Returns
    -------
    Library with one row per indicator. A name is required; what else is not given stays missing, except that level 1 follows from a known
    level 2 (数量指标, 社会效益指标 …), kind and names of a category from the shipped categories, and a missing code is the row's number.

    Raises
    ------
    DataError
        Every problem with its file, sheet, row and column: no names, unknown level 1, direction or kind, a code that
        stands twice. The same name twice is no problem: libraries have it for several fields.

    >>> len(load_library()) >= 660
    True
    """
    if not path:
        return _shipped()
    own = _finish(_read(Path(path)), illustrative=False)
    if extend:
        shipped = _shipped().entries
        kept = shipped[~shipped["code"].isin(own["code"])]
        own = pd.concat([kept, own], ignore_index=True)
    return Library(own, float(_settings()["least_similarity"]))


@cache
def _shipped() -> Library:
    settings = _settings()
    frame = _finish(_read(_HERE), illustrative=bool(settings["illustrative"])).sort_values("code", ignore_index=True)
    return Library(frame, float(settings["least_similarity"]))


@cache
def _settings() -> Mapping[str, Any]:
    return yaml.load((_HERE / "library.yaml").read_text(encoding="utf-8"), _LOADER)


@cache
def load_wording(path: str | Path | None = None) -> Wording:
    """Which words are vague and which texts say nothing, as shipped or from a user's file of the same form.

    Raises ``RuleError`` where the file lacks a part or one of its patterns is no regular expression.
    """
    path = Path(path) if path else _HERE / "wording.yaml"
    data = yaml.load(path.read_text(encoding="utf-8"), _LOADER)
    lacking = [name for name in ("vague", "empty", "ending", "number", "source", "verified") if name not in (data or {})]
    if lacking:
        raise RuleError(f"{path.name}: missing {', '.join(lacking)}")
    for name in ("ending", "number"):
        try:
            re.compile(data[name])
        except re.error as error:
            raise RuleError(f"{path.name}, {name}: {data[name]!r} is not a regular expression ({error})") from error
    vague = sorted({str(word) for words in data["vague"] for word in (words if isinstance(words, list) else [words])}, key=len, reverse=True)
    # letters must begin and end a word: 'good' is not in 'goods'
    pattern = "|".join(rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word) for word in vague)
    return Wording(pattern, frozenset(fold_header(str(text)) for text in data["empty"]), data["ending"], data["number"], data["source"], bool(data["verified"]))


@cache
def levels() -> Mapping[str, str]:
    """Each level 2 that the library names → its level 1."""
    return {name: about["level1"] for name, about in _settings()["levels"].items()}


def level_of(level1: pd.Series, level2: pd.Series) -> pd.Series:
    """The level that an indicator is compared on: its level 2 by the library's name for it, else its level 1; missing where neither is known.

    >>> level_of(pd.Series(["output", "benefit"]), pd.Series(["产出数量", "其他"])).tolist()
    ['数量指标', 'benefit']
    """
    return _fold(level2).map(_level_names()).fillna(level1)


def sector_category(sector: str) -> str | None:
    """The sector category of the shipped library that serves departments of ``units.sector``; None where it is not known."""
    return _sectors().get(fold_header(sector)) if sector else None


@cache
def _sectors() -> Mapping[str, str]:
    return {
        fold_header(text): code
        for code, about in _settings()["categories"]["sector"].items()
        for text in (code, about["zh"], about["en"], *about["sectors"])
    }


@cache
def _level_names() -> Mapping[str, str]:
    levels = _settings()["levels"]
    return {fold_header(text): name for name, about in levels.items() for text in (name, name.removesuffix("指标"), about["en"], *about["also"])
            } | {fold_header(f"{text}指标"): name for name, about in levels.items() for text in about["also"]}


@cache
def _categories() -> pd.DataFrame:
    rows = [(fold_header(text), code, kind, about["zh"], about["en"])
            for kind, categories in _settings()["categories"].items() for code, about in categories.items()
            for text in (code, about["zh"], about["en"])]
    return pd.DataFrame(rows, columns=["text", "category", "kind", "category_zh", "category_en"]).drop_duplicates("text").set_index("text")


def _finish(frame: pd.DataFrame, *, illustrative: bool) -> pd.DataFrame:
    """What was read, checked as a whole and completed from what is known of categories and levels."""
    problems: list[Problem] = []
    frame = frame.reset_index(drop=True)
    for column in COLUMNS:
        if column.choices:
            meant = _fold(frame[column.name]).map(column.meanings())
            wrong = frame[column.name].notna() & meant.isna()
            problems += _at(frame[wrong], "not_allowed", column.name, allowed=[choice[0] for choice in column.choices.values()])
            frame[column.name] = meant.astype("str")
    problems += _at(frame[frame["name"].isna()], "missing_value", "name")
    level2 = _fold(frame["level2"]).map(_level_names())
    frame["level1"] = frame["level1"].fillna(level2.map(levels()))
    frame["level2"] = level2.fillna(frame["level2"])
    known = _categories().reindex(_fold(frame["category"])).set_axis(frame.index)
    frame["kind"] = frame["kind"].fillna(known["kind"])
    frame["category_zh"], frame["category_en"] = (known[name].fillna(frame["category"]) for name in ("category_zh", "category_en"))
    frame["category"] = known["category"].fillna(frame["category"])
    numbered = pd.Series([f"R{number}" for number in range(1, len(frame) + 1)], index=frame.index, dtype="str")
    problems += _codes_twice(frame[frame["code"].notna()])
    if problems:
        raise DataError(sorted(problems, key=lambda problem: (problem.file, problem.sheet, problem.row or 0)))
    frame["code"] = frame["code"].fillna(numbered)
    ordered = ["code", "kind", "category", "category_zh", "category_en", *(name for name in _NAMES if name not in ("code", "kind", "category"))]
    return frame[ordered].astype("str").assign(illustrative=illustrative)


def _at(rows: pd.DataFrame, code: str, column: str, **values: Any) -> list[Problem]:
    return [Problem(code, file=file, sheet=sheet, row=int(row), column=column, found=found, values=values)
            for file, sheet, row, found in zip(rows["_file"], rows["_sheet"], rows["_row"], rows[column], strict=True)]


@dataclass(frozen=True)
class _Place:
    """Where something stands, said in the reader's language."""

    problem: Problem

    def written(self, lang: str) -> str:
        return self.problem.place(lang)


def _codes_twice(frame: pd.DataFrame) -> list[Problem]:
    """Rows that repeat an earlier row's code, each with the place of the first."""
    repeated = frame[frame.duplicated("code")]
    first = frame.drop_duplicates("code").set_index("code")[["_file", "_sheet", "_row"]].loc[repeated["code"]]
    places = [_Place(Problem("library_code_twice", file=file, sheet=sheet, row=int(row))) for file, sheet, row in first.itertuples(index=False)]
    return [replace(problem, values={"first": place}) for problem, place in zip(_at(repeated, "library_code_twice", "code"), places, strict=True)]


def _fold(texts: pd.Series) -> pd.Series:
    """Folded as headers and choices are compared; each distinct text once."""
    return texts.map({text: fold_header(text) for text in texts.dropna().unique()})


def _read(path: Path) -> pd.DataFrame:
    """Every row of names in ``path`` as text, with ``_file``, ``_sheet`` and ``_row``."""
    if not path.exists():
        raise DataError([Problem("no_such_file", file=str(path))])
    files = [path]
    if path.is_dir():
        allowed = (*_WORKBOOKS, *_TEXTS, *(_YAML if path != _HERE else ()))
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() in allowed and not file.name.startswith(("~$", ".")))
    entries: list[list[Any]] = []
    problems: list[Problem] = []
    headed = False
    for file in files:
        before = len(problems)
        for sheet in _sheets(file, problems, of_folder=path.is_dir()):
            headed = _collect(sheet, entries) or headed
        if len(problems) == before and not headed:
            problems.append(Problem("library_no_names", file=file.name, values={"headers": list(_name_headers())}))
    if problems or not headed:
        raise DataError(problems or [Problem("library_no_names", file=path.name, values={"headers": list(_name_headers())})])
    return pd.DataFrame(entries, columns=[*_NAMES, "_file", "_sheet", "_row"]).astype(dict.fromkeys([*_NAMES, "_file", "_sheet"], "str"))


@dataclass(frozen=True)
class _Sheet:
    """One sheet or text file: ``rows`` of cells, the number of each where a person looks, the category where the name says it."""

    file: str
    name: str
    category: str | None
    rows: list[list[Any]]
    numbers: Sequence[int]


def _sheets(file: Path, problems: list[Problem], *, of_folder: bool) -> list[_Sheet]:
    """The sheets of a file; what cannot be read is added to ``problems``."""
    suffix, stem = file.suffix.lower(), file.stem if of_folder else None
    try:
        if suffix in _WORKBOOKS:
            return _read_workbook(file, stem)
        if suffix in _TEXTS:
            return [_Sheet(file.name, "", stem, *_read_text(file))]
        if suffix in _YAML:
            return [_Sheet(file.name, "", stem, *_read_yaml(file))]
        problems.append(Problem("unknown_file_type", file=file.name, values={"allowed": [*_WORKBOOKS, *_TEXTS, *_YAML]}))
    except UnicodeDecodeError:
        problems.append(Problem("unreadable_encoding", file=file.name))
    # calamine's own error is no subclass of any other: it is known by its module, which is imported for workbooks alone
    except Exception as error:
        if not isinstance(error, yaml.YAMLError | ValueError | OSError | csv.Error) and type(error).__module__.split(".")[0] != "python_calamine":
            raise
        why = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        problems.append(Problem("unreadable_file", file=file.name, values={"why": why}))
    return []


def _read_workbook(file: Path, stem: str | None) -> list[_Sheet]:
    import python_calamine

    with python_calamine.CalamineWorkbook.from_path(file) as book:
        sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    filled = {name: rows for name, rows in sheets.items() if rows}
    return [_Sheet(file.name, name, name if len(filled) > 1 else stem, rows, range(1, len(rows) + 1)) for name, rows in filled.items()]


def _read_text(file: Path) -> tuple[list[list[Any]], list[int]]:
    content = file.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if text[:2000].count("\t") > text[:2000].count(",") else ",")
    rows, numbers, line = [], [], 0
    for row in reader:
        rows.append(row)
        # a quoted cell may hold line breaks: the row's number is the line on which it begins
        numbers.append(line + 1)
        line = reader.line_num
    return rows, numbers


def _read_yaml(file: Path) -> tuple[list[list[Any]], Sequence[int]]:
    data = yaml.load(file.read_text(encoding="utf-8-sig"), _LOADER)
    data = data.get("indicators") if isinstance(data, dict) else data
    if not isinstance(data, list) or not all(isinstance(entry, dict) for entry in data):
        raise ValueError("not a list of mappings, one for each indicator")
    # each entry may name its fields in its own language
    data = [{_headers().get(fold_header(key), key): value for key, value in entry.items()} for entry in data]
    keys = list(dict.fromkeys(key for entry in data for key in entry))
    # row 1 is the first indicator of the list
    return [keys, *([entry.get(key) for key in keys] for entry in data)], range(len(data) + 1)


def _name_headers() -> tuple[str, ...]:
    column = next(column for column in COLUMNS if column.name == "name")
    return (column.zh, column.en, *column.aliases[:2])


@cache
def _headers() -> Mapping[str, str]:
    return {text: column.name for column in COLUMNS for text in column.headers()}


def _collect(sheet: _Sheet, entries: list[list[Any]]) -> bool:
    """Add the rows below the header under the library's column names; false where no row is a header (a sheet of notes)."""
    for top in range(min(_HEADER_WITHIN, len(sheet.rows))):
        named = [_headers().get(fold_header(cell)) if isinstance(cell, str) else None for cell in sheet.rows[top]]
        if "name" in named:
            break
    else:
        return False
    places = [named.index(name) if name in named else None for name in _NAMES]
    category = _NAMES.index("category")
    for number, row in zip(sheet.numbers[top + 1 :], sheet.rows[top + 1 :], strict=True):
        width = len(row)
        cells = [None if place is None or place >= width else _text(row[place]) for place in places]
        if any(cell is not None for cell in cells):
            if cells[category] is None:
                cells[category] = sheet.category
            entries.append([*cells, sheet.file, sheet.name, number])
    return True


def _text(cell: Any) -> str | None:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # a code that a spreadsheet took for a number
    return None if cell is None else str(cell).strip() or None
