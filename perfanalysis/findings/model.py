"""Facts and findings: values with their origin, free of language."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from perfanalysis.cards import Card, Shown
from perfanalysis.words import format_quantity, has, say

#: From the most to the least serious; the order in which a summary lists findings.
SEVERITIES = ("serious", "warning", "notice", "good")


@dataclass(frozen=True)
class Evidence:
    """The input that a fact was made from: every row of ``table`` that has these ``keys``, and the column read."""

    table: str
    keys: Mapping[str, Any]
    column: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"table": self.table, "keys": dict(self.keys), "column": self.column}


@dataclass(frozen=True, repr=False)
class Fact(Shown):
    """One number (or date) that a report may state.

    ``unit`` is one of ``perfanalysis.words.values.UNITS``; ``method`` names the definition under ``method.`` in the catalogues;
    ``scope`` says whose it is: the report's ``own``, its ``peer`` group's, or the whole ``city``'s.
    """

    subject: str
    measure: str
    value: Any
    unit: str
    method: str
    evidence: tuple[Evidence, ...] = ()
    scope: str = "own"
    period: str = ""
    currency: str = "CNY"

    @property
    def id(self) -> str:
        return ".".join(part for part in (self.subject, self.measure, str(self.period)) if part)

    @property
    def missing(self) -> bool:
        return self.value is None or (isinstance(self.value, float) and math.isnan(self.value))

    def written(self, lang: str) -> str:
        # what a rule sets is exact: 80 %, not 80.0 %
        exact = self.method == "rule" and self.unit == "ratio" and not self.missing and round(self.value * 100, 6) == round(self.value * 100)
        return format_quantity(self.value, self.unit, lang, currency=self.currency, decimals=0 if exact else None)

    def _card(self, lang: str) -> Card:
        named = say(f"measure.{self.measure}", lang) if has(f"measure.{self.measure}", lang) else self.measure
        about = [("about", self.subject)]
        if has(f"method.{self.method}", lang):
            about.append(("method", say(f"method.{self.method}", lang)))
        about += [("from", " · ".join([part.table, *(f"{name} = {value}" for name, value in part.keys.items()), part.column])) for part in self.evidence]
        return Card(say("shown.of", lang, {"name": named, "value": self.written(lang)}), tuple((say(f"shown.name.{name}", lang), value) for name, value in about))

    def as_json(self) -> dict[str, Any]:
        value = self.value.item() if hasattr(self.value, "item") else self.value
        if self.missing:
            value = None
        elif hasattr(value, "isoformat"):
            value = value.isoformat()[:10]
        return {
            "id": self.id, "subject": self.subject, "measure": self.measure, "value": value, "unit": self.unit,
            "scope": self.scope, "period": str(self.period), "method": self.method,
            "evidence": [evidence.as_json() for evidence in self.evidence],
        }


@dataclass(frozen=True)
class Label:
    """A name that comes from the data: of a unit, a project, an indicator."""

    code: str
    name: str
    name_en: str = ""

    def written(self, lang: str) -> str:
        return (self.name_en or self.name) if lang != "zh" else self.name


@dataclass(frozen=True, repr=False)
class Finding(Shown):
    """Something worth saying about ``subject``: a code whose words stand under ``finding.`` in the catalogues, and its values.

    ``values`` are facts, labels, lists of labels, or plain words; numbers must be facts.
    """

    code: str
    severity: str
    subject: str
    values: Mapping[str, Any] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()

    def __post_init__(self):
        if self.severity not in SEVERITIES:
            raise ValueError(f"severity {self.severity!r} is not one of {', '.join(SEVERITIES)}")
        numbers = [name for name, value in self.values.items() if isinstance(value, int | float) and not isinstance(value, bool)]
        if numbers:
            raise TypeError(f"finding {self.code!r}: {', '.join(numbers)} must be facts, not bare numbers")

    def _card(self, lang: str) -> Card:
        action = f"finding.{self.code}.action"
        severity = say(f"severity.{self.severity}", lang)
        about = [(say("display.recommended", lang), say(action, lang, self.values))] if has(action, lang) else []
        return Card(f"[{severity}] {say(f'finding.{self.code}.says', lang, self.values)}", tuple(about))

    @property
    def facts(self) -> tuple[Fact, ...]:
        return tuple(value for value in self.values.values() if isinstance(value, Fact))

    def as_json(self) -> dict[str, Any]:
        labels = {
            name: [part.code for part in value] if isinstance(value, list | tuple) else value.code
            for name, value in self.values.items()
            if isinstance(value, Label) or (isinstance(value, list | tuple) and all(isinstance(part, Label) for part in value))
        }
        return {
            "code": self.code, "severity": self.severity, "subject": self.subject,
            "facts": [fact.id for fact in self.facts], "names": labels,
            "evidence": [evidence.as_json() for evidence in self.evidence],
        }


def sort_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Most serious first; within a severity the order in which they were found."""
    return tuple(sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity)))
