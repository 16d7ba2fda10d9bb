"""Making facts with their origin filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from perfanalysis.findings.model import Evidence, Fact, Label


@dataclass(frozen=True)
class FactMaker:
    """Makes the facts of one report: whose it is (``subject``), of which year, in which currency.

    ``key`` is the column of the tables that holds the subject's code: ``unit``, or ``project`` or ``key_area`` in a report on one of these.
    """

    subject: str
    year: int
    currency: str
    city: bool = False
    key: str = "unit"

    def own(
        self, measure: str, value: Any, unit: str, table: str = "", column: str = "", *, keys: Mapping[str, Any] | None = None,
        name: str = "",
    ) -> Fact:
        """A fact about the report's own unit, made from ``column`` of its rows of the year in ``table`` (narrowed by ``keys``).

        ``measure`` names label and definition in the catalogues; ``name`` sets it apart where the same measure stands twice.
        """
        base = {} if self.city else {self.key: self.subject}
        origin = (Evidence(table, {**base, "year": self.year, **(keys or {})}, column),) if table else ()
        return self._fact((name and f"{self.subject}.{name}") or self.subject, measure, value, unit, origin, "own")

    def project(self, project: str, measure: str, value: Any, unit: str, table: str, column: str, **keys: Any) -> Fact:
        """A fact about one project of the report's unit."""
        origin = (Evidence(table, {"project": project, "year": self.year, **keys}, column),)
        return self._fact(".".join([project, *map(str, keys.values())]), measure, value, unit, origin, "own")

    def peer(self, measure: str, value: Any, unit: str, method: str) -> Fact:
        """A fact about the group of units that this one is compared with."""
        return self._fact(f"peers.{measure}", method, value, unit, (Evidence("peers", {"year": self.year}, measure),), "peer")

    def rule(self, measure: str, value: Any, unit: str) -> Fact:
        """A number that a rule or threshold sets."""
        return Fact("rule", measure, value, unit, "rule", (), "city", currency=self.currency)

    def _fact(self, subject, measure, value, unit, evidence, scope) -> Fact:
        value = None if value is None or (not isinstance(value, str) and pd.isna(value)) else value
        if hasattr(value, "item"):
            value = value.item()
        return Fact(subject, measure, value, unit, measure, evidence, scope, str(self.year), self.currency)


def label_rows(frame: pd.DataFrame, code: str) -> tuple[Label, ...]:
    """A label for each row from the columns ``code``, ``label`` and ``label_en``."""
    english = frame["label_en"] if "label_en" in frame else frame["label"]
    return tuple(Label(str(c), str(zh), str(en)) for c, zh, en in zip(frame[code], frame["label"], english.fillna(frame["label"]), strict=True))
