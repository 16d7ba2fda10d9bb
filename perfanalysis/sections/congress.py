"""The sections of the document for the people's congress: objectives beside the draft budget, results beside the final accounts."""

from functools import partial

import pandas as pd

from perfanalysis.analysis.congress import count_targets, gather_submissions, join_reviews
from perfanalysis.charts import chart_scores
from perfanalysis.display.blocks import Chart, ColumnView, KeyFigures, Section, Table, Text
from perfanalysis.findings.congress import find_objectives, find_results
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.names import name_units
from perfanalysis.sections.parts import NAME, grade_bands
from perfanalysis.sections.unit import Unit

UNIT_NAME = ColumnView("unit_name", "written")


def _submitted(unit: Unit, kind: str) -> pd.DataFrame:
    rows = gather_submissions(unit.data.of_year("submissions"), unit.projects, kind)
    if unit.data.has("indicators"):
        rows = rows.merge(count_targets(unit.indicators), left_on="project", right_index=True, how="left")
    else:
        rows = rows.assign(targets=float("nan"), targets_met=float("nan"))
    return rows.assign(unit_name=rows["unit"].map(name_units(unit)))


@needs("projects", "submissions")
def section_congress_budget(unit: Unit) -> Section:
    """The whole budget that the submitted projects are a part of: draft, adjusted and executed."""
    fact, projects = unit.fact, unit.projects
    objectives, results = _submitted(unit, "objective"), _submitted(unit, "result")
    initial = projects["budget_initial"].sum()
    values = {
        "unit": unit.label, "year": fact.rule("year", unit.year, "year"),
        "initial": fact.own("budget_initial", initial, "money", "projects", "budget_initial"),
        "budget": fact.own("budget", projects["budget"].sum(), "money", "projects", "budget_adjusted"),
        "executed": fact.own("executed", projects["executed"].sum(), "money", "projects", "executed"),
        "objectives": fact.own("objectives", len(objectives), "count", "submissions", "project", keys={"kind": "objective"}),
        "results": fact.own("results", len(results), "count", "submissions", "project", keys={"kind": "result"}),
        "objective_money": fact.own("objectives_initial", objectives["budget_initial"].sum(), "money", "projects", "budget_initial"),
        "objective_share": fact.own("objectives_share", objectives["budget_initial"].sum() / initial if initial > 0 else None, "ratio", "projects", "budget_initial"),
        "result_money": fact.own("results_executed", results["executed"].sum(), "money", "projects", "executed"),
        "result_share": fact.own("results_share", results["executed"].sum() / projects["executed"].sum() if projects["executed"].sum() > 0 else None, "ratio", "projects", "executed"),
    }
    return build_section("congress_budget", (
        KeyFigures((values["objectives"], values["results"], values["initial"], values["executed"])),
        Text("congress_budget.lead", values),
    ))


@needs("projects", "submissions", "indicators")
def section_congress_objectives(unit: Unit) -> Section:
    """The performance objectives submitted with the draft budget: money, every target, and what came of it."""
    fact, rows = unit.fact, _submitted(unit, "objective")
    if rows.empty:
        return build_section("congress_objectives", (Text("congress.no_objectives", {"unit": unit.label}),))
    values = {
        "unit": unit.label, "objectives": fact.own("objectives", len(rows), "count", "submissions", "project", keys={"kind": "objective"}),
        "session": fact.own("objectives_session", rows["session_on"].max().date() if rows["session_on"].notna().any() else None, "date", "submissions", "session_on", keys={"kind": "objective"}),
        "initial": fact.own("objectives_initial", rows["budget_initial"].sum(), "money", "projects", "budget_initial"),
        "budget": fact.own("objectives_budget", rows["budget"].sum(), "money", "projects", "budget_adjusted"),
        "executed": fact.own("objectives_executed", rows["executed"].sum(), "money", "projects", "executed"),
        "rate": fact.own("objectives_rate", rows["executed"].sum() / rows["budget"].sum() if rows["budget"].sum() > 0 else None, "ratio", "projects", "executed"),
        "targets": fact.own("objective_targets", int(rows["targets"].sum()), "count", "indicators", "target"),
        "met": fact.own("objective_targets_met", int(rows["targets_met"].sum()), "count", "indicators", "actual"),
        "met_all": fact.own("objectives_met", int((rows["targets"] == rows["targets_met"]).sum()), "count", "indicators", "actual"),
    }
    lines = unit.indicators[unit.indicators["project"].isin(rows["project"])]
    place = dict(zip(rows["project"], rows.index, strict=True))
    names = dict(zip(rows["project"], rows["name_shown"], strict=True))
    lines = lines.assign(place=lines["project"].map(place), project_name=lines["project"].map(names)).sort_values(["place", "indicator"], kind="stable")
    return build_section("congress_objectives", (
        Text("congress.objectives", values),
        Table("congress_objectives", rows, (
            NAME, UNIT_NAME, ColumnView("budget_initial", "money", "draft_budget"), ColumnView("budget", "money"), ColumnView("executed", "money", "final_executed"),
            ColumnView("execution_rate", "ratio"), ColumnView("targets", "count"), ColumnView("targets_met", "count"),
        ), most=60),
        Table("congress_targets", lines, (
            ColumnView("project_name", "written"), ColumnView("level1", "choice:indicators.level1"), ColumnView("name_shown", "written", "indicator_shown"),
            ColumnView("target_shown", "written", "target"), ColumnView("actual_shown", "written", "actual"), ColumnView("met", "words:met"),
        ), most=200),
    ), find_objectives(rows, fact, unit.thresholds))


@needs("projects", "submissions", "reviews")
def section_congress_results(unit: Unit) -> Section:
    """The evaluation results submitted with the final accounts: self-evaluation beside the independent view, and the conclusion."""
    fact, rows = unit.fact, join_reviews(_submitted(unit, "result"), unit.data.of_year("reviews"))
    if rows.empty:
        return build_section("congress_results", (Text("congress.no_results", {"unit": unit.label}),))
    rows = rows.assign(review_grade=unit.rulebook.grade(rows["review_score"]))
    both = rows.dropna(subset=["review_gap"])
    values = {
        "unit": unit.label, "rulebook": unit.rulebook_label,
        "results": fact.own("results", len(rows), "count", "submissions", "project", keys={"kind": "result"}),
        "session": fact.own("results_session", rows["session_on"].max().date() if rows["session_on"].notna().any() else None, "date", "submissions", "session_on", keys={"kind": "result"}),
        "budget": fact.own("results_budget", rows["budget"].sum(), "money", "projects", "budget_adjusted"),
        "executed": fact.own("results_executed", rows["executed"].sum(), "money", "projects", "executed"),
        "both": fact.own("results_compared", len(both), "count", "reviews", "score"),
        "mean_self": fact.own("results_mean_self", both["submitted"].mean(), "points", "projects", "self_score"),
        "mean_review": fact.own("results_mean_review", both["review_score"].mean(), "points", "reviews", "score"),
        "gap": fact.own("results_mean_gap", both["review_gap"].mean(), "points", "reviews", "score"),
        **{f"grade_{band.code}": fact.own("results_grade", int((rows["review_grade"] == band.code).sum()), "count", "reviews", "score", name=band.code)
           for band in unit.rulebook.grades},
    }
    return build_section("congress_results", (
        Text("congress.results", values),
        Chart("congress_results", partial(chart_scores, bands=grade_bands(unit), sides=("self_evaluation", "independent")),
              both.assign(recomputed=both["review_score"]), values) if len(both) else None,
        Table("congress_results", rows.assign(use=rows["review_grade"].fillna("none")), (
            NAME, UNIT_NAME, ColumnView("executed", "money", "final_executed"), ColumnView("submitted", "points", "self_evaluation"),
            ColumnView("review_score", "points", "congress_score"), ColumnView("review_gap", "points", "congress_gap"), ColumnView("review_grade", "words:grade", "congress_grade"), ColumnView("use", "words:result_use"),
        ), most=60),
    ), find_results(rows, fact, unit.thresholds))
