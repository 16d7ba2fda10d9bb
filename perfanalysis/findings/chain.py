"""What is worth saying about the chain of one project: steps that are missing, and a self-score far above the independent one."""

import pandas as pd

from perfanalysis import words
from perfanalysis.findings.make import FactMaker
from perfanalysis.findings.model import Finding, Label
from perfanalysis.rules.thresholds import Threshold


def label_step(step: str) -> Label:
    return Label(step, words.say(f"chain_step.{step}", "zh"), words.say(f"chain_step.{step}", "en"))


def find_chain(steps: pd.DataFrame, self_score: float, review: float, fact: FactMaker, thresholds: dict[str, Threshold]) -> tuple[Finding, ...]:
    """Findings on one project's year.

    Parameters
    ----------
    steps : one row per step of the chain; reads ``step``, ``state`` (done, missing, not_due, unknown)
    self_score, review : points; missing where there is none
    """
    findings = []
    missing = steps[steps["state"] == "missing"]
    due = steps["state"].isin(["done", "missing"])
    if len(missing):
        # without targets nothing that comes after can be judged
        severity = "warning" if missing["step"].isin(["targets", "self_evaluation"]).any() else "notice"
        findings.append(Finding("chain_missing", severity, fact.subject, {
            "missing": fact.own("chain_missing", len(missing), "count", "projects", "project"), "due": fact.own("chain_due", int(due.sum()), "count", "projects", "project"),
            "names": [label_step(step) for step in missing["step"]]}))
    elif due.any():
        findings.append(Finding("chain_complete", "good", fact.subject, {"due": fact.own("chain_due", int(due.sum()), "count", "projects", "project")}))
    limit = thresholds["review_gap"].value
    if self_score - review >= limit:
        findings.append(Finding("chain_review_gap", "warning", fact.subject, {
            "submitted": fact.own("submitted", self_score, "points", "projects", "self_score"), "review": fact.own("independent_score", review, "points", "reviews", "score"),
            "gap": fact.own("chain_gap", self_score - review, "points", "reviews", "score"), "threshold": fact.rule("review_gap", limit, "points")}))
    return tuple(findings)
