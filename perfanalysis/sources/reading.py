"""From any source to validated tables: read, type, combine, check; what cannot be used is set aside and listed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from perfanalysis.cards import Card, Shown
from perfanalysis.errors import DataError, Problem, Problems
from perfanalysis.sources import database
from perfanalysis.sources.checks import check_rows
from perfanalysis.sources.combine import combine_drafts, sum_flows
from perfanalysis.sources.drafts import (
    MEASURE,
    About,
    Draft,
    Issue,
    Label,
    Part,
    join_drafts,
    rows_as_text,
    tell,
    type_part,
)
from perfanalysis.sources.files import read_files
from perfanalysis.sources.grid import WORKBOOKS
from perfanalysis.sources.headers import match_table
from perfanalysis.sources.plausibility import find_implausible, read_monitored_percents
from perfanalysis.sources.raw import ORIGIN, RawSource
from perfanalysis.tables import TABLES
from perfanalysis.words import Quantity, languages, say

_LISTED = ("table", "unit", "file", "sheet", "row", "severity", *(f"problems_{lang}" for lang in ("en", "zh")), "values")


@dataclass(frozen=True, repr=False)
class SourceData(Shown):
    """What a source holds, after every check.

    ``tables``: name → rows that can be used, every column of the schema typed as in ``text.DTYPES``, and ``ORIGIN`` (``source_file`` is the
    position in ``sources``). ``set_aside``: one row per row that cannot: table, unit (where it can be known), file, sheet, row, severity, its problems in
    each language, and its cells as JSON. ``to_look_at``: the same of rows that are used although something looks wrong. ``problems``: everything found, errors and warnings, in the order of files and rows.
    """

    tables: Mapping[str, pd.DataFrame] = field(repr=False)
    set_aside: pd.DataFrame = field(repr=False)
    to_look_at: pd.DataFrame = field(repr=False)
    problems: Problems = field(default_factory=Problems)
    sources: tuple[Mapping[str, Any], ...] = ()
    currency: str = "CNY"
    fiscal_year_start: int = 1
    name: str = ""
    name_en: str = ""
    demonstration: bool = False

    def _card(self, lang: str) -> Card:
        def count(number: int) -> Quantity:
            return Quantity(number, "count")

        about = [("sources", say("verb.name_list_separator", lang).join(source["file"] for source in self.sources)),
                 ("problems", say("shown.problems", lang, {"errors": count(len(self.errors)), "warnings": count(len(self.problems) - len(self.errors))})),
                 ("set_aside", say("shown.rows", lang, {"number": count(len(self.set_aside))}))]
        rows = tuple((name, TABLES[name].label(lang), count(len(frame)).written(lang)) for name, frame in self.tables.items())
        return Card(
            say("shown.source", lang, {"name": self.name or self.name_en}), tuple((say(f"shown.name.{name}", lang), value) for name, value in about),
            tuple(say(f"shown.heading.{code}", lang) for code in ("table", "label", "rows")), rows, (False, False, True), (say("shown.next.source", lang),),
        )

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity == "error")


def read_source(source: str | Path) -> SourceData:
    """Read and check any source.

    Parameters
    ----------
    source : a source file (``.yaml``), a folder of files, a workbook, a text or Parquet file, filled self-evaluation forms (a workbook, or a folder
        of them), or a database address (``postgresql://…``).

    Raises
    ------
    DataError
        Nothing can be read at all: no such file, a source file with mistakes in it (all of them named), no table. Rows that are wrong do not
        raise: they are in ``set_aside``, and in ``problems``.

    >>> data = pa.read_source(source)
    >>> len(data.tables["projects"]), len(data.set_aside)
    (7, 0)
    """
    if database.is_address(str(source)):
        return _from_raw(database.read_database(str(source)))
    path = Path(source)
    if path.suffix.lower() in (".yaml", ".yml"):
        from perfanalysis.sources.layout import read_layout

        parts, problems, sources, about = read_layout(path)
        return assemble(parts, problems, sources, about)
    if (raw := _read_forms(path)) is not None:
        return _from_raw(raw)
    parts, problems, sources = read_files(path)
    return assemble(parts, problems, sources, About(name=path.resolve().stem))


def check_source(source: str | Path) -> Problems:
    """Every problem of a source at once, those that keep it from being read included.

    >>> pa.check_source("nothing.xlsx")
    error: nothing.xlsx: there is no such file or folder
    """
    try:
        return read_source(source).problems
    except DataError as error:
        return Problems(error.problems)


def assemble(parts: Iterable[Part], problems: Iterable[Problem], sources: Iterable[Mapping[str, Any]], about: About | None = None) -> SourceData:
    """Type, combine and check what was read; every reader of a source ends here."""
    problems, sources, about = list(problems), tuple(sources), about or About()
    drafts, issues = _type_parts(parts, about)
    problems += _missing_tables(drafts)
    usable, issues = check_rows(drafts, issues)
    frames = {name: drafts[name].frame.loc[rows] for name, rows in usable.items()}
    if "monitoring" in frames and "indicators" in frames:
        frames["monitoring"], found = read_monitored_percents(frames["monitoring"], frames["indicators"])
        issues += found
    issues += find_implausible(frames, about.fiscal_year_start)
    tables = {name: _with_origin(frame, drafts[name], sources) for name, frame in frames.items() if len(frame)}
    told = tell(issues, drafts)
    problems += [problem for _, quiet, problem in told if not quiet]
    problems = _in_order(problems)
    return SourceData(
        MappingProxyType(tables), *_list_rows(drafts, told), Problems(problems), sources,
        about.currency, about.fiscal_year_start, about.name, about.name_en, about.demonstration,
    )


def _in_order(problems: list[Problem]) -> list[Problem]:
    """First what concerns whole files and sheets, then file by file, sheet by sheet and row by row, errors before warnings.

    Files and sheets go as their tables refer to each other, so that what is wrong with a unit stands before what that makes of its projects.
    """
    ranks = {name: rank for rank, name in enumerate(TABLES)}
    of_sheet: dict[tuple[str, str], int] = {}
    for problem in problems:
        place = problem.file, problem.sheet
        of_sheet[place] = min(of_sheet.get(place, len(ranks)), ranks.get(problem.table, len(ranks)))
    of_file: dict[str, int] = {}
    for (file, _), rank in of_sheet.items():
        of_file[file] = min(of_file.get(file, len(ranks)), rank)

    def key(problem: Problem) -> tuple:
        place = problem.file, problem.sheet
        return problem.row is not None, of_file[problem.file], problem.file, of_sheet[place], problem.sheet, problem.row or 0, problem.severity

    return sorted(problems, key=key)


def _read_forms(path: Path) -> RawSource | None:
    """Filled forms, where the file or folder is that and not tables."""
    from perfanalysis.sources import forms

    if path.is_dir():
        books = [file for file in sorted(path.rglob("*")) if file.suffix.lower() in WORKBOOKS and not file.name.startswith(("~$", "."))]
        tables = any(match_table(file.stem) for file in path.iterdir() if file.is_file()) or any(_sheets_are_tables(book) for book in books)
        return forms.read_forms(path) if not tables and any(map(forms.is_form, books)) else None
    if path.suffix.lower() in WORKBOOKS and path.is_file() and not match_table(path.stem) and not _sheets_are_tables(path) and forms.is_form(path):
        return forms.read_form(path)
    return None


def _sheets_are_tables(path: Path) -> bool:
    import python_calamine

    try:
        with python_calamine.CalamineWorkbook.from_path(path) as book:
            return any(match_table(name) for name in book.sheet_names)
    except (python_calamine.CalamineError, OSError):
        return False


def _from_raw(raw: RawSource) -> SourceData:
    """Tables that another reader gave, with columns named by the schema."""
    parts = []
    for name, frame in raw.tables.items():
        place = frame[list(ORIGIN)].set_axis(["file", "sheet", "row"], axis=1).reset_index(drop=True)
        columns = [column for column in TABLES[name].names if column in frame]
        parts.append(Part(name, frame[columns].reset_index(drop=True), place, same_key="first" if name == "units" else "error"))
    return assemble(parts, raw.problems, raw.sources)


def _type_parts(parts: Iterable[Part], about: About) -> tuple[dict[str, Draft], list[Issue]]:
    read: dict[str, list[Draft]] = {}
    issues: list[Issue] = []
    start = 0
    for part in parts:
        draft, found = type_part(part, start)
        start += len(part.cells)
        issues += found
        wrong = {label for issue in found if issue.severity == "error" for label in issue.rows}
        if part.flows:
            draft, found = sum_flows(draft, wrong)
            issues += found
        read.setdefault(part.table, []).append(combine_drafts(draft, wrong, part.same_key))
    drafts = {}
    for name in TABLES:
        if name in read:
            wrong = {label for issue in issues if issue.table == name and issue.severity == "error" for label in issue.rows}
            joined = join_drafts(read[name])
            drafts[name] = combine_drafts(joined, wrong, "complete") if name in about.combine else joined
    return drafts, issues


def _missing_tables(drafts: Mapping[str, Draft]) -> list[Problem]:
    """Tables that others refer to and that are not there: said once, and always for the units, without which there is no report."""
    wanted = {"units": "units"} | {
        reference.table: name for name, draft in drafts.items() for reference in draft.table.references if reference.severity == "error"
    }
    missing = [Problem("missing_table", table=by, values={"there": Label(TABLES[name])}) for name, by in wanted.items() if name not in drafts]
    if "units" in drafts and drafts["units"].frame.empty:
        missing.append(Problem("no_units", table="units", values={"there": Label(TABLES["units"])}))
    return missing


def _with_origin(frame: pd.DataFrame, draft: Draft, sources: tuple[Mapping[str, Any], ...]) -> pd.DataFrame:
    positions = {source["file"]: position for position, source in enumerate(sources)}
    place = draft.place.loc[frame.index]
    frame = frame.drop(columns=[name for name in frame.columns if name.startswith(MEASURE)])
    origin = (place["file"].map(positions).astype("Int64"), place["sheet"].astype("str"), place["row"].astype("Int64"))
    return frame.assign(**dict(zip(ORIGIN, origin, strict=True))).reset_index(drop=True)


def _list_rows(drafts: Mapping[str, Draft], told: list[tuple[int, bool, Problem]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows that were set aside, each with its errors, and the rows that are used, each with its warnings."""
    of_row: dict[str, dict[int, list[Problem]]] = {}
    for label, _, problem in told:
        of_row.setdefault(problem.table, {}).setdefault(label, []).append(problem)
    units = _units_of(drafts) if told else {}
    listed = []
    for name in [name for name in TABLES if name in of_row]:
        labels = sorted(of_row[name])
        draft = drafts[name]
        rows = []
        for label in labels:
            problems = of_row[name][label]
            severity = "error" if any(problem.severity == "error" for problem in problems) else "warning"
            # the place of the row is in its own columns: here only the cell and what is wrong with it
            bare = [replace(problem, file="", sheet="", row=None) for problem in problems if problem.severity == severity]
            said = {f"problems_{lang}": "; ".join(problem.say(lang) for problem in bare) for lang in languages()}
            rows.append({"table": name, "unit": units[name].get(label), "severity": severity, **said})
        place = draft.place.loc[labels, ["file", "sheet", "row"]].reset_index(drop=True)
        listed.append(pd.DataFrame(rows).join(place).assign(values=rows_as_text(draft, labels)))
    frame = pd.concat(listed, ignore_index=True) if listed else pd.DataFrame(columns=list(_LISTED))
    frame = frame[list(_LISTED)].astype({name: "Int64" if name == "row" else "str" for name in _LISTED})
    in_error = frame["severity"] == "error"
    return frame[in_error].reset_index(drop=True), frame[~in_error].reset_index(drop=True)


def _units_of(drafts: Mapping[str, Draft]) -> dict[str, dict[int, str]]:
    """Table → label of a row → its unit, where the row or its project names one that is known (rows in error included)."""
    known = set(drafts["units"].frame["unit"].dropna()) if "units" in drafts else None
    projects = drafts["projects"].frame if "projects" in drafts else pd.DataFrame(columns=["project", "year", "unit"])
    by_year = projects.dropna(subset=["project", "year", "unit"]).drop_duplicates(["project", "year"]).set_index(["project", "year"])["unit"]
    once = projects.dropna(subset=["project", "unit"]).drop_duplicates(["project", "unit"])
    alike = once[~once.duplicated("project", keep=False)].set_index("project")["unit"]
    found = {}
    for name, draft in drafts.items():
        frame = draft.frame
        unit = frame["unit"] if "unit" in frame else pd.Series(None, index=frame.index, dtype="object")
        if "project" in frame and "year" in frame:
            unit = unit.where(unit.notna(), pd.Series(by_year.reindex(pd.MultiIndex.from_frame(frame[["project", "year"]])).to_numpy(), index=frame.index))
        if "project" in frame:
            unit = unit.where(unit.notna(), frame["project"].map(alike))
        unit = unit.dropna()
        found[name] = (unit[unit.isin(known)] if known is not None else unit).to_dict()
    return found
