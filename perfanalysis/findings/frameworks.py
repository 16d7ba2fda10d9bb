"""What is worth saying about an assessment by a framework."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from perfanalysis.findings.make import FactMaker
from perfanalysis.findings.model import Evidence, Fact, Finding, Label
from perfanalysis.rules.framework_model import Framework
from perfanalysis.rules.thresholds import Threshold

#: Points by which a given score may differ from the goalposts' before it is named: forms print two decimals.
ROUNDING = 0.01
#: How many names a sentence carries.
NAMED = 3


@dataclass(frozen=True)
class AssessmentFacts:
    """Makes the facts of one assessment, so that two frameworks in one report never share a fact."""

    fact: FactMaker
    framework: Framework

    def own(self, measure: str, value: Any, unit: str, code: str = "", table: str = "assessments", column: str = "value") -> Fact:
        """A fact about the report's unit; ``code`` is the category or item that it is about."""
        name = ".".join(part for part in (self.framework.name if self.fact.city else "", code) if part)
        keys = {} if table not in ("assessments", "difficulty") else {"framework": self.framework.name} | ({"item": code} if code in set(self.framework.frame["item"]) else {})
        return self.fact.own(measure, value, unit, table, column, keys=keys, name=name)

    def among(self, measure: str, value: Any, unit: str, code: str = "") -> Fact:
        """A fact that needs all units of the framework: a rank, a median."""
        subject = ".".join(part for part in (self.fact.subject, self.framework.name, code) if part)
        origin = (Evidence("assessments", {"framework": self.framework.name, "year": self.fact.year}, "value"),)
        value = None if value is None or pd.isna(value) else value.item() if hasattr(value, "item") else value
        return Fact(subject, measure, value, unit, measure, origin, "peer", str(self.fact.year), self.fact.currency)


def label_framework(framework: Framework) -> Label:
    return Label(framework.name, framework.title["zh"], framework.title["en"])


def label_nodes(framework: Framework) -> dict[str, Label]:
    """Code → label of every category and item."""
    return {node.code: Label(node.code, node.title["zh"], node.title["en"]) for node in (*framework.categories, *framework.items)}


def find_assessment(
    items: pd.DataFrame, nodes: pd.DataFrame, total: Mapping[str, Any], facts: AssessmentFacts, thresholds: Mapping[str, Threshold],
    unknown: list[str],
) -> tuple[Finding, ...]:
    """Findings on one unit's assessment of the year.

    Parameters
    ----------
    items, nodes : the unit's rows of ``score_items`` and ``assess_units`` of the year, with ``change``
    total : its row of ``adjust_difficulty`` with ``change``
    unknown : item codes in the data that the framework does not know
    """
    framework, names, findings, fact = facts.framework, label_nodes(facts.framework), [], facts.fact
    top = nodes[nodes["node"].isin([category.code for category in framework.top_categories])]
    fall, low = thresholds["inspection_fall"], thresholds["assessment_weak"]
    if pd.notna(total["change"]) and total["change"] <= -fall.value:
        worst = top.sort_values("change").head(NAMED)
        findings.append(Finding("assessment_fell", "serious", fact.subject, {
            "fall": facts.own("assessment_fall", -total["change"], "points"), "score": facts.own("assessment_score", total["score"], "points"),
            "names": [names[node] for node in worst["node"]]}))
    weak = top[top["score"] < low.value].sort_values("score")
    if len(weak):
        findings.append(Finding("assessment_weak_categories", "warning", fact.subject, {
            "categories": facts.own("assessment_weak_categories", len(weak), "count"), "all": facts.own("assessment_categories", len(top), "count"),
            "limit": fact.rule("assessment_weak", low.value, "points"), "names": [names[node] for node in weak["node"].head(NAMED)]}))
    zero = items[items["score"] == 0]
    if len(zero):
        findings.append(Finding("assessment_zero_items", "warning", fact.subject, {
            "items": facts.own("assessment_zero_items", len(zero), "count"), "names": [names[code] for code in zero["item"].head(NAMED)]}))
    missing = items[items["basis"] == "missing"]
    if len(missing):
        findings.append(Finding("assessment_missing_items", "warning", fact.subject, {
            "items": facts.own("assessment_missing_items", len(missing), "count"), "all": facts.own("assessment_items", len(items), "count"),
            "names": [names[code] for code in missing["item"].head(NAMED)]}))
    differ = items[items["difference"].abs() > ROUNDING + 1e-9]
    if len(differ):
        findings.append(Finding("assessment_scores_differ", "warning", fact.subject, {
            "items": facts.own("assessment_scores_differ", len(differ), "count", column="score"),
            "names": [names[code] for code in differ.sort_values("difference", key=abs, ascending=False)["item"].head(NAMED)]}))
    if unknown:
        findings.append(Finding("assessment_unknown_items", "notice", fact.subject, {
            "items": facts.own("assessment_unknown_items", len(unknown), "count", column="item"), "names": [Label(code, code) for code in unknown[:NAMED]]}))
    if framework.difficulty != "none" and pd.isna(total["coefficient"]) and pd.notna(total["score"]):
        findings.append(Finding("assessment_no_coefficient", "warning", fact.subject, {"framework": label_framework(framework)}))
    return tuple(findings)
