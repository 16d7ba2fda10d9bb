"""The language of a source file, and the check of one: every mistake at once, each with its path in the YAML and what is allowed there."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from perfanalysis import words
from perfanalysis.errors import DataError, Problem
from perfanalysis.sources.text import money_scale
from perfanalysis.tables import TABLES, Table

SAME_KEY = ("error", "first", "sum")
NAMED_BY = ("end", "start")
#: What a column may be made of besides a header: each with the type of its value.
MADE_OF = {"letter": "text", "join": "list", "first_of": "list", "month": "text", "quarter": "text", "fiscal_year_of": "text"}

_TOP = {
    "name": "text", "name_en": "text", "currency": "text", "fiscal_year_start": "number", "fiscal_year_named_by": "text", "demonstration": "flag",
    "folder": "text", "money": "text", "complete_by_key": "list", "tables": "mapping",
}
_PART = {
    "file": "text", "sheet": "text", "header_row": "number", "where": "mapping", "wide_to_long": "mapping", "columns": "mapping",
    "constants": "mapping", "values": "mapping", "fill": "mapping", "money": "text or mapping", "keep_latest": "list", "same_key": "text", "flows": "flag",
}
_WIDE = {"columns": "list or mapping", "name": "text", "value": "text"}
_TYPES: dict[str, tuple[type, ...]] = {"text": (str, int, float), "number": (int,), "flag": (bool,), "list": (list,), "mapping": (dict,)}


@dataclass(frozen=True)
class Kind:
    """A kind of YAML value, named in the reader's language."""

    names: str

    def written(self, lang: str) -> str:
        return words.say("problem_kind.or", lang).join(words.say(f"problem_kind.{name}", lang) for name in self.names.split(" or "))


@dataclass(frozen=True)
class PartSpec:
    """How the rows of one table are made from some sheets; ``path`` is its place in the YAML."""

    path: str
    table: Table
    file: str
    sheet: str = "*"
    header_row: int | None = None
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wide_to_long: Mapping[str, Any] | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    fill: Mapping[str, Any] = field(default_factory=dict)
    #: unit of bare amounts by column, as the part says; and the file's, which a header may overrule
    money: Mapping[str, float] = field(default_factory=dict)
    usual_money: float | None = None
    keep_latest: tuple[str, ...] = ()
    same_key: str = "error"
    flows: bool = False


@dataclass(frozen=True)
class Spec:
    """A source file that holds together."""

    parts: tuple[PartSpec, ...]
    folder: str = "."
    name: str = ""
    name_en: str = ""
    currency: str = "CNY"
    fiscal_year_start: int = 1
    fiscal_year_named_by: str = "end"
    demonstration: bool = False
    complete_by_key: frozenset[str] = frozenset()


def read_spec(text: str, file: str) -> Spec:
    """The source file ``text``; ``DataError`` with every mistake in it."""
    checker = _Checker(file)
    try:
        content = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise DataError([Problem("source_bad_yaml", file=file, row=mark.line + 1 if mark else None, values={"why": why})]) from None
    if not isinstance(content, dict):
        raise DataError([Problem("source_wrong_kind", file=file, found=_kind(content), values={"wanted": Kind("mapping")})])
    spec = checker.read(content)
    if checker.problems:
        raise DataError(checker.problems)
    return spec


class _Loader(yaml.SafeLoader):
    """Plain YAML in which a key stands once."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen = set()
    for key, _ in node.value:
        name = loader.construct_object(key, deep=True)
        if str(name) in seen:
            raise yaml.constructor.ConstructorError(None, None, f"the key {name!r} stands twice", key.start_mark)
        seen.add(str(name))
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


class _Checker:
    def __init__(self, file: str):
        self.file = file
        self.problems: list[Problem] = []

    def read(self, content: dict[Any, Any]) -> Spec:
        good = self._keys(content, _TOP, "", needed=("tables",))
        start = good.get("fiscal_year_start", 1)
        if start not in range(1, 13):
            self._add("source_not_allowed", "fiscal_year_start", start, allowed="1–12")
        named_by = self._one_of(good.get("fiscal_year_named_by", "end"), NAMED_BY, "fiscal_year_named_by")
        money = self._scale(good["money"], "money") if "money" in good else None
        complete = frozenset(map(str, good.get("complete_by_key", ())))
        for name in complete:
            self._one_of(name, tuple(TABLES), "complete_by_key")
        parts = []
        for name, given in good.get("tables", {}).items():
            path = f"tables.{name}"
            if self._one_of(str(name), tuple(TABLES), path) is None:
                continue
            several = isinstance(given, list)
            for number, part in enumerate(given if several else [given]):
                here = f"{path}[{number + 1}]" if several else path
                if self._is(part, "mapping", here):
                    parts.append(self._part(part, TABLES[str(name)], here, money))
        if "tables" in good and not good["tables"]:
            self._add("source_missing_key", "tables", None, wanted=list(TABLES))
        return Spec(
            tuple(filter(None, parts)), str(good.get("folder", ".")), str(good.get("name", "")), str(good.get("name_en", "")),
            str(good.get("currency", "CNY")), start, named_by or "end", good.get("demonstration", False), complete,
        )

    def _part(self, given: dict[Any, Any], table: Table, path: str, money: float | None) -> PartSpec | None:
        before = len(self.problems)
        good = self._keys(given, _PART, path, needed=("file", "columns"))
        columns = {}
        for name, made in self._columns(good.get("columns", {}), table, f"{path}.columns").items():
            columns[name] = self._made_of(made, f"{path}.columns.{name}")
        constants = self._columns(good.get("constants", {}), table, f"{path}.constants")
        fill = self._columns(good.get("fill", {}), table, f"{path}.fill")
        values = {}
        for name, mapped in self._columns(good.get("values", {}), table, f"{path}.values").items():
            if self._is(mapped, "mapping", f"{path}.values.{name}"):
                values[name] = {str(theirs): ours for theirs, ours in mapped.items()}
        for name in set(values) - set(columns):
            self._add("source_not_allowed", f"{path}.values.{name}", name, allowed=list(columns))
        for name in sorted(set(columns) & set(constants)):
            self._add("source_twice", f"{path}.constants.{name}", name)
        if good.get("same_key") is not None:
            self._one_of(str(good["same_key"]), SAME_KEY, f"{path}.same_key")
        if good.get("flows") and table.name != "execution":
            self._add("source_not_allowed", f"{path}.flows", table.name, allowed="execution")
        if good.get("header_row", 1) < 0:
            self._add("source_not_allowed", f"{path}.header_row", good["header_row"], allowed="0, 1, 2, …")
        wide = good.get("wide_to_long")
        if wide is not None:
            wide = self._keys(wide, _WIDE, f"{path}.wide_to_long", needed=("columns", "name", "value"))
            named = wide.get("columns", {})
            wide = {**wide, "columns": {str(header): value for header, value in (named.items() if isinstance(named, dict) else ((header, header) for header in named))}}
        if len(self.problems) > before:
            return None
        return PartSpec(
            path, table, str(good["file"]), str(good.get("sheet", "*")), good.get("header_row"), _choices(good.get("where", {})), wide, columns,
            constants, values, fill, self._money(good.get("money"), table, path), money,
            tuple(map(str, good.get("keep_latest", ()))), str(good.get("same_key", "error")), bool(good.get("flows", False)),
        )

    def _money(self, given: Any, table: Table, path: str) -> dict[str, float]:
        names = [column.name for column in table.columns if column.kind == "money"]
        scales: dict[str, float] = {}
        if isinstance(given, dict):
            for name, unit in self._columns(given, table, f"{path}.money").items():
                if name not in names:
                    self._add("source_not_allowed", f"{path}.money.{name}", name, allowed=names)
                elif (scale := self._scale(unit, f"{path}.money.{name}")) is not None:
                    scales[name] = scale
        elif given is not None and (scale := self._scale(given, f"{path}.money")) is not None:
            scales = dict.fromkeys(names, scale)
        return scales

    def _scale(self, unit: Any, path: str) -> float | None:
        scale = money_scale(str(unit)) if str(unit) else None
        if scale is None:
            self._add("source_not_allowed", path, unit, allowed=["元", "万元", "亿元", "yuan", "thousand", "million", "billion"])
        return scale

    def _made_of(self, made: Any, path: str) -> Any:
        """A header, or what makes the column from others."""
        if not isinstance(made, dict):
            if self._is(made, "text", path):
                return str(made)
            return None
        kinds = {**MADE_OF, "with": "text"} if "join" in made else MADE_OF
        good = self._keys(made, kinds, path)
        if not set(good) & set(MADE_OF) or len(set(good) - {"with"}) > 1:
            self._add("source_not_allowed", path, ", ".join(map(str, made)), allowed=list(MADE_OF))
        return {name: [str(part) for part in value] if isinstance(value, list) else str(value) for name, value in good.items()}

    def _columns(self, given: dict[Any, Any], table: Table, path: str) -> dict[str, Any]:
        """The entries whose keys are columns of the table."""
        return {name: value for name, value in ((str(key), value) for key, value in given.items()) if self._one_of(name, table.names, f"{path}.{name}")}

    def _keys(self, given: Any, known: Mapping[str, str], path: str, needed: Iterable[str] = ()) -> dict[str, Any]:
        good = {}
        for key, value in given.items():
            here = f"{path}.{key}" if path else str(key)
            if self._one_of(str(key), tuple(known), here, "source_unknown_key") and self._is(value, known[str(key)], here):
                good[str(key)] = value
        for key in needed:
            if key not in {str(name) for name in given}:
                self._add("source_missing_key", path, None, wanted=key)
        return good

    def _is(self, value: Any, kinds: str, path: str) -> bool:
        for kind in kinds.split(" or "):
            if isinstance(value, _TYPES[kind]) and (kind == "flag" or not isinstance(value, bool)):
                return True
        self._add("source_wrong_kind", path, _kind(value), wanted=Kind(kinds))
        return False

    def _one_of(self, value: str, allowed: tuple[str, ...], path: str, code: str = "source_not_allowed") -> str | None:
        if value in allowed:
            return value
        near = difflib.get_close_matches(value, allowed, n=3, cutoff=0.6)
        self._add(code, path, value, allowed=near or list(allowed))
        return None

    def _add(self, code: str, path: str, found: Any, **values: Any) -> None:
        self.problems.append(Problem(code, file=self.file, column=path, found=found, values=values))


def _choices(where: dict[Any, Any]) -> dict[str, tuple[str, ...]]:
    return {str(header): tuple(map(str, wanted)) if isinstance(wanted, list) else (str(wanted),) for header, wanted in where.items()}


def _kind(value: Any) -> Any:
    for name in ("mapping", "list", "flag", "number", "text"):
        if isinstance(value, _TYPES[name]) and (name == "flag" or not isinstance(value, bool)):
            return Kind(name)
    return "–"
