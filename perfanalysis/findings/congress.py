"""What a reader of the congress's finance committee should ask about."""

from collections.abc import Mapping

import pandas as pd

from perfanalysis.findings.execution import NAMED
from perfanalysis.findings.make import FactMaker, label_rows
from perfanalysis.findings.model import Finding
from perfanalysis.rules.thresholds import Threshold


def find_objectives(objectives: pd.DataFrame, fact: FactMaker, thresholds: Mapping[str, Threshold]) -> tuple[Finding, ...]:
    """Findings on the submitted objectives; reads ``execution_rate`` (ratio), ``targets``, ``targets_met``, ``label``, ``label_en``."""
    findings = []
    low = objectives[objectives["execution_rate"] < thresholds["low_execution"].value]
    if len(low):
        findings.append(Finding("objectives_low_execution", "warning", fact.subject, {
            "objectives": fact.own("objectives_low_execution", len(low), "count", "projects", "executed"),
            "threshold": fact.rule("low_execution", thresholds["low_execution"].value, "ratio"),
            "names": list(label_rows(low.head(NAMED), "project")),
        }))
    missed = objectives[objectives["targets_met"] < objectives["targets"]].assign(short=objectives["targets"] - objectives["targets_met"])
    if len(missed):
        findings.append(Finding("objectives_missed", "notice", fact.subject, {
            "objectives": fact.own("objectives_missed", len(missed), "count", "indicators", "actual"),
            "targets": fact.own("objective_targets_missed", int(missed["short"].sum()), "count", "indicators", "actual"),
            "names": list(label_rows(missed.sort_values("short", ascending=False, kind="stable").head(NAMED), "project")),
        }))
    return tuple(findings)


def find_results(results: pd.DataFrame, fact: FactMaker, thresholds: Mapping[str, Threshold]) -> tuple[Finding, ...]:
    """Findings on the submitted results; reads ``review_gap`` (points), ``review_score``, ``submitted_grade``, ``review_grade``, ``execution_rate``, ``label``, ``label_en``."""
    findings = []
    above = results[results["review_gap"] >= thresholds["review_gap"].value].sort_values("review_gap", ascending=False)
    if len(above):
        findings.append(Finding("self_above_review", "warning", fact.subject, {
            "results": fact.own("results_above_review", len(above), "count", "reviews", "score"),
            "threshold": fact.rule("review_gap", thresholds["review_gap"].value, "points"),
            "largest": fact.own("largest_review_gap", above["review_gap"].iloc[0], "points", "reviews", "score"),
            "names": list(label_rows(above.head(NAMED), "project")),
        }))
    lower = results[results["review_grade"].notna() & results["submitted_grade"].notna() & (results["review_grade"] != results["submitted_grade"])]
    if len(lower):
        findings.append(Finding("review_grade_differs", "notice", fact.subject, {
            "results": fact.own("results_grade_differs", len(lower), "count", "reviews", "score"),
            "names": list(label_rows(lower.head(NAMED), "project")),
        }))
    low = results[results["execution_rate"] < thresholds["low_execution"].value]
    if len(low):
        findings.append(Finding("results_low_execution", "warning", fact.subject, {
            "results": fact.own("results_low_execution", len(low), "count", "projects", "executed"),
            "threshold": fact.rule("low_execution", thresholds["low_execution"].value, "ratio"),
            "names": list(label_rows(low.head(NAMED), "project")),
        }))
    unreviewed = results[results["review_score"].isna()]
    if len(unreviewed):
        findings.append(Finding("result_without_review", "serious", fact.subject, {
            "results": fact.own("results_without_review", len(unreviewed), "count", "reviews", "score"),
            "names": list(label_rows(unreviewed.head(NAMED), "project")),
        }))
    return tuple(findings)
