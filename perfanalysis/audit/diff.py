"""Two runs side by side, number by number and finding by finding: between runs, years or rule-books."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perfanalysis import words
from perfanalysis.errors import PerfAnalysisError
from perfanalysis.findings import SEVERITIES

#: What may have happened to a fact or a finding.
CHANGES = ("changed", "new", "gone")
#: A difference of so little is what adding up in another order leaves.
_SAME = 1e-9


@dataclass(frozen=True)
class FactChange:
    """One number that is not the same in both: ``old`` and ``new`` are None where it is missing or not stated."""

    id: str
    subject: str
    measure: str
    unit: str
    change: str
    old: Any
    new: Any
    currency: str = "CNY"

    @property
    def difference(self) -> float | None:
        numbers = [value for value in (self.old, self.new) if isinstance(value, int | float) and not isinstance(value, bool)]
        return numbers[1] - numbers[0] if len(numbers) == 2 else None

    def say(self, lang: str) -> str:
        """``Execution rate 87.1% → 88.4% (+1.3 percentage points)``"""
        values = {"measure": words.say(f"measure.{self.measure}", lang) if words.has(f"measure.{self.measure}", lang) else self.measure,
                  "old": self._written(self.old, lang), "new": self._written(self.new, lang)}
        if self.difference is None or self.unit in ("date", "year", "text"):
            return words.say(f"diff.fact_{self.change}", lang, values)
        unit = "percentage_points" if self.unit == "ratio" else self.unit
        size = words.format_quantity(abs(self.difference), unit, lang, currency=self.currency, decimals=self._decimals(unit))
        return words.say("diff.fact_by", lang, {**values, "by": ("+" if self.difference > 0 else "−") + size})

    def _written(self, value: Any, lang: str) -> str:
        if isinstance(value, str) and self.unit != "date":
            return value
        written = words.format_quantity(value, self.unit, lang, currency=self.currency)
        other = words.format_quantity(self.new if value is self.old else self.old, self.unit, lang, currency=self.currency)
        if written == other and self.change == "changed" and self.unit in ("ratio", "points"):
            # what differs must not read as the same
            return words.format_quantity(value, self.unit, lang, decimals=4)
        return written

    def _decimals(self, unit: str) -> int | None:
        coarse = unit == "percentage_points" and abs(self.difference or 0) < 0.0005
        return 4 if coarse else None

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, "subject": self.subject, "measure": self.measure, "unit": self.unit, "change": self.change,
                "old": self.old, "new": self.new, "difference": self.difference}


@dataclass(frozen=True)
class FindingChange:
    """One finding that came, went or weighs otherwise: ``old`` and ``new`` are severities, empty where it is not made."""

    code: str
    subject: str
    change: str
    old: str
    new: str

    def say(self, lang: str) -> str:
        values = {"code": self.code, **{name: words.say(f"severity.{value}", lang) if value else "" for name, value in (("old", self.old), ("new", self.new))}}
        return words.say(f"diff.finding_{self.change}", lang, values)

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "subject": self.subject, "change": self.change, "old": self.old, "new": self.new}


@dataclass(frozen=True)
class Comparison:
    """What is not the same in two reports on one unit; ``same`` numbers are."""

    unit: str
    facts: tuple[FactChange, ...] = ()
    findings: tuple[FindingChange, ...] = ()
    same: int = 0

    @property
    def equal(self) -> bool:
        return not self.facts and not self.findings

    def as_json(self) -> dict[str, Any]:
        return {"unit": self.unit, "same": self.same, "facts": [change.as_json() for change in self.facts],
                "findings": [change.as_json() for change in self.findings]}


@dataclass(frozen=True)
class RunComparison:
    """Two runs: a ``Comparison`` for each unit in both, and the units that stand in one only."""

    units: tuple[Comparison, ...] = field(repr=False)
    only_old: tuple[str, ...] = ()
    only_new: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        return not self.only_old and not self.only_new and all(unit.equal for unit in self.units)

    def as_json(self) -> dict[str, Any]:
        return {"equal": self.equal, "only_old": list(self.only_old), "only_new": list(self.only_new),
                "units": [unit.as_json() for unit in self.units if not unit.equal], "units_equal": sum(unit.equal for unit in self.units)}


def compare_facts(old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """What is not the same in two contents of ``facts.json``.

    Facts are matched by subject and measure, and by the year too where both reports are about the same year: a year is compared with
    another one number by number. Findings are matched by code and subject.
    """
    ignore_period = old["report"].get("year") != new["report"].get("year")
    ours, theirs = _by_name(old["facts"], ignore_period), _by_name(new["facts"], ignore_period)
    currency = new["report"].get("currency", "CNY")
    changes, same = [], 0
    for name in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(name), theirs.get(name)
        if one is not None and other is not None and _equal(one, other):
            same += 1
            continue
        fact = other or one
        changes.append(FactChange(name, fact["subject"], fact.get("measure", name), fact["unit"],
                                  "new" if one is None else "gone" if other is None else "changed",
                                  one and one["value"], other and other["value"], currency))
    return Comparison(str(new["report"].get("unit", "")), tuple(changes), _findings(old["findings"], new["findings"]), same)


def compare_runs(old: str | Path, new: str | Path, unit: str | None = None) -> RunComparison:
    """Two run folders (``outputs/<plan>``), or two single ``facts.json``; with ``unit`` only that one.

    >>> pa.compare_runs("outputs/departments", "outputs/departments-2021").equal  # doctest: +SKIP
    """
    ours, theirs = _read(Path(old)), _read(Path(new))
    if unit is not None:
        for facts, where in ((ours, old), (theirs, new)):
            if unit not in facts:
                raise PerfAnalysisError(f"{where} has no report on {unit!r}; there are: {', '.join(sorted(facts)[:20])}")
        ours, theirs = {unit: ours[unit]}, {unit: theirs[unit]}
    both = [compare_facts(ours[code], theirs[code]) for code in theirs if code in ours]
    return RunComparison(tuple(both), tuple(code for code in ours if code not in theirs), tuple(code for code in theirs if code not in ours))


def _by_name(facts: Iterable[Mapping[str, Any]], ignore_period: bool) -> dict[str, Mapping[str, Any]]:
    return {fact["id"].removesuffix(f".{fact.get('period')}") if ignore_period and fact.get("period") else fact["id"]: fact for fact in facts}


def _equal(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    a, b = one["value"], other["value"]
    if one["unit"] != other["unit"]:
        return False
    if all(isinstance(value, int | float) for value in (a, b)):
        return math.isclose(a, b, rel_tol=_SAME, abs_tol=_SAME)
    return a == b


def _findings(old: Iterable[Mapping[str, Any]], new: Iterable[Mapping[str, Any]]) -> tuple[FindingChange, ...]:
    ours, theirs = ({(f["code"], f["subject"]): f["severity"] for f in findings} for findings in (old, new))
    changes = [
        FindingChange(*name, "new" if name not in ours else "gone" if name not in theirs else "changed", ours.get(name, ""), theirs.get(name, ""))
        for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)
    ]
    return tuple(sorted(changes, key=lambda change: (SEVERITIES.index(change.new or change.old), change.code)))


def _read(place: Path) -> dict[str, dict[str, Any]]:
    """Unit → content of its facts.json, in the order of the folders' names."""
    files = [place] if place.is_file() else sorted(path for path in place.glob("*/facts.json") if not path.parent.name.startswith("."))
    if not files:
        raise PerfAnalysisError(f"{place} holds no reports (no facts.json in it or in a folder below); name a folder such as outputs/departments")
    found = {}
    for path in files:
        content = json.loads(path.read_text(encoding="utf-8"))
        found[str(content["report"].get("unit", path.parent.name))] = content
    return found
