"""A dataset on disk: validated tables as Parquet, ordered by unit, and the slice of one unit."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from perfanalysis.cards import Card, Shown
from perfanalysis.errors import DataError, MissingTable, PerfAnalysisError, PlanError, Problem, UnknownName, near
from perfanalysis.tables import TABLES, Table
from perfanalysis.words import Quantity, say
from perfanalysis.words.reader import READS

if TYPE_CHECKING:
    from perfanalysis.sources import SourceData

SCHEMA_VERSION = 1
#: Where every stored row came from: index into the sources of dataset.json, sheet, row number in that sheet (1 = first line).
ORIGIN = ("source_file", "source_sheet", "source_row")
SET_ASIDE = "set_aside"
CITY = "city"


class _Tables(Shown):
    """Something with tables, each an attribute too: ``.projects`` is ``.table("projects")``."""

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name in TABLES:
            return self.table(name)
        if name.startswith("_"):  # what Python and IPython ask every object for
            raise AttributeError(name)
        known = [known for known in dir(self) if not known.startswith("_")]
        raise UnknownName(Problem("unknown_attribute", found=name, values={"kind": type(self).__name__, "near": near(name, known)}))

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(name for name in TABLES if name in self._there())]


def _unknown_table(name: str) -> UnknownName:
    return UnknownName(Problem("unknown_table", found=name, values={"near": near(name, TABLES)}))


@dataclass(frozen=True, repr=False)
class Slice(_Tables):
    """The rows of one unit (or of the whole city) in every table, all years; ``year`` is the report's.

    Every table is an attribute too, all years in it; ``of_year`` takes the report's year.

    >>> part = pa.load_dataset(folder).slice("101", 2023)
    >>> len(part.projects), len(part.of_year("projects"))
    (3, 2)
    """

    unit: str
    year: int
    kind: str
    name: str
    name_en: str
    sector: str
    meta: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame] = field(repr=False)

    def has(self, table: str) -> bool:
        """Whether there are rows of this table for the unit, in any year."""
        return table in self.tables and len(self.tables[table]) > 0

    def lacks(self, table: str) -> bool:
        """Whether the dataset has nothing of this table for any unit; a unit without rows in a table that is there lacks nothing."""
        return table not in self.tables

    def table(self, name: str) -> pd.DataFrame:
        """All years' rows of one table; ``MissingTable`` where the dataset has none of it."""
        return self._own(name).copy()

    def of_year(self, name: str, year: int | None = None) -> pd.DataFrame:
        """The rows of the report's year (or another one)."""
        frame = self._own(name)
        return frame[frame["year"] == (year or self.year)].reset_index(drop=True)

    def _own(self, name: str) -> pd.DataFrame:
        if name not in TABLES and name != SET_ASIDE:
            raise _unknown_table(name)
        if name not in self.tables:
            raise MissingTable(name)
        return self.tables[name]

    def _there(self) -> tuple[str, ...]:
        return tuple(name for name in TABLES if name in self.tables)

    def _card(self, lang: str) -> Card:
        named = self.name if lang == "zh" else self.name_en
        kind = say(f"title.kind.{self.kind}", lang) if self.kind in ("department", "district", CITY) else self.kind
        about = [("code", self.unit), ("kind", kind)]
        rows = []
        for name in self._there():
            frame = self.tables[name]
            this_year = _count(int((frame["year"] == self.year).sum()), lang) if "year" in frame else say("shown.nothing", lang)
            rows.append((name, TABLES[name].label(lang), _count(len(frame), lang), this_year))
        year = Quantity(self.year, "year")
        return Card(
            say("shown.slice", lang, {"name": named, "year": year}),
            (*((say(f"shown.name.{name}", lang), value) for name, value in about), *_demonstration(self.meta, lang)),
            (*(say(f"shown.heading.{name}", lang) for name in ("table", "label", "rows")), say("shown.heading.this_year", lang, {"year": year})),
            tuple(rows), (False, False, True, True), (say("shown.next.slice", lang),),
        )

    @property
    def currency(self) -> str:
        return self.meta["currency"]

    @property
    def demonstration(self) -> bool:
        return bool(self.meta["demonstration"])


@dataclass(frozen=True, repr=False)
class Dataset(_Tables):
    """A dataset folder: ``dataset.json`` and one Parquet file a table.

    Every table is an attribute too, and completion lists those that are there.

    >>> data = pa.load_dataset(folder)
    >>> data.years, data.units["name_en"].tolist()
    ((2022, 2023), ['Education Bureau', 'Transport Bureau', 'Water Bureau'])
    >>> data.projects["project"].nunique()
    6
    """

    path: Path

    @cached_property
    def meta(self) -> Mapping[str, Any]:
        return MappingProxyType(json.loads((self.path / "dataset.json").read_text(encoding="utf-8")))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name in TABLES if name in self.meta["rows"])

    @cached_property
    def units(self) -> pd.DataFrame:
        return self.table("units")

    @cached_property
    def _units(self) -> pd.DataFrame:
        return self._read("units")

    @property
    def years(self) -> tuple[int, ...]:
        """The years that have projects or execution, ascending."""
        if "years" in self.meta:
            return tuple(self.meta["years"])
        return _years({name: self._read(name, columns=["year"]) for name in _WITH_YEARS if name in self.names})

    def table(self, name: str, *, columns: list[str] | None = None, unit: str | None = None) -> pd.DataFrame:
        """One table, whole or of one unit; one row per key of its schema.

        >>> pa.load_dataset(folder).table("projects", unit="103")["project"].tolist()
        ['P5', 'P6']
        """
        note_read("table", name, unit or "")
        return self._read(name, columns=columns, unit=unit)

    def _read(self, name: str, *, columns: list[str] | None = None, unit: str | None = None) -> pd.DataFrame:
        if name not in TABLES and name != SET_ASIDE:
            raise _unknown_table(name)
        if name != SET_ASIDE and name not in self.names:
            raise MissingTable(name)
        return _read_rows(self.path / f"{name}.parquet", columns, unit).to_pandas(ignore_metadata=True)

    def slice(self, unit: str, year: int) -> Slice:
        """Everything about one unit; an unknown unit or year is one clear ``PlanError``.

        >>> pa.load_dataset(folder).slice("101", 2023).name_en
        'Education Bureau'
        """
        problems = []
        row = self._read("units", unit=unit)
        if row.empty:
            problems.append(Problem("unknown_unit", found=unit, values={"near": near(unit, self._units["unit"])}))
        if year not in self.years:
            problems.append(Problem("unknown_year", found=year, values={"allowed": ", ".join(map(str, self.years))}))
        if problems:
            raise PlanError(problems)
        about = row.iloc[0]
        tables = {name: self.table(name, unit=unit) for name in (*self.names, SET_ASIDE)}
        return Slice(unit, year, about["kind"], *_names(about), self.meta, MappingProxyType(tables))

    def _there(self) -> tuple[str, ...]:
        return self.names

    def _card(self, lang: str) -> Card:
        meta = self.meta
        name = meta["name"] if lang == "zh" else meta["name_en"] or meta["name"]
        kinds = self._units["kind"].value_counts()
        units = [say(f"shown.units_of.{kind if kind in ('department', 'district') else 'other'}", lang, {"number": Quantity(int(number), "count")})
                 for kind, number in kinds.items()]
        about = [("units", say("verb.and_list_separator", lang).join(units)), ("years", say("verb.and_list_separator", lang).join(map(str, self.years))),
                 ("currency", meta["currency"]), ("sources", say("shown.files", lang, {"number": Quantity(len(meta["sources"]), "count")}))]
        if meta["set_aside"]:
            about.append(("set_aside", say("shown.set_aside", lang, {"number": Quantity(meta["set_aside"], "count")})))
        return Card(
            say("shown.dataset", lang, {"name": name or str(self.path)}),
            (*((say(f"shown.name.{code}", lang), value) for code, value in about), *_demonstration(meta, lang)),
            tuple(say(f"shown.heading.{code}", lang) for code in ("table", "label", "rows")),
            tuple((name, TABLES[name].label(lang), _count(meta["rows"][name], lang)) for name in self.names),
            (False, False, True), (say("shown.next.dataset", lang),),
        )

    def whole(self, year: int) -> Slice:
        """The whole city as one slice."""
        if year not in self.years:
            raise PlanError([Problem("unknown_year", found=year, values={"allowed": ", ".join(map(str, self.years))})])
        tables = {name: self.table(name) for name in (*self.names, SET_ASIDE)}
        meta = self.meta
        return Slice(CITY, year, CITY, meta["name"], meta["name_en"] or meta["name"], "", meta, MappingProxyType(tables))


def _read_rows(path: Path, columns: list[str] | None, unit: str | None) -> pa.Table:
    """The rows of a table's file, or those of one unit; of a large file only the parts are read that may have some."""
    about = path.stat()
    metadata, units = _outline(path, about.st_mtime_ns, about.st_size)
    with pq.ParquetFile(path, metadata=metadata) as file:
        # one thread: a report reads a few rows, and many reports run side by side
        if unit is None:
            return file.read(columns, use_threads=False)
        parts = [part for part, (first, last) in enumerate(units) if first is None or first <= unit <= last]
        rows = file.read_row_groups(parts, None if columns is None else [*dict.fromkeys([*columns, "unit"])], use_threads=False)
    rows = rows.filter(pc.equal(rows["unit"], unit))
    return rows if columns is None else rows.select(columns)


@lru_cache(maxsize=256)
def _outline(path: Path, changed: int, size: int) -> tuple[Any, list[tuple[Any, Any]]]:
    """What a file says of itself, and the first and last unit of each of its parts (nothing where it does not say); read once for each state of the file."""
    metadata = pq.read_metadata(path)
    places = [place for place in range(metadata.num_columns) if metadata.schema.column(place).path == "unit"]
    found = [metadata.row_group(part).column(place).statistics for place in places for part in range(metadata.num_row_groups)]
    return metadata, [(one.min, one.max) if one is not None and one.has_min_max else (None, None) for one in found]


def _count(number: int, lang: str) -> str:
    return Quantity(number, "count").written(lang)


def _demonstration(meta: Mapping[str, Any], lang: str) -> tuple[tuple[str, str], ...]:
    return ((say("shown.name.illustrative", lang), say("shown.demonstration", lang)),) if meta["demonstration"] else ()


def note_read(*what: str) -> None:
    """Note that ``what`` was read, where somebody asked for it (``READS``)."""
    log = os.environ.get(READS)
    if log:
        with open(log, "a", encoding="utf-8") as file:
            file.write("\t".join(what) + "\n")


def load_dataset(path: str | Path) -> Dataset:
    """The dataset in the folder ``path``; an error says what is missing and which command makes one.

    A relative path is looked for here and then in the folders above, so that a notebook opened in its own folder finds ``outputs/…``.

    >>> pa.load_dataset(folder).names[:3]
    ('units', 'projects', 'indicators')
    """
    path = Path(path)
    if not path.is_absolute():
        places = (folder / path for folder in (Path(), *Path.cwd().parents))
        path = next((place for place in places if (place / "dataset.json").is_file()), path)
    if not (path / "dataset.json").is_file():
        raise PerfAnalysisError(Problem("not_a_dataset", found=str(path)))
    dataset = Dataset(path)
    if dataset.meta["schema_version"] != SCHEMA_VERSION:
        raise PerfAnalysisError(Problem("other_schema", found=str(path), values={"theirs": dataset.meta["schema_version"], "ours": SCHEMA_VERSION}))
    return dataset


def import_source(source: str | Path, to: str | Path, **about: Any) -> Dataset:
    """Read, check and store a source (whatever ``sources.read_source`` reads) as the dataset ``to``; ``about`` as in ``store_source``.

    >>> data = pa.import_source(source, new / "data", name="小城", name_en="Small Town")
    >>> data.meta["rows"]["projects"], data.meta["set_aside"]
    (7, 0)
    """
    from perfanalysis.sources import read_source

    return store_source(read_source(source), to, **about)


def store_source(data: "SourceData", to: str | Path, **about: Any) -> Dataset:
    """Store what was read of a source as the dataset ``to``.

    ``about`` (``currency``, ``fiscal_year_start``, ``demonstration``, ``name``, ``name_en``) goes before what the source says of itself. The table
    ``set_aside`` of the dataset lists the rows in error and the rows to look at, told apart by ``severity``.

    Raises
    ------
    DataError
        No unit can be used, so that there is nobody to report on; every error found is named.
    """
    if "units" not in data.tables:
        raise DataError(data.errors or data.problems)
    known = {name: getattr(data, name) for name in ("currency", "fiscal_year_start", "demonstration", "name", "name_en")}
    listed = pd.concat([data.set_aside, data.to_look_at], ignore_index=True)
    return write_dataset(to, data.tables, set_aside=listed, sources=data.sources, **{**known, **about})


def write_dataset(
    path: str | Path,
    tables: Mapping[str, pd.DataFrame],
    *,
    set_aside: pd.DataFrame,
    sources: Iterable[Mapping[str, Any]],
    currency: str = "CNY",
    fiscal_year_start: int = 1,
    demonstration: bool = False,
    name: str = "",
    name_en: str = "",
) -> Dataset:
    """Write validated ``tables`` as a dataset, all or nothing: a reader sees the old one or the new one.

    ``tables`` hold the schema's columns and, where known, ``ORIGIN``; ``set_aside`` has one row per row that could not be used
    (table, unit, file, sheet, row, severity, problems as text in each language). ``sources`` are dicts of ``file``, ``sha256`` and ``bytes``.
    """
    path = Path(path)
    check_target(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        of_project = _unit_of_project(tables)
        rows = {}
        for table in TABLES.values():
            frame = tables.get(table.name)
            if frame is None or frame.empty:
                continue
            frame = _with_unit(_complete(frame, table), of_project)
            order = ["unit", *[key for key in table.key if key != "unit"]]
            _write_table(frame.sort_values(order, kind="stable"), staging / f"{table.name}.parquet")
            rows[table.name] = len(frame)
        _write_table(set_aside.sort_values("unit", kind="stable", na_position="last"), staging / f"{SET_ASIDE}.parquet")
        meta = {
            "schema_version": SCHEMA_VERSION, "name": name, "name_en": name_en, "currency": currency,
            "fiscal_year_start": fiscal_year_start, "demonstration": demonstration,
            "sources": list(sources), "rows": rows, "years": list(_years(tables)), "set_aside": _in_error(set_aside), "content": _digests(staging),
        }
        (staging / "dataset.json").write_text(json.dumps(meta, ensure_ascii=False, indent=1), encoding="utf-8")
        os.chmod(staging, 0o755)
        _swap(staging, path)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return Dataset(path)


def check_target(path: str | Path) -> None:
    """Whether a dataset may be written to ``path``: where nothing is, in an empty folder, or in the place of a dataset and of nothing beside it.

    Raises
    ------
    PlanError
        There is a file, the working folder, or something that is no part of a dataset: what stands there is never deleted.
    """
    path = Path(path)
    if not path.exists() and not path.is_symlink():
        return
    if not path.is_dir():
        raise PlanError([Problem("to_is_a_file", found=str(path))])
    if path.resolve() in (Path.cwd(), *Path.cwd().parents):
        raise PlanError([Problem("to_is_here", found=str(path))])
    there = sorted(entry.name for entry in path.iterdir())
    if not there:
        return
    if not _is_dataset(path):
        raise PlanError([Problem("to_is_not_a_dataset", found=str(path), values={"there": _few(there)})])
    ours = {"dataset.json", "peers", *(f"{name}.parquet" for name in (*TABLES, SET_ASIDE))}
    if beside := [name for name in there if name not in ours]:
        raise PlanError([Problem("to_holds_more", found=str(path), values={"there": _few(beside)})])


def _is_dataset(path: Path) -> bool:
    try:
        meta = json.loads((path / "dataset.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(meta, dict) and {"schema_version", "rows", "sources"} <= set(meta)


def _few(names: list[str], most: int = 5) -> list[str]:
    return names if len(names) <= most else [*names[:most], f"… ({len(names)})"]


_WITH_YEARS = ("projects", "execution", "indicators", "assessments")


def _years(tables: Mapping[str, pd.DataFrame]) -> tuple[int, ...]:
    years: set[int] = set()
    for name in _WITH_YEARS:
        if name in tables and "year" in tables[name]:
            years |= set(tables[name]["year"].dropna().astype(int))
    return tuple(sorted(years))


def _in_error(set_aside: pd.DataFrame) -> int:
    """Rows that were not used; those with a warning are listed beside them, and were."""
    return int((set_aside["severity"] == "error").sum()) if "severity" in set_aside else len(set_aside)


def _names(row: pd.Series) -> tuple[str, str, str]:
    name = row["name"]
    english = row.get("name_en")
    sector = row.get("sector")
    return name, english if isinstance(english, str) and english else name, sector if isinstance(sector, str) else ""


def _unit_of_project(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    projects = tables.get("projects")
    if projects is None:
        return pd.Series(dtype="str")
    return projects.drop_duplicates(["project", "year"]).set_index(["project", "year"])["unit"]


_EMPTY = {"money": "float64", "ratio": "float64", "points": "float64", "number": "float64", "date": "datetime64[s]", "year": "Int64", "flag": "boolean"}


def _complete(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Every column of the schema, empty where the input had none, so that a reader of the dataset need not ask which there are."""
    absent = {
        column.name: pd.Series(pd.NA if column.kind in ("year", "flag") else None, index=frame.index, dtype=_EMPTY.get(column.kind, "str"))
        for column in table.columns if column.name not in frame
    }
    return frame.assign(**absent)


def _with_unit(frame: pd.DataFrame, of_project: pd.Series) -> pd.DataFrame:
    """Tables that only know the project get its unit of that year, so that one unit's rows lie together."""
    if "unit" in frame.columns:
        return frame
    keys = pd.MultiIndex.from_frame(frame[["project", "year"]])
    return frame.assign(unit=of_project.reindex(keys).to_numpy())


#: Rows of a file that are read together, at least, and parts of a file at most: a reader looks at the first and last unit of each part.
_GROUP, _PARTS = 2_000, 500


def _write_table(frame: pd.DataFrame, path: Path) -> None:
    if len(frame) > _GROUP and "unit" in frame:
        # a report reads one unit's rows: where they lie together, most of a large file is passed over
        frame = frame.sort_values("unit", kind="stable")
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path, row_group_size=max(_GROUP, len(frame) // _PARTS), compression="zstd")


def _digests(folder: Path) -> dict[str, str]:
    return {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.parquet"))}


def _swap(staging: Path, path: Path) -> None:
    """Put ``staging`` in the place of ``path``; what was there goes only once the new one stands."""
    if not path.exists():
        os.replace(staging, path)
        return
    old = path.with_name(f".{path.name}-old-{os.getpid()}")
    os.replace(path, old)
    try:
        os.replace(staging, path)
    except OSError:
        os.replace(old, path)
        raise
    shutil.rmtree(old)
