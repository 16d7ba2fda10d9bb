"""What is worth saying about the coverage of projects by targets, and about projects of one source of funding."""

from collections.abc import Mapping

import pandas as pd

from perfanalysis.findings.execution import NAMED
from perfanalysis.findings.make import FactMaker, label_rows
from perfanalysis.findings.model import Finding
from perfanalysis.rules.thresholds import Threshold


def find_coverage(projects: pd.DataFrame, fact: FactMaker) -> tuple[Finding, ...]:
    """Findings on projects without reviewed targets, and on targets that were not set with the budget.

    Parameters
    ----------
    projects : one row per project; reads the flags of ``measure_coverage``, ``budget`` (money), ``label``, ``label_en``
    """
    findings = []
    bare = projects[~projects["reviewed"]].sort_values("budget", ascending=False)
    if len(bare):
        findings.append(Finding("targets_not_reviewed", "warning", fact.subject, {
            "projects": fact.own("projects_not_reviewed", len(bare), "count", "targets", "reviewed_on"),
            "money": fact.own("money_not_reviewed", bare["budget"].sum(), "money", "projects", "budget_adjusted"),
            "names": list(label_rows(bare.head(NAMED), "project")),
        }))
    late = projects[projects["timed"] & projects["approved"] & ~projects["approved_with_budget"]].sort_values("budget", ascending=False)
    if len(late):
        findings.append(Finding("targets_after_budget", "warning", fact.subject, {
            "projects": fact.own("projects_approved_after_budget", len(late), "count", "targets", "approved_on"),
            "names": list(label_rows(late.head(NAMED), "project")),
        }))
    rejected = projects[projects["outcome"] == "rejected"]
    if len(rejected):
        findings.append(Finding("targets_rejected", "serious", fact.subject, {
            "projects": fact.own("projects_targets_rejected", len(rejected), "count", "targets", "outcome"),
            "names": list(label_rows(rejected.head(NAMED), "project")),
        }))
    return tuple(findings)


def find_funding(projects: pd.DataFrame, fact: FactMaker, thresholds: Mapping[str, Threshold], *, name: str) -> tuple[Finding, ...]:
    """Findings on the projects of one source of funding, called ``name``; reads ``approved`` (flag), ``execution_rate``, ``unspent``, ``label``, ``label_en``."""
    findings = []
    low = projects[projects["execution_rate"] < thresholds["low_execution"].value].sort_values("unspent", ascending=False)
    if len(low):
        findings.append(Finding("funding_low_execution", "warning", fact.subject, {
            "projects": fact.own("funding_low_execution", len(low), "count", "projects", "executed", keys={"funding": name}, name=name),
            "threshold": fact.rule("low_execution", thresholds["low_execution"].value, "ratio"),
            "unspent": fact.own("funding_unspent_low", low["unspent"].sum(), "money", "projects", "executed", keys={"funding": name}, name=name),
            "names": list(label_rows(low.head(NAMED), "project")),
        }))
    bare = projects[~projects["approved"]]
    if len(bare):
        findings.append(Finding("funding_without_targets", "serious", fact.subject, {
            "projects": fact.own("funding_not_approved", len(bare), "count", "targets", "approved_on", keys={"funding": name}, name=name),
            "names": list(label_rows(bare.head(NAMED), "project")),
        }))
    missed = projects[projects["achievement"] < thresholds["targets_met"].value].sort_values("achievement")
    if len(missed):
        findings.append(Finding("funding_targets_missed", "warning", fact.subject, {
            "projects": fact.own("funding_targets_missed", len(missed), "count", "indicators", "actual", name=name),
            "threshold": fact.rule("targets_met", thresholds["targets_met"].value, "ratio"),
            "names": list(label_rows(missed.head(NAMED), "project")),
        }))
    return tuple(findings)
