"""What a run did: one record a unit, kept beside the reports, and ``run.json`` of them all."""

import datetime
import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from perfanalysis import words
from perfanalysis.cards import Card, Shown
from perfanalysis.reporting.changes import Contents, find_changes
from perfanalysis.reporting.folders import folder_name, write_atomically
from perfanalysis.reporting.plan import Plan, PlannedUnit

STATUSES = ("done", "unchanged", "failed")
#: Why a unit's report was made, each with words under ``run.why`` in the catalogues; the parts of its key come first.
#: What changed of the dataset follows as ``indicators:3`` (table and rows) or ``peers``.
WHY = ("notebook", "parameters", "dataset", "about", "library", "lock", "first", "forced", "failed_before", "files_missing", "peers")
_PACKAGES = ("perfanalysis", "papermill", "nbconvert", "pandas", "numpy", "matplotlib", "pyarrow", "jinja2")


@dataclass(frozen=True)
class UnitRecord:
    """What came of one unit in the run that started at ``run`` (the last that it took part in).

    ``good`` is when the report that lies there now was made (empty: there is none); with status ``failed`` that report is stale.
    ``key`` holds the digests of what that report was made from; ``reads`` what it read of the dataset, with a hash of every row, when its files had the
    digests ``tables``. ``codes`` are the findings that the report states; ``before`` holds ``figures`` and ``codes`` of the report that it took the place of.
    """

    unit: str
    status: str
    run: str
    reason: str = ""
    lang: str = ""
    message: str = ""
    source: str = ""
    why: tuple[str, ...] = ()
    good: str = ""
    key: Mapping[str, str] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    findings: Mapping[str, int] = field(default_factory=dict)
    codes: tuple[str, ...] = ()
    before: Mapping[str, Any] = field(default_factory=dict)
    reads: Mapping[str, str] = field(default_factory=dict, repr=False)
    tables: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def stale(self) -> bool:
        """An earlier report is shown because the last run failed."""
        return self.status == "failed" and bool(self.good)


@dataclass(frozen=True, repr=False)
class RunRecord(Shown):
    """One run of a plan. ``units`` are all that the plan names and that ever ran, in its order; ``chosen`` those that this run was for."""

    plan: str
    title: Mapping[str, str]
    folder: Path
    languages: tuple[str, ...]
    started: str
    ended: str
    interrupted: bool
    workers: int
    chosen: tuple[str, ...] = field(repr=False)
    units: tuple[UnitRecord, ...] = field(repr=False)
    versions: Mapping[str, str] = field(repr=False)

    def _card(self, lang: str) -> Card:
        def count(number: int) -> words.Quantity:
            return words.Quantity(number, "count")

        seconds = (datetime.datetime.fromisoformat(self.ended) - datetime.datetime.fromisoformat(self.started)).total_seconds()
        summary = words.say("run.summary", lang, {"plan": self.plan, **{status: count(self.count(status)) for status in STATUSES},
                                                  "seconds": count(round(seconds)), "workers": count(self.workers)})
        index = "index.html" if lang == self.languages[0] else f"index.{lang}.html"
        reasons = tuple((record.unit, words.say(f"run.status.{record.status}", lang), record.message) for record in self.failed)
        return Card(summary, (), tuple(words.say(f"run.column.{name}", lang) for name in ("unit", "status", "reason")), reasons,
                    next=(words.say("run.open", lang, {"path": self.folder / index}),))

    @property
    def failed(self) -> tuple[UnitRecord, ...]:
        """The chosen units whose report failed in this run."""
        return tuple(record for record in self.units if record.status == "failed" and record.unit in self.chosen)

    def count(self, status: str) -> int:
        """How many of the chosen units ended as ``status``."""
        return sum(record.status == status and record.unit in self.chosen for record in self.units)

    def as_json(self) -> str:
        left_out = ("reads", "tables")
        content = {name: getattr(self, name) for name in self.__dataclass_fields__}
        content["units"] = [{name: getattr(record, name) for name in record.__dataclass_fields__ if name not in left_out} for record in self.units]
        content["counts"] = {status: self.count(status) for status in STATUSES}
        del content["folder"]
        return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def read_record(folder: Path, unit: str) -> UnitRecord | None:
    """What is known of ``unit`` from earlier runs into ``folder``; nothing where that cannot be read, so that it runs again."""
    try:
        content = json.loads(_state(folder, unit).read_text(encoding="utf-8"))
        return UnitRecord(**{**content, "why": tuple(content["why"]), "codes": tuple(content.get("codes", ()))})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def keep_record(folder: Path, record: UnitRecord) -> None:
    """Write ``record`` as soon as its unit is done, so that a run that is killed need not do it again."""
    write_atomically(_state(folder, record.unit), json.dumps(asdict(record), ensure_ascii=False))


def plan_key(plan: Plan, contents: Contents) -> dict[str, str]:
    """Digests of what every report of the plan is made from; the unit's own part is added by ``unit_key``."""
    return {
        "notebook": _digest(plan.notebook.read_bytes()),
        "about": contents.about,
        "dataset": _digest((plan.dataset / "dataset.json").read_bytes()),
        "library": _digest(json.dumps([_own_files(), versions()], sort_keys=True).encode()),
        "lock": _digest(lock.read_bytes()) if (lock := plan.root / "requirements.lock").is_file() else "",
    }


def unit_key(plan: Plan, unit: PlannedUnit, base: Mapping[str, str]) -> dict[str, str]:
    """The digests that decide whether the report of ``unit`` must be made anew."""
    given = [plan.parameters_of(unit, lang) for lang in plan.languages]
    shown = [{key: value for key, value in parameters.items() if key != "dataset"} for parameters in given]
    files = [_digest(Path(value).read_bytes()) for value in plan.parameters.values() if isinstance(value, str) and Path(value).is_file()]
    return {**base, "parameters": _digest(json.dumps([shown, dict(plan.title), files], sort_keys=True, ensure_ascii=False).encode())}


def why_run(known: UnitRecord | None, key: Mapping[str, str], folder: Path, contents: Contents, *, force: bool, languages: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The reasons to make a unit's report now, empty where the one that lies there is still right; ``languages`` are those wanted as PDF too."""
    if force:
        return ("forced",)
    if known is None or (not known.good and known.status != "failed"):
        return ("first",)
    if known.status == "failed":
        return ("failed_before",)
    place = folder / folder_name(known.unit)
    if any(not (place / name).is_file() or (place / name).stat().st_size != size for name, size in known.sizes.items()) or any(f"report.{lang}.pdf" not in known.sizes for lang in languages):
        return ("files_missing",)
    # what was read says it better than the dataset as a whole, where it is known
    parts = [part for part in WHY if part in key and not (known.reads and part == "dataset")]
    changed = tuple(part for part in parts if known.key.get(part) != key[part])
    return (*changed, *find_changes(known.reads, known.tables, contents))


def again(record: UnitRecord, run: str, contents: Contents) -> UnitRecord:
    """The record of a unit whose report is still right."""
    tables = dict(contents.tables) if record.reads else record.tables
    return replace(record, status="unchanged", run=run, why=(), reason="", message="", source="", lang="", seconds={}, tables=tables, before={})


@cache
def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide what a report looks like."""
    return {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}


@cache
def _own_files() -> str:
    """One digest of the library's own code, words, rules and templates."""
    room = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for path in sorted(room.rglob("*")):
        if path.suffix in (".py", ".yaml", ".css", ".j2", ".html", ".ttf", ".csv", ".json", ".md") and path.name != "cli.py":
            digest.update(path.relative_to(room).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def _state(folder: Path, unit: str) -> Path:
    return folder / ".state" / f"{folder_name(unit)}.json"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
