"""The calendar of what is due to the supervision bureau and the audit department: data, like every rule."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from perfanalysis.errors import RuleError
from perfanalysis.tables import TABLES

_SHIPPED = Path(__file__).with_name("exchange.yaml")


@dataclass(frozen=True)
class Material:
    """One thing to hand over: to whom (choices of ``problems.source``), when, and from which tables it is made."""

    code: str
    recipients: tuple[str, ...]
    month: int
    day: int
    next_year: bool
    tables: tuple[str, ...]
    name: Mapping[str, str]

    def due(self, year: int) -> datetime.date:
        """The day on which it is due for the report's ``year``."""
        return datetime.date(year + self.next_year, self.month, self.day)


@dataclass(frozen=True)
class Calendar:
    """All materials in the order of the file; ``source`` says in each language where the calendar comes from."""

    materials: tuple[Material, ...]
    source: Mapping[str, str]
    illustrative: bool


@cache
def load_calendar(path: str | Path = "") -> Calendar:
    """The shipped (illustrative) calendar, or a user's own file of the same form.

    Raises ``RuleError`` for a file that is missing, a recipient or table that does not exist, or a day that is none.
    """
    file = Path(path) if path else _SHIPPED
    if not file.is_file():
        raise RuleError(f"{file}: no such calendar")
    content = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    if not isinstance(content, Mapping) or not content.get("materials"):
        raise RuleError(f"{file}: 'materials' is missing or empty")
    return Calendar(tuple(_material(file, entry) for entry in content["materials"]), content.get("source", {"en": file.name, "zh": file.name}), not path)


def _material(file: Path, entry: Mapping) -> Material:
    code = entry.get("code", "?")
    known = TABLES["problems"].column("source").choices
    for kind, given, allowed in (("recipient", entry.get("recipients", ()), known), ("table", entry.get("tables", ()), TABLES)):
        for name in given:
            if name not in allowed:
                raise RuleError(f"{file}: {code!r}: no {kind} {name!r}; there are: {', '.join(allowed)}")
    try:
        month, day = map(int, str(entry["due"]).split("-"))
        datetime.date(2001, month, day)
    except (KeyError, ValueError):
        raise RuleError(f"{file}: {code!r}: due {entry.get('due')!r} is not a day of every year, such as \"07-31\"") from None
    if not {"en", "zh"} <= set(entry.get("name", ())):
        raise RuleError(f"{file}: {code!r}: a name in en and zh is needed")
    return Material(code, tuple(entry.get("recipients", ())), month, day, bool(entry.get("next_year", False)), tuple(entry.get("tables", ())), entry["name"])
