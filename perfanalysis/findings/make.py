"""Making facts with their origin filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from perfanalysis.findings.model import Evidence, Fact, Label
from perfanalysis.findings.reading import ALSO_READ_BY_PLAN
from perfanalysis.tables import TABLES

_SCORED, _LINES, _MONEY = ("projects", "executed"), ("indicators", "score"), ("indicators", "actual")
#: Measures that read rows of a second table: measure → (table, column). What a fact names must suffice to compute it again.
ALSO_READ = {
    **dict.fromkeys(("mean_score", "mean_score_compared", "projects_recomputed", "recomputed"), _SCORED),
    **dict.fromkeys(("projects_sum_wrong", "largest_sum_difference"), _LINES),
    **dict.fromkeys((
        "scores_agree", "scores_compared", "projects_scores_differ", "projects_grade_changes", "mean_self_score_compared",
        *(f"{what}_{place}" for what in ("projects", "unspent", "executed") for place in ("met_spent", "met_unspent", "missed_spent", "missed_unspent")),
        "projects_unplaced", "projects_low_execution_unplaced", "unspent_low_execution", "projects_without_indicators",
    ), _MONEY),
    "disagreements": ("projects", "self_score"),
    **dict.fromkeys(("scores_not_recomputed", "scores_without_indicators", "scores_with_gaps"), _MONEY),
    "targets_reviewed": ("projects", "project"),
    "targets_reviewed_money": ("targets", "reviewed_on"),
    "targets_approved_late": ("projects", "funding"),
    "periods_behind": ("peers", "pace_low"),
    # a project's expected year-end rests on the earlier years of all
    **dict.fromkeys(("projected_seasonal", "projected_rate", *(f"ahead_unspent_{place}" for place in ("met_unspent", "missed_spent", "missed_unspent")),
                     "projects_reclaim", "reclaim_mean", "reclaim_least", "reclaim_most"), ("peers", "projected")),
    # two scores of the same projects
    **dict.fromkeys((
        "reviews_compared", "review_gap_mean", "review_gap_least", "review_gap_most", "agreement_bias", "agreement_bias_low", "agreement_bias_high", "agreement_limit_low",
        "agreement_limit_high", "agreement_line", "agreement_line_low", "agreement_line_high", "agreement_weighted", "agreement_weighted_low", "agreement_weighted_high",
        "agreement_same_grade", "agreement_kappa", "corrected_mean", "corrected_mean_low", "corrected_mean_high", "corrected_excellent", "corrected_excellent_low",
        "corrected_excellent_high", "reviewed_median_budget", "unreviewed_median_budget", "corrected_beyond",
    ), ("projects", "self_score")),
    **dict.fromkeys(("signs_tests", "signs_tested_units", "signs_found", "signs_flagged_units"), ("projects", "self_score")),
    **dict.fromkeys(("highest_risk", "median_risk", "chosen_by_risk", "chosen_at_random"), ("indicators", "actual")),
    **dict.fromkeys((
        "audit_examined", "audit_outside", "audit_missing", "audit_found", "audit_projected", "audit_upper", "audit_upper_share", "audit_under_found", "audit_under_upper",
    ), ("projects", "executed")),
}
#: Measures that a rule-book decides, beside what was submitted.
RULED = frozenset({
    "mean_score", "mean_score_compared", "projects_recomputed", "recomputed", "achievement", "scores_agree", "scores_compared",
    "projects_scores_differ", "projects_grade_changes", "disagreements", "projects_weights_wrong", "projects_weights_split", "indicators_points_above_rule",
    "points_above_rule", "projects_execution_points_above_rule", "execution_points_above_rule", "indicators_over_unexplained",
})


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
        origin = self._origin(measure, {**base, "year": self.year, **(keys or {})}, table, column, base)
        return self._fact((name and f"{self.subject}.{name}") or self.subject, measure, value, unit, origin, "own")

    def project(self, project: str, measure: str, value: Any, unit: str, table: str, column: str, **keys: Any) -> Fact:
        """A fact about one project of the report's unit."""
        base = {"project": project}
        origin = self._origin(measure, {**base, "year": self.year, **keys}, table, column, base)
        return self._fact(".".join([project, *map(str, keys.values())]), measure, value, unit, origin, "own")

    def peer(self, measure: str, value: Any, unit: str, method: str) -> Fact:
        """A fact about the group of units that this one is compared with."""
        return self._fact(f"peers.{measure}", method, value, unit, (Evidence("peers", {"year": self.year}, measure),), "peer")

    def rule(self, measure: str, value: Any, unit: str) -> Fact:
        """A number that a rule or threshold sets."""
        return Fact("rule", measure, value, unit, "year" if measure == "year" else "rule", (), "city", currency=self.currency)

    def _origin(self, measure: str, keys: Mapping[str, Any], table: str, column: str, base: Mapping[str, Any]) -> tuple[Evidence, ...]:
        """The rows named, and those of the second table that the measure reads; a table without years is read whole."""
        if not table:
            return ()
        first = Evidence(table, _without_year(table, keys), column)
        more = (ALSO_READ[measure],) if measure in ALSO_READ else ALSO_READ_BY_PLAN.get(measure, ())
        return (first, *(self._also(base, name, read) for name, read in more if name != table))

    def _also(self, base: Mapping[str, Any], table: str, column: str) -> Evidence:
        return Evidence(table, {"year": self.year} if table == "peers" else _without_year(table, {**base, "year": self.year}), column)

    def _fact(self, subject, measure, value, unit, evidence, scope) -> Fact:
        value = None if value is None or (not isinstance(value, str) and pd.isna(value)) else value
        if hasattr(value, "item"):
            value = value.item()
        return Fact(subject, measure, value, unit, measure, evidence, scope, str(self.year), self.currency)


def _without_year(table: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    dated = "year" in TABLES[table].names if table in TABLES else table != "set_aside"
    return dict(keys) if dated else {name: value for name, value in keys.items() if name != "year"}


def label_first(frame: pd.DataFrame, code: str, most: int) -> list[Label]:
    """Labels of the first ``most`` rows of different names: many projects have an indicator of the same name, which a sentence names once."""
    return list(label_rows(frame.drop_duplicates("label").head(most), code))


def label_rows(frame: pd.DataFrame, code: str) -> tuple[Label, ...]:
    """A label for each row from the columns ``code``, ``label`` and ``label_en``."""
    english = frame["label_en"] if "label_en" in frame else frame["label"]
    return tuple(Label(str(c), str(zh), str(en)) for c, zh, en in zip(frame[code], frame["label"], english.fillna(frame["label"]), strict=True))
