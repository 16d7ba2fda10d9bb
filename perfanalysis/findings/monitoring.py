"""What double monitoring says about the funds."""

import pandas as pd

from perfanalysis.findings.execution import NAMED
from perfanalysis.findings.make import FactMaker, label_rows
from perfanalysis.findings.model import Finding
from perfanalysis.rules.thresholds import Threshold

#: quadrant → severity; the words are those of the finding ``quadrant_<name>``.
_SEVERITY = {"met_unspent": "serious", "missed_spent": "serious", "missed_unspent": "warning"}


def find_monitoring(projects: pd.DataFrame, fact: FactMaker, thresholds: dict[str, Threshold]) -> tuple[Finding, ...]:
    """Findings on one unit's quadrants.

    Parameters
    ----------
    projects : one row per project of the year; reads ``quadrant``, ``unspent``, ``executed`` (money), ``label``, ``label_en``
    """
    findings = []
    for quadrant, severity in _SEVERITY.items():
        inside = projects[projects["quadrant"] == quadrant].sort_values("unspent", ascending=False)
        if inside.empty:
            continue
        findings.append(Finding(f"quadrant_{quadrant}", severity, fact.subject, {
            "projects": fact.own(f"projects_{quadrant}", len(inside), "count", "projects", "executed"),
            "unspent": fact.own(f"unspent_{quadrant}", inside["unspent"].sum(), "money", "projects", "executed"),
            "executed": fact.own(f"executed_{quadrant}", inside["executed"].sum(), "money", "projects", "executed"),
            "execution_from": fact.rule("low_execution", thresholds["low_execution"].value, "ratio"),
            "achievement_from": fact.rule("targets_met", thresholds["targets_met"].value, "ratio"),
            "names": list(label_rows(inside.head(NAMED), "project")),
        }))
    return tuple(findings)
