"""What is worth saying about a year that is still running."""

from collections.abc import Mapping

import pandas as pd

from perfanalysis.findings.execution import NAMED
from perfanalysis.findings.make import FactMaker, label_rows
from perfanalysis.findings.model import Fact, Finding
from perfanalysis.rules.thresholds import Threshold


def find_lights(projects: pd.DataFrame, fact: FactMaker, day: Fact, thresholds: Mapping[str, Threshold]) -> tuple[Finding, ...]:
    """Findings on projects that lag behind the season.

    Parameters
    ----------
    projects : one row per project; reads ``targets_seasonal``, ``execution_seasonal`` (lights), ``label``, ``label_en``, ``budget`` (money)
    day : the day of monitoring.
    """
    findings = []
    for what, severity in (("targets", "warning"), ("execution", "warning")):
        red = projects[projects[f"{what}_seasonal"] == "red"].sort_values("budget", ascending=False)
        if len(red):
            findings.append(Finding(f"red_{what}", severity, fact.subject, {
                "day": day, "threshold": fact.rule("light_yellow", thresholds["light_yellow"].value, "ratio"),
                "projects": fact.own(f"red_{what}", len(red), "count", *_ORIGIN[what]),
                "names": list(label_rows(red.head(NAMED), "project")),
            }))
    return tuple(findings)


_ORIGIN = {"targets": ("monitoring", "actual_to_date"), "execution": ("execution", "executed_to_date")}


def find_year_end(projects: pd.DataFrame, lines: pd.DataFrame, fact: FactMaker, day: Fact) -> tuple[Finding, ...]:
    """Findings on what year-end will bring.

    Parameters
    ----------
    projects : one row per project; reads ``quadrant`` (expected at year-end), ``unspent`` (money, expected), ``label``, ``label_en``
    lines : one row per monitored indicator; reads ``project``, ``likelihood``, ``rectification_needed``, ``advice``
    """
    findings = []
    for quadrant, severity in (("met_unspent", "serious"), ("missed_unspent", "serious"), ("missed_spent", "warning")):
        inside = projects[projects["quadrant"] == quadrant].sort_values("unspent", ascending=False)
        if len(inside):
            findings.append(Finding(f"ahead_{quadrant}", severity, fact.subject, {
                "day": day,
                "projects": fact.own(f"ahead_{quadrant}", len(inside), "count", "monitoring", "expected"),
                "unspent": fact.own(f"ahead_unspent_{quadrant}", inside["unspent"].sum(), "money", "execution", "executed_to_date"),
                "names": list(label_rows(inside.head(NAMED), "project")),
            }))
    lost = lines[lines["likelihood"] == "impossible"]
    if len(lost):
        named = projects[projects["project"].isin(lost["project"])]
        findings.append(Finding("targets_out_of_reach", "warning", fact.subject, {
            "day": day,
            "indicators": fact.own("indicators_out_of_reach", len(lost), "count", "monitoring", "likelihood"),
            "projects": fact.own("projects_out_of_reach", lost["project"].nunique(), "count", "monitoring", "likelihood"),
            "names": list(label_rows(named.head(NAMED), "project")),
        }))
    silent = lines[lines["rectification_needed"].fillna(False).astype(bool) & lines["advice"].isna()]
    if len(silent):
        findings.append(Finding("rectification_without_advice", "notice", fact.subject, {
            "indicators": fact.own("rectification_without_advice", len(silent), "count", "monitoring", "advice"),
        }))
    return tuple(findings)
