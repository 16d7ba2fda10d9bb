"""What is worth saying about targets: missed, too easy, copied, absent, unreviewed."""

import pandas as pd

from perfanalysis.findings.execution import NAMED
from perfanalysis.findings.make import FactMaker, label_first, label_rows
from perfanalysis.findings.model import Finding
from perfanalysis.rules.thresholds import Threshold


def find_targets(
    indicators: pd.DataFrame, projects: pd.DataFrame, copied: pd.DataFrame, fact: FactMaker, thresholds: dict[str, Threshold],
    *, explain_from: float | None,
) -> tuple[Finding, ...]:
    """Findings on one unit's targets.

    Parameters
    ----------
    indicators : one row per indicator of the year, scored, with ``label``, ``label_en``, ``met``, ``easy``, ``unexplained``
    projects : one row per project of the year; reads ``project``, ``label``, ``label_en``, ``self_score``
    copied : rows of ``find_copied_sets`` of the year
    explain_from : ratio from which the rule-book asks for an explanation
    """
    findings = []
    missed = indicators[indicators["met"].isin(["no", "partly"])].sort_values("attainment")
    if len(missed):
        findings.append(Finding("targets_missed", "warning", fact.subject, {
            "missed": fact.own("indicators_missed", len(missed), "count", "indicators", "actual"),
            "indicators": fact.own("indicators", len(indicators), "count", "indicators", "target"),
            "names": label_first(missed, "code", NAMED),
        }))
    silent = missed[missed["needs_reason"]]
    if len(silent):
        findings.append(Finding("targets_missed_unexplained", "notice", fact.subject, {
            "silent": fact.own("indicators_missed_unexplained", len(silent), "count", "indicators", "reason"),
            "names": label_first(silent, "code", NAMED),
        }))
    easy = indicators[indicators["easy"]].sort_values("attainment", ascending=False)
    if len(easy):
        findings.append(Finding("easy_targets", "warning", fact.subject, {
            "easy": fact.own("indicators_easy", len(easy), "count", "indicators", "actual"),
            "threshold": fact.rule("easy_target", thresholds["easy_target"].value, "ratio"),
            "names": label_first(easy, "code", NAMED),
        }))
    unexplained = indicators[indicators["unexplained"] & ~indicators["easy"]]
    if len(unexplained):
        findings.append(Finding("over_target_unexplained", "notice", fact.subject, {
            "indicators": fact.own("indicators_over_unexplained", len(unexplained), "count", "indicators", "reason"),
            "threshold": fact.rule("over_target_explain", explain_from, "ratio"),
            "names": label_first(unexplained, "code", NAMED),
        }))
    unknown = indicators[indicators["met"].isna()]
    if len(unknown):
        findings.append(Finding("actual_missing", "notice", fact.subject, {
            "indicators": fact.own("indicators_unknown", len(unknown), "count", "indicators", "actual"),
            "names": label_first(unknown, "code", NAMED),
        }))
    ungraded = indicators[indicators["met"].isin(["partly", "no"]) & indicators["points"].isna() & indicators["reached"].notna()]
    if len(ungraded):
        findings.append(Finding("points_not_given", "notice", fact.subject, {
            "indicators": fact.own("indicators_points_not_given", len(ungraded), "count", "indicators", "reached"),
            "names": label_first(ungraded, "code", NAMED),
        }))
    bare = projects[~projects["project"].isin(indicators["project"])]
    if len(bare):
        findings.append(Finding("no_targets", "serious", fact.subject, {
            "projects": fact.own("projects_without_indicators", len(bare), "count", "projects", "project"),
            "names": list(label_rows(bare.head(NAMED), "project")),
        }))
    if len(copied):
        labels = copied.merge(projects[["project", "label", "label_en"]], on="project", how="left")
        findings.append(Finding("copied_indicators", "warning", fact.subject, {
            "projects": fact.own("projects_copied_indicators", len(copied), "count", "indicators", "level3"),
            "names": list(label_rows(labels.head(NAMED + 1), "project")),
        }))
    return tuple(findings)


def find_target_review(targets: pd.DataFrame, projects: pd.DataFrame, first_day: pd.Timestamp, fact: FactMaker,
                       thresholds: dict[str, Threshold]) -> tuple[Finding, ...]:
    """Targets that were not approved together with the budget.

    Parameters
    ----------
    targets : one row per project of the year; reads ``approved_on``
    projects : reads ``project``, ``funding``, ``label``, ``label_en``; special treasury bonds, which came during the year, are left out
    first_day : of the report's fiscal year
    """
    regular = projects[projects["funding"] != "special_bond"]
    rows = targets.merge(regular[["project", "label", "label_en"]], on="project")
    limit = thresholds["target_approval_days"]
    late = rows[(rows["approved_on"] - first_day).dt.days > limit.value]
    if late.empty:
        return ()
    return (Finding("targets_approved_late", "warning", fact.subject, {
        "projects": fact.own("targets_approved_late", len(late), "count", "targets", "approved_on"),
        "days": fact.rule("target_approval_days", limit.value, "days"),
        "names": list(label_rows(late.head(NAMED), "project")),
    }),)
