"""What is chosen at the desk: language, subject, year and rules. Every panel shows the same choice."""

import os
from collections.abc import Callable, Mapping
from functools import cache, cached_property, lru_cache
from pathlib import Path

import traitlets

from perfanalysis.dataset import CITY, Dataset, load_dataset
from perfanalysis.errors import PlanError, Problem
from perfanalysis.rules import list_frameworks, list_rulebooks
from perfanalysis.sections.chain import load_project
from perfanalysis.sections.key_area import load_key_area
from perfanalysis.sections.unit import Unit, load_unit

#: What ``perfanalysis lab`` tells the notebook: the dataset's folder, and the language.
DATASET, LANG = "PERFANALYSIS_DATASET", "PERFANALYSIS_LANG"
DEMONSTRATION = "outputs/demo/dataset"
KINDS = (CITY, "department", "district", "key_area", "project")
#: So many subjects are kept ready; one of a city's size has some tens of megabytes.
KEPT = 12


class State(traitlets.HasTraits):
    """The choice of one desk. ``unit()`` is the subject chosen, loaded once and kept."""

    lang = traitlets.Unicode()
    kind = traitlets.Unicode()
    code = traitlets.Unicode()
    year = traitlets.Int()
    rulebook = traitlets.Unicode("mof-2020")
    framework = traitlets.Unicode("department-25")
    report = traitlets.Unicode("department")
    #: rules saved at the desk, by the path from the project's folder
    own_rulebooks = traitlets.Tuple()
    own_frameworks = traitlets.Tuple()

    def __init__(self, dataset: Dataset, lang: str, year: int | None = None):
        self.dataset, self._kept = dataset, {}
        kinds = [kind for kind in KINDS if kind == CITY or self._codes(kind, year or dataset.years[-1])]
        kind = "department" if "department" in kinds else kinds[-1] if len(kinds) > 1 else CITY
        year = year or dataset.years[-1]
        codes = self.codes(kind, year)
        super().__init__(lang=lang, kind=kind, code=codes[0], year=year, framework="district-28" if kind == "district" else "department-25",
                         report="city" if kind == CITY else "department")

    def codes(self, kind: str | None = None, year: int | None = None) -> list[str]:
        return [CITY] if (kind or self.kind) == CITY else self._codes(kind or self.kind, year or self.year)

    def _codes(self, kind: str, year: int) -> list[str]:
        if kind in ("project", "key_area"):
            projects = self._projects
            if projects is None:
                return []
            return sorted(projects.loc[projects["year"] == year, kind].dropna().unique())
        units = self.dataset.units
        return sorted(units.loc[units["kind"] == kind, "unit"])

    @cached_property
    def _projects(self):
        return self.dataset.table("projects", columns=["project", "year", "name", "name_en", "key_area"]) if "projects" in self.dataset.names else None

    def name(self, kind: str, code: str) -> str:
        """How a subject is called in the list: code and name in the desk's language."""
        from perfanalysis import words

        if kind == CITY:
            return self.dataset.meta["name"] if self.lang == "zh" else self.dataset.meta["name_en"] or self.dataset.meta["name"] or CITY
        if kind == "key_area":
            return words.say(f"key_area.{code}", self.lang) if words.has(f"key_area.{code}", self.lang) else code
        name = self._names(kind).get(code, "")
        return f"{code} {name}"

    def _names(self, kind: str) -> dict[str, str]:
        key = (kind, self.lang, self.year)
        if key not in self.__dict__.setdefault("_named", {}):
            frame = self.dataset.units if kind != "project" else self._projects[self._projects["year"] == self.year]
            names = frame["name"] if self.lang == "zh" else frame["name_en"].fillna(frame["name"])
            self._named[key] = dict(zip(frame["project" if kind == "project" else "unit"], names, strict=True))
        return self._named[key]

    def unit(self, kind: str | None = None, code: str | None = None) -> Unit:
        """The subject chosen (or another one), in the year and under the rule-book chosen."""
        kind, code = kind or self.kind, code or self.code
        book = find_rules(self.rulebook)
        stamp = Path(book).stat().st_mtime_ns if Path(book).is_file() else 0
        key = (kind, code, self.year, book, stamp)
        if key not in self._kept:
            load = {"project": load_project, "key_area": load_key_area}.get(kind, load_unit)
            self._kept[key] = load(self.dataset.path, code, self.year, book)
            while len(self._kept) > KEPT:
                self._kept.pop(next(iter(self._kept)))
        return self._kept[key]

    def city(self) -> Unit:
        return self.unit(CITY, CITY)

    def rulebooks(self) -> list[str]:
        return [*_shipped()[0], *self.own_rulebooks]

    def frameworks(self) -> list[str]:
        """The shipped ones that the data has values for, and those saved at the desk."""
        return [*(name for name in _shipped()[1] if name in self._assessed), *self.own_frameworks]

    @cached_property
    def _assessed(self) -> set[str]:
        return set(self.dataset.table("assessments", columns=["framework"])["framework"]) if "assessments" in self.dataset.names else set()


@cache
def _shipped() -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(list_rulebooks()["rulebook"]), tuple(list_frameworks()["framework"])


def rules_title(load: Callable, name: str, lang: str) -> str:
    """How a rule-book or framework is called in ``lang``: ``load`` is ``load_rulebook`` or ``load_framework``."""
    path = Path(find_rules(name))
    return _title(load, str(path), path.stat().st_mtime_ns if path.is_file() else 0)[lang]


@lru_cache(maxsize=100)
def _title(load: Callable, name: str, changed: int) -> Mapping[str, str]:
    return load(name).title


def open_state(dataset: str | Path | None = None, lang: str | None = None, year: int | None = None) -> State:
    """The state of a new desk: by default on the dataset and in the language that ``perfanalysis lab`` was given, else the demonstration city."""
    return State(load_dataset(dataset or os.environ.get(DATASET) or DEMONSTRATION), lang or os.environ.get(LANG) or "en", year)


def find_project() -> Path:
    """The project's folder: the working directory or one above it that has ``notebooks`` and ``parameters``, or else the checkout this library runs from."""
    for folder in (Path.cwd(), *Path.cwd().parents, Path(__file__).resolve().parents[2]):
        if (folder / "notebooks").is_dir() and (folder / "parameters").is_dir():
            return folder
    raise PlanError([Problem("cli_no_project", found=str(Path.cwd()))])


def find_rules(name: str) -> str:
    """A rule-book or framework of one's own by its whole path; a shipped one by its name."""
    path = Path(name)
    if path.suffix and not path.is_absolute() and (find_project() / path).is_file():
        return str(find_project() / path)
    return name
