"""What is worth saying about open problems, disclosure, the comparison with others, and the data."""

import datetime
from collections.abc import Mapping

import pandas as pd

from perfanalysis.findings.make import FactMaker
from perfanalysis.findings.model import Finding


def find_problems(problems: pd.DataFrame, as_of: datetime.date, fact: FactMaker) -> tuple[Finding, ...]:
    """Findings on open problems; reads ``state`` and ``days_overdue`` of ``measure_problems``."""
    overdue = problems[problems["state"] == "overdue"]
    if overdue.empty:
        return ()
    return (Finding("rectification_overdue", "serious", fact.subject, {
        "problems": fact.own("problems_overdue", len(overdue), "count", "problems", "due_on"),
        "days": fact.own("longest_overdue", int(overdue["days_overdue"].max()), "days", "problems", "due_on"),
        "as_of": fact.own("as_of", as_of, "date"),
    }),)


def find_disclosure(disclosures: pd.DataFrame, fact: FactMaker) -> tuple[Finding, ...]:
    """Findings on disclosure; reads ``state`` and ``days_late`` of ``measure_disclosure``."""
    findings = []
    late = disclosures[disclosures["state"] == "late"]
    if len(late):
        findings.append(Finding("disclosure_late", "warning", fact.subject, {
            "documents": fact.own("documents_late", len(late), "count", "disclosures", "performance_published_on"),
            "days": fact.own("days_late", int(late["days_late"].max()), "days", "disclosures", "performance_published_on"),
        }))
    absent = disclosures[disclosures["state"] == "not_published"]
    if len(absent):
        findings.append(Finding("disclosure_missing", "serious", fact.subject, {
            "documents": fact.own("documents_not_published", len(absent), "count", "disclosures", "performance_published_on"),
        }))
    return tuple(findings)


def find_peers(places: Mapping[str, Mapping[str, float]], units: Mapping[str, str], fact: FactMaker) -> tuple[Finding, ...]:
    """Measures in which the unit lies below nearly all others (fewer than one in twenty is lower).

    ``places`` maps a measure to the result of ``place_among``; ``units`` maps it to its unit of measure.
    """
    findings = []
    for measure, place in places.items():
        if measure in ("execution_rate", "mean_score") and place and place["below"] / place["others"] < 0.05:
            findings.append(Finding(f"{measure}_lowest", "notice", fact.subject, {
                "value": fact.own(measure, place["value"], units[measure], "projects", "executed" if measure == "execution_rate" else "self_score"),
                "below": fact.peer(measure, place["below"], "count", "peers_below"),
                "others": fact.peer(measure, place["others"], "count", "peers_others"),
                "median": fact.peer(measure, place["median"], units[measure], "peer_median"),
            }))
    return tuple(findings)


def find_quality(set_aside: pd.DataFrame, fact: FactMaker) -> tuple[Finding, ...]:
    """Rows of the unit's input that could not be used, or that a person should look at; reads ``severity``."""
    findings = []
    for severity, code in (("error", "rows_set_aside"), ("warning", "rows_to_look_at")):
        rows = set_aside[set_aside["severity"] == severity]
        if len(rows):
            findings.append(Finding(code, "warning" if severity == "error" else "notice", fact.subject, {
                "rows": fact.own(code, len(rows), "count", "set_aside"),
            }))
    return tuple(findings)
