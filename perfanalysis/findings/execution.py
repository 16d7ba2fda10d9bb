"""What is worth saying about execution of the budget."""

import pandas as pd

from perfanalysis.findings.make import FactMaker, label_rows
from perfanalysis.findings.model import Fact, Finding
from perfanalysis.rules.thresholds import Threshold

NAMED = 3


def find_execution(projects: pd.DataFrame, fact: FactMaker, thresholds: dict[str, Threshold]) -> tuple[Finding, ...]:
    """Findings on one unit's execution.

    Parameters
    ----------
    projects : one row per project of the year
        Reads ``project``, ``label``, ``label_en``, ``budget``, ``executed`` (money), ``execution_rate`` (ratio), ``unspent`` (money), ``quadrant``.
    """
    findings = []
    known = projects.dropna(subset=["budget", "executed"])
    low, very_low = thresholds["low_execution"], thresholds["very_low_execution"]
    total = known["budget"].sum()
    rate = known["executed"].sum() / total if total > 0 else float("nan")
    values = {
        "execution_rate": fact.own("execution_rate", rate, "ratio", "projects", "executed"),
        **known_money(projects, fact),
        "threshold": fact.rule("low_execution", low.value, "ratio"),
    }
    if rate < low.value:
        findings.append(Finding("low_execution", "serious" if rate < very_low.value else "warning", fact.subject, values))
    # where achievement is known, double monitoring names the project with an opinion on its funds
    slow = known[(known["execution_rate"] < low.value) & known["quadrant"].isna()].sort_values("unspent", ascending=False)
    if len(slow):
        findings.append(Finding("low_execution_projects", "warning", fact.subject, {
            "projects": fact.own("projects_low_execution_unplaced", len(slow), "count", "projects", "executed"),
            "unspent": fact.own("unspent_low_execution", slow["unspent"].sum(), "money", "projects", "executed"),
            "threshold": fact.rule("low_execution", low.value, "ratio"),
            "names": list(label_rows(slow.head(NAMED), "project")),
        }))
    over = known[known["executed"] > known["budget"] * (1 + 1e-9)]
    if len(over):
        excess = (over["executed"] - over["budget"]).sum()
        findings.append(Finding("over_budget", "serious", fact.subject, {
            "projects": fact.own("projects_over_budget", len(over), "count", "projects", "executed"),
            "excess": fact.own("excess_over_budget", excess, "money", "projects", "executed"),
            "names": list(label_rows(over.head(NAMED), "project")),
        }))
    unknown = projects[projects["executed"].isna() | projects["budget"].isna()]
    if len(unknown):
        findings.append(Finding("execution_unknown", "notice", fact.subject, {
            "projects": fact.own("projects_execution_unknown", len(unknown), "count", "projects", "executed"),
            "names": list(label_rows(unknown.head(NAMED), "project")),
        }))
    if not findings and rate >= low.value:
        findings.append(Finding("execution_sound", "good", fact.subject, values))
    return tuple(findings)


def known_money(projects: pd.DataFrame, fact: FactMaker) -> dict[str, Fact]:
    """Budget and executed amount of the projects that have both: what a rate is made of, so that a reader gets it from them."""
    known = projects.dropna(subset=["budget", "executed"])
    names = ("budget", "executed") if len(known) == len(projects) else ("budget_known", "executed_known")
    return {
        "budget": fact.own(names[0], known["budget"].sum(min_count=1), "money", "projects", "budget_adjusted"),
        "executed": fact.own(names[1], known["executed"].sum(min_count=1), "money", "projects", "executed"),
    }


def find_year_end_rush(last: pd.DataFrame, peers_median: float, fact: FactMaker, thresholds: dict[str, Threshold]) -> tuple[Finding, ...]:
    """Whether too much of the year was spent in its last month.

    Parameters
    ----------
    last : at most one row, of ``measure_last_month``
    peers_median : ratio, the other units' median share of the last month (missing where unknown)
    """
    if last.empty or not last["last_share"].iloc[0] >= thresholds["year_end_rush"].value:
        return ()
    row = last.iloc[0]
    values = {
        "last_share": fact.own("last_share", row["last_share"], "ratio", "execution", "executed_to_date", keys={"project": None}),
        "spent": fact.own("spent_last_month", row["spent"], "money", "execution", "executed_to_date", keys={"project": None}),
        "threshold": fact.rule("year_end_rush", thresholds["year_end_rush"].value, "ratio"),
    }
    if pd.isna(peers_median):
        return (Finding("year_end_rush_alone", "warning", fact.subject, values),)
    return (Finding("year_end_rush", "warning", fact.subject, {**values, "peers": fact.peer("last_share", peers_median, "ratio", "peer_median")}),)
