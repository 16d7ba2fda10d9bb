"""What is worth saying about self-evaluation scores."""

import pandas as pd

from perfanalysis.findings.execution import NAMED
from perfanalysis.findings.make import FactMaker, label_rows
from perfanalysis.findings.model import Finding
from perfanalysis.rules.thresholds import Threshold


def find_scores(
    projects: pd.DataFrame, disagreements: pd.DataFrame, bunching: pd.DataFrame, fact: FactMaker, thresholds: dict[str, Threshold]
) -> tuple[Finding, ...]:
    """Findings on one unit's self-evaluation.

    Parameters
    ----------
    projects : one row per project of the year, scored; reads ``recomputed``, ``submitted``, ``difference``, ``sum_difference`` (points),
        ``grade``, ``submitted_grade``, ``label``, ``label_en``
    disagreements : rows of ``compare_scores`` of the year
    bunching : rows of ``measure_bunching`` of the unit's submitted scores
    """
    findings = []
    differing = projects[projects["difference"].abs() >= thresholds["score_disagreement"].value]
    if len(differing):
        worst = differing.loc[differing["difference"].abs().idxmax()]
        findings.append(Finding("scores_differ", "serious" if len(differing) > 1 else "warning", fact.subject, {
            "projects": fact.own("projects_scores_differ", len(differing), "count", "projects", "self_score"),
            "threshold": fact.rule("score_disagreement", thresholds["score_disagreement"].value, "points"),
            "worst": label_rows(worst.to_frame().T, "project")[0],
            "submitted": fact.project(worst["project"], "submitted", worst["submitted"], "points", "projects", "self_score"),
            "recomputed": fact.project(worst["project"], "recomputed", worst["recomputed"], "points", "indicators", "actual"),
        }))
    changed = projects[projects["grade"].notna() & projects["submitted_grade"].notna() & (projects["grade"] != projects["submitted_grade"])]
    if len(changed):
        findings.append(Finding("grades_change", "warning", fact.subject, {
            "projects": fact.own("projects_grade_changes", len(changed), "count", "projects", "self_score"),
            "names": list(label_rows(changed.head(NAMED), "project")),
        }))
    wrong_sum = projects[projects["sum_difference"].abs() > 0.01 + 1e-9]
    if len(wrong_sum):
        findings.append(Finding("sum_wrong", "serious", fact.subject, {
            "projects": fact.own("projects_sum_wrong", len(wrong_sum), "count", "projects", "self_score"),
            "largest": fact.own("largest_sum_difference", wrong_sum["sum_difference"].abs().max(), "points", "projects", "self_score"),
            "names": list(label_rows(wrong_sum.head(NAMED), "project")),
        }))
    above = disagreements[(disagreements["kind"] == "indicator_points") & (disagreements["submitted"] > disagreements["recomputed"])]
    if len(above):
        findings.append(Finding("points_above_rule", "warning", fact.subject, {
            "indicators": fact.own("indicators_points_above_rule", len(above), "count", "indicators", "score"),
            "points": fact.own("points_above_rule", (above["submitted"] - above["recomputed"]).sum(), "points", "indicators", "score"),
        }))
    execution = disagreements[(disagreements["kind"] == "execution_points") & (disagreements["submitted"] > disagreements["recomputed"])]
    if len(execution):
        named = projects[projects["project"].isin(execution["project"])]
        findings.append(Finding("execution_points_above_rule", "warning", fact.subject, {
            "projects": fact.own("projects_execution_points_above_rule", len(execution), "count", "projects", "execution_score"),
            "points": fact.own("execution_points_above_rule", (execution["submitted"] - execution["recomputed"]).sum(), "points", "projects", "execution_score"),
            "names": list(label_rows(named.head(NAMED), "project")),
        }))
    weights = disagreements[disagreements["kind"] == "weights"]
    wrong = set(weights.loc[weights["indicator"] == "total", "project"])
    for code, severity, concerned in (("weights_wrong", "warning", wrong), ("weights_split", "notice", set(weights["project"]) - wrong)):
        if concerned:
            named = projects[projects["project"].isin(concerned)]
            findings.append(Finding(code, severity, fact.subject, {
                "projects": fact.own(f"projects_{code}", len(concerned), "count", "indicators", "weight"),
                "names": list(label_rows(named.head(NAMED), "project")),
            }))
    findings += find_bunching(bunching, fact, thresholds)
    unsubmitted = projects[projects["submitted"].isna() & (projects["funding"] != "special_bond")]
    if len(unsubmitted):
        findings.append(Finding("not_submitted", "notice", fact.subject, {
            "projects": fact.own("projects_not_submitted", len(unsubmitted), "count", "projects", "self_score"),
            "all": fact.own("projects", len(projects), "count", "projects", "project"),
            "names": list(label_rows(unsubmitted.head(NAMED), "project")),
        }))
    return tuple(findings)


def find_bunching(bunching: pd.DataFrame, fact: FactMaker, thresholds: dict[str, Threshold]) -> list[Finding]:
    """A share of scores just above a grade threshold that is large enough to look at."""
    enough = bunching[(bunching["scores"] >= thresholds["bunching_projects"].value) & (bunching["share"] >= thresholds["bunching_share"].value)]
    return [
        Finding("bunched_scores", "warning", fact.subject, {
            "share": fact.own("share_just_above", row["share"], "ratio", "projects", "self_score", name=f"{row['threshold']:g}"),
            "projects": fact.own("projects_just_above", int(row["just_above"]), "count", "projects", "self_score", name=f"{row['threshold']:g}"),
            "scored": fact.own("projects_submitted", int(row["scores"]), "count", "projects", "self_score"),
            "width": fact.rule("bunching_width", thresholds["bunching_width"].value, "points"),
            "threshold": fact.rule(f"grade_from_{row['threshold']:g}", row["threshold"], "points"),
        })
        for row in enough.to_dict("records")
    ]
