"""What is worth saying about a key area: weak and unmeasured parts of the framework, projects at the bottom."""

import pandas as pd

from perfanalysis.findings.execution import NAMED
from perfanalysis.findings.make import FactMaker, label_rows
from perfanalysis.findings.model import Finding, Label
from perfanalysis.rules.framework_model import Framework
from perfanalysis.rules.thresholds import Threshold

#: An item below the lowest passing grade of the usual bands (财预〔2020〕10号: 60 points) is weak.
WEAK = 60.0


def find_key_area(items: pd.DataFrame, projects: pd.DataFrame, framework: Framework, fact: FactMaker, thresholds: dict[str, Threshold]) -> tuple[Finding, ...]:
    """Findings on one key area.

    Parameters
    ----------
    items : ``score_items`` of the area
    projects : one row per project; reads ``achievement``, ``quadrant``, ``execution_rate``, ``label``, ``label_en``
    """
    findings = []
    names = {item.code: Label(item.code, item.title["zh"], item.title["en"]) for item in framework.items}
    missing = items[items["basis"] == "missing"]
    if len(missing):
        findings.append(Finding("key_area_unmeasured", "notice", fact.subject, {
            "items": fact.own("items_unmeasured", len(missing), "count"), "all": fact.rule("framework_items", len(framework.items), "count"),
            "weight": fact.own("weight_unmeasured", missing["weight"].sum(), "points"), "names": [names[code] for code in missing["item"]]}))
    weak = items[items["score"] < WEAK].sort_values("score")
    if len(weak):
        findings.append(Finding("key_area_weak", "warning", fact.subject, {
            "items": fact.own("items_weak", len(weak), "count"), "threshold": fact.rule("weak_item", WEAK, "points"), "names": [names[code] for code in weak["item"]]}))
    missed = projects[projects["achievement"] < thresholds["low_execution"].value].sort_values("achievement")
    if len(missed):
        findings.append(Finding("key_area_missed", "warning", fact.subject, {
            "projects": fact.own("projects_low_achievement", len(missed), "count", "indicators", "actual"),
            "threshold": fact.rule("low_achievement", thresholds["low_execution"].value, "ratio"), "names": list(label_rows(missed.head(NAMED), "project"))}))
    return tuple(findings)
