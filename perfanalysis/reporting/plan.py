"""A plan: which notebook to run on which data for whom, checked as a whole before anything runs."""

import keyword
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from perfanalysis import words
from perfanalysis.cards import Card, Shown
from perfanalysis.errors import PerfAnalysisError, PlanError, Problem, RuleError, near
from perfanalysis.reporting.folders import folder_name
from perfanalysis.reporting.parameters import NotebookError, Parameter, literal_problem, read_parameters
from perfanalysis.tables import TABLES

KEYS = ("title", "notebook", "dataset", "units", "parameter", "parameters", "languages", "timeout", "memory", "confidential")
#: Parameters that the run itself fills in every notebook: the dataset's folder and the language.
FILLED = ("dataset", "lang")
#: Seconds that one report in one language may take before it is stopped.
TIMEOUT = 600
#: Megabytes of memory that it may hold.
MEMORY = 2_000
#: Columns that say whose a row is; a report cannot be made without them.
_NEVER_CONFIDENTIAL = ("unit", "project", "year")
#: In a filter of units: which tables they must have rows in, and of which year.
HAVING = "having"


@dataclass(frozen=True)
class PlannedUnit:
    """One unit of a plan, by its code, with its names in the data."""

    code: str
    name: str
    name_en: str

    def written(self, lang: str) -> str:
        return self.name if lang == "zh" else self.name_en


@dataclass(frozen=True, repr=False)
class Plan(Shown):
    """What to run for whom. Every path is absolute; ``root`` is the project's folder that the plan's own paths start from.

    ``parameters`` are those that the plan sets, ``defaults`` those that the notebook sets for all that the plan does not.
    """

    name: str
    path: Path
    root: Path
    title: Mapping[str, str]
    notebook: Path
    dataset: Path
    units: tuple[PlannedUnit, ...] = field(repr=False)
    parameter: str | None
    parameters: Mapping[str, Any]
    defaults: Mapping[str, Any]
    languages: tuple[str, ...]
    timeout: float = TIMEOUT
    memory: float = MEMORY
    confidential: tuple[str, ...] = ()

    def _card(self, lang: str) -> Card:
        about = {
            "notebook": str(self.notebook), "data": str(self.dataset), "units": words.say("shown.reports", lang, {"number": words.Quantity(len(self.units), "count")}),
            "parameters": ", ".join(f"{name} = {value}" for name, value in self.parameters.items()), "languages": ", ".join(self.languages),
        }
        title = words.say("shown.plan", lang, {"code": self.name, "name": self.title.get(lang) or next(iter(self.title.values()), "")})
        return Card(title, tuple((words.say(f"shown.name.{name}", lang), value) for name, value in about.items()), next=(words.say("shown.next.plan", lang),))

    def parameters_of(self, unit: PlannedUnit, lang: str) -> dict[str, Any]:
        """Everything that the notebook is given for one unit in one language."""
        given = {"dataset": str(self.dataset), **self.parameters, "lang": lang}
        if self.parameter:
            given[self.parameter] = unit.code
        return given


def project_root(plan: Path) -> Path:
    """The folder that a plan's paths start from: the one above the ``parameters`` folder that it lies in, or else its own."""
    for folder in plan.resolve().parents:
        if folder.name == "parameters":
            return folder.parent
    return plan.resolve().parent


def load_plan(path: str | Path, *, dataset: str | Path | None = None) -> Plan:
    """Read and check the plan at ``path``; ``dataset`` takes the place of the one that it names.

    Keys: ``title`` (a text for each language), ``notebook``, ``dataset``, ``units`` (``all``, ``city``, a list of codes, or a filter on
    columns of the units table such as ``{kind: department}``, where ``having: {projects: 2020}`` keeps those with projects in that
    year, or what another table lists, such as ``{table: projects, where: {priority: true, year: 2020}}``: see ``_listed``), ``parameter``
    (which one receives the unit's code), ``parameters``, ``languages``, ``timeout`` (seconds a report), ``memory`` (megabytes a report) and ``confidential`` (columns
    such as ``problems.description`` that no report, file or bundle may hold). Paths start from the project's root (see ``project_root``). A relative ``path`` is
    looked for here and then in the folders above, as a dataset's is.

    Raises
    ------
    PlanError
        With every problem at once: unknown keys, missing files, unknown units, and parameters that the notebook's parameters cell does
        not declare or that are of another type.

    >>> plan = pa.load_plan("parameters/departments.yaml")  # doctest: +SKIP
    """
    path = _find(Path(path))
    check = _Check(path)
    content = check.read()
    root = project_root(path)
    languages = check.languages(content)
    title = check.title(content, languages)
    notebook = check.file(root, content, "notebook")
    folder = Path(dataset).resolve() if dataset is not None else check.folder(root, content, "dataset")
    data = check.dataset(folder)
    units = check.units(content.get("units"), data) if "units" in content or not content else ()
    parameter = content.get("parameter")
    parameters = content.get("parameters") or {}
    if not isinstance(parameters, dict):
        check.add("plan_not_a_mapping", "parameters", parameters)
        parameters = {}
    timeout = content.get("timeout", TIMEOUT)
    if type(timeout) not in (int, float) or not timeout > 0:
        check.add("plan_bad_timeout", "timeout", timeout)
    memory = content.get("memory", MEMORY)
    if type(memory) not in (int, float) or not memory > 0:
        check.add("plan_bad_memory", "memory", memory)
    for name in ("rulebook", "framework"):
        if isinstance(parameters.get(name), str) and (root / parameters[name]).is_file():
            # a report runs in a folder of its own: a user's own rules are named from the root of the file system
            parameters = {**parameters, name: str((root / parameters[name]).resolve())}
    declared = check.declared(notebook) if notebook is not None else {}
    if declared:
        check.parameters(notebook.name, declared, parameters, parameter, content.get("units"), data)
    confidential = check.confidential(content.get("confidential", []))
    if check.problems:
        raise PlanError(check.problems)
    return Plan(
        path.stem, path.resolve(), root, types.MappingProxyType(title), notebook, folder, units, parameter,
        types.MappingProxyType(dict(parameters)),
        types.MappingProxyType({name: about.default for name, about in declared.items() if name not in parameters and not about.required}),
        languages, timeout, memory, confidential,
    )


def _find(path: Path) -> Path:
    if path.is_absolute():
        return path
    return next((folder / path for folder in (Path(), *Path.cwd().parents) if (folder / path).is_file()), path)


def choose_units(plan: Plan, only: Iterable[str]) -> tuple[PlannedUnit, ...]:
    """The units of ``plan`` with these codes, in the plan's order (all, where none is named); an unknown one is a ``PlanError``."""
    only = tuple(dict.fromkeys(only))
    known = [unit.code for unit in plan.units]
    problems = [
        Problem("plan_unit_not_planned", file=plan.path.name, column="--only", found=code, values={"near": _near(code, known)})
        for code in only
        if code not in known
    ]
    if problems:
        raise PlanError(problems)
    return tuple(unit for unit in plan.units if not only or unit.code in only)


class _Check:
    """Collects every problem of one plan file."""

    def __init__(self, path: Path):
        self.path = path
        self.problems: list[Problem] = []

    def add(self, code: str, key: str = "", found: Any = None, **values: Any) -> None:
        self.problems.append(Problem(code, file=self.path.name, column=key, found=found, values=values))

    def read(self) -> dict[str, Any]:
        try:
            content = yaml.load(self.path.read_text(encoding="utf-8"), _OnceLoader)
        except FileNotFoundError:
            raise PlanError([Problem("plan_no_plan", found=str(self.path))]) from None
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise PlanError([Problem("plan_unreadable", file=self.path.name, found=" ".join(str(error).split()))]) from None
        if not isinstance(content, dict):
            raise PlanError([Problem("plan_not_a_mapping", file=self.path.name, found=content)])
        for key in content:
            if key not in KEYS:
                self.add("plan_unknown_key", str(key), key, near=_near(key, KEYS), allowed=", ".join(KEYS))
        for key in ("title", "notebook", "dataset", "units"):
            if key not in content:
                self.add("plan_missing_key", key)
        return content

    def languages(self, content: Mapping[str, Any]) -> tuple[str, ...]:
        known = words.languages()
        given = content.get("languages", list(known))
        if isinstance(given, str) and given in known:
            self.add("plan_language_list", "languages", given, example=f"[{given}]")
            return (given,)
        if not isinstance(given, list) or not given:
            self.add("plan_unknown_language", "languages", given, allowed=", ".join(known))
            return known
        for lang in given:
            if lang not in known:
                self.add("plan_unknown_language", "languages", lang, allowed=", ".join(known))
        return tuple(dict.fromkeys(str(lang) for lang in given))

    def title(self, content: Mapping[str, Any], languages: Iterable[str]) -> dict[str, str]:
        title = content.get("title", {})
        if not isinstance(title, dict):
            self.add("plan_not_a_mapping", "title", title)
            return {}
        for lang in languages:
            if "title" in content and not isinstance(title.get(lang), str):
                self.add("plan_missing_key", f"title.{lang}")
        return {str(lang): str(text) for lang, text in title.items()}

    def confidential(self, given: Any) -> tuple[str, ...]:
        """``table.column`` of the data model, each; the units and what says whose a row is can be no secret of a report."""
        if not isinstance(given, list):
            self.add("plan_bad_confidential", "confidential", given, example="[problems.description]")
            return ()
        for name in given:
            table, _, column = str(name).partition(".")
            if table not in TABLES or column not in TABLES[table].names:
                near = _near(name, [f"{table.name}.{column}" for table in TABLES.values() for column in table.names])
                self.add("plan_unknown_confidential", "confidential", name, near=near)
            elif table == "units" or column in _NEVER_CONFIDENTIAL:
                self.add("plan_never_confidential", "confidential", name)
        return tuple(dict.fromkeys(str(name) for name in given))

    def folder(self, root: Path, content: Mapping[str, Any], key: str) -> Path | None:
        given = content.get(key)
        if key in content and not isinstance(given, str):
            self.add("plan_not_a_path", key, given)
        return (root / given).resolve() if isinstance(given, str) else None

    def file(self, root: Path, content: Mapping[str, Any], key: str) -> Path | None:
        path = self.folder(root, content, key)
        if path is not None and not path.is_file():
            self.add("plan_no_file", key, content[key], root=str(root))
            return None
        return path

    def dataset(self, folder: Path | None):
        from perfanalysis.dataset import load_dataset

        if folder is None:
            return None
        if not (folder / "dataset.json").is_file():
            self.add("plan_no_dataset", "dataset", str(folder))
            return None
        try:
            return load_dataset(folder)
        except PerfAnalysisError as error:
            self.add("plan_bad_dataset", "dataset", str(error))
            return None

    def units(self, given: Any, data) -> tuple[PlannedUnit, ...]:
        from perfanalysis.dataset import CITY

        if data is None:
            return ()
        if given == "city":
            return (PlannedUnit(CITY, data.meta["name"], data.meta["name_en"] or data.meta["name"]),)
        if isinstance(given, dict) and "table" in given:
            units = self._listed(data, given)
            self._same_folder(units)
            return units
        known = data.units
        if given == "all":
            chosen = known
        elif isinstance(given, dict) and given:
            chosen = self._filtered(known, given, data)
        elif isinstance(given, list) and given:
            codes = list(dict.fromkeys(str(code) for code in given))
            for code in codes:
                if code not in set(known["unit"]):
                    self.add("unknown_unit", "units", code, near=near(code, known["unit"]))
            chosen = known.set_index("unit", drop=False).reindex([code for code in codes if code in set(known["unit"])])
        else:
            self.add("plan_bad_units", "units", given, example="{kind: department}")
            return ()
        english = chosen["name_en"].fillna(chosen["name"]) if "name_en" in chosen else chosen["name"]
        units = tuple(PlannedUnit(*of) for of in zip(chosen["unit"], chosen["name"], english, strict=True))
        self._same_folder(units)
        return units

    def _filtered(self, known, given: Mapping[str, Any], data):
        chosen = known
        for column, wanted in given.items():
            if column == HAVING:
                chosen = chosen[chosen["unit"].isin(self._having(wanted, data))]
                continue
            if column not in known.columns:
                allowed = ", ".join([*known.columns.difference(["source_file", "source_sheet", "source_row"], sort=False), HAVING])
                self.add("plan_unknown_filter", f"units.{column}", column, allowed=allowed)
                return known.head(0)
            chosen = chosen[chosen[column].isin(wanted if isinstance(wanted, list) else [wanted])]
        if chosen.empty:
            self.add("plan_no_units", "units", dict(given))
        return chosen

    def _having(self, wanted: Any, data) -> set[str]:
        """The units that have rows in each of the tables named, in the year given with it."""
        tables = [name for name in data.names if "year" in TABLES[name].names and name != "units"]
        if not isinstance(wanted, dict) or not all(name in tables and isinstance(year, int) for name, year in wanted.items()):
            self.add("plan_bad_having", f"units.{HAVING}", wanted, allowed=", ".join(tables), example="{projects: 2020}")
            return set()
        units = [set(rows.loc[rows["year"] == year, "unit"]) for name, year in wanted.items() for rows in [data.table(name, columns=["unit", "year"])]]
        return set.intersection(*units) if units else set()

    def _listed(self, data, given: Mapping[str, Any]) -> tuple[PlannedUnit, ...]:
        """What another table lists: a report for each value of its column ``by`` (the table's first key, such as the project).

        ``where`` filters the table's rows as ``units`` filters the units; ``least_years`` asks for rows in so many years in all.
        """
        name, where, least = given["table"], given.get("where") or {}, given.get("least_years", 1)
        for key in given:
            if key not in ("table", "where", "by", "least_years"):
                self.add("plan_unknown_key", f"units.{key}", key, near=_near(key, ("table", "where", "by")), allowed="table, where, by, least_years")
        if name not in data.names:
            self.add("plan_unknown_table", "units.table", name, allowed=", ".join(data.names))
            return ()
        if not isinstance(where, dict) or type(least) is not int:
            self.add("plan_bad_units", "units", dict(given), example="{table: projects, where: {priority: true, year: 2020}}")
            return ()
        table = data.table(name)
        by = given.get("by", TABLES[name].key[0])
        chosen = table.dropna(subset=[by]) if by in table.columns else table
        for column, wanted in {by: None, **where}.items():
            if column not in TABLES[name].names:
                self.add("plan_unknown_column", f"units.{column}", column, table=name, allowed=", ".join(TABLES[name].names))
                return ()
            if wanted is not None:
                chosen = chosen[chosen[column].isin(wanted if isinstance(wanted, list) else [wanted]).fillna(False)]
        if least > 1 and "year" in table:
            years = table.groupby(by)["year"].nunique()
            chosen = chosen[chosen[by].map(years) >= least]
        if chosen.empty:
            self.add("plan_no_units", "units", dict(given))
            return ()
        if by != TABLES[name].key[0] or "name" not in chosen:
            # a code that the catalogue may have words for, such as a key area
            said = {lang: [words.say(code, lang) if words.has(code := f"{by}.{value}", lang) else str(value) for value in chosen[by].unique()]
                    for lang in ("zh", "en")}
            return tuple(PlannedUnit(*of) for of in zip(map(str, chosen[by].unique()), said["zh"], said["en"], strict=True))
        latest = chosen.sort_values("year", kind="stable").drop_duplicates(by, keep="last").sort_values(by) if "year" in chosen else chosen.drop_duplicates(by)
        english = latest["name_en"].fillna(latest["name"]) if "name_en" in latest else latest["name"]
        return tuple(PlannedUnit(*of) for of in zip(latest[by], latest["name"], english, strict=True))

    def _same_folder(self, units: Iterable[PlannedUnit]) -> None:
        """Two codes must not share a folder where upper and lower case are the same (Windows, macOS)."""
        seen: dict[str, str] = {}
        for unit in units:
            other = seen.setdefault(folder_name(unit.code).casefold(), unit.code)
            if other != unit.code:
                self.add("plan_same_folder", "units", unit.code, other=other)

    def declared(self, notebook: Path) -> dict[str, Parameter]:
        try:
            return read_parameters(notebook)
        except NotebookError as error:
            self.add("plan_bad_notebook", "notebook", str(error))
            return {}

    def parameters(self, notebook: str, declared: Mapping[str, Parameter], given: Mapping, parameter: Any, units: Any, data) -> None:
        names = ", ".join(declared)
        if parameter is None and units is not None and units != "city":
            self.add("plan_needs_parameter", "parameter")
        filled = [*FILLED, *([parameter] if parameter is not None else [])]
        for name in filled:
            if name not in declared:
                key = "parameter" if name == parameter else "notebook"
                self.add("plan_unknown_parameter", key, name, notebook=notebook, near=_near(name, declared), declared=names)
        for name, value in given.items():
            key = f"parameters.{name}"
            if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
                self.add("plan_not_a_name", key, name)
            elif name in filled:
                self.add("plan_filled_parameter", key, name)
            elif name not in declared:
                self.add("plan_unknown_parameter", key, name, notebook=notebook, near=_near(name, declared), declared=names)
            elif literal_problem(value):
                self.add("plan_not_a_literal", key, value)
            elif not declared[name].takes(value):
                allowed, kind = " | ".join(declared[name].allowed), type(value).__name__
                self.add("plan_wrong_type", key, value, notebook=notebook, allowed=allowed, kind=kind)
        for name, about in declared.items():
            if about.required and name not in given and name not in filled:
                self.add("plan_missing_parameter", "parameters", name, notebook=notebook)
        self._known_values(declared, given, data)

    def _known_values(self, declared: Mapping[str, Parameter], given: Mapping[str, Any], data) -> None:
        """Values that can be looked up now rather than fail in every report: the year (also where it is the notebook's default)."""
        if data is not None and "year" in declared:
            year = given.get("year", declared["year"].default)
            if type(year) is int and year not in data.years:
                self.add("unknown_year", "parameters.year", year, allowed=", ".join(map(str, data.years)))
        if "rulebook" in declared:
            from perfanalysis.rules import load_rulebook

            rulebook = given.get("rulebook", declared["rulebook"].default)
            try:
                load_rulebook(rulebook) if isinstance(rulebook, str) else None
            except RuleError as error:
                self.add("plan_unknown_rulebook", "parameters.rulebook", str(error))


def _near(wanted: Any, known: Iterable[str]) -> str:
    return near(str(wanted), known)


class _OnceLoader(yaml.SafeLoader):
    """YAML in which a key given twice is an error; YAML itself would silently keep the last."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)
