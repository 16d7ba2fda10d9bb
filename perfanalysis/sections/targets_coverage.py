"""The sections of the report on target management: coverage, timeliness, central reviews, quality."""

from functools import partial

import pandas as pd

from perfanalysis.analysis.coverage import count_quantified, measure_coverage
from perfanalysis.analysis.library_match import check_indicators
from perfanalysis.charts import chart_units
from perfanalysis.display.blocks import Chart, ColumnView, KeyFigures, Section, Table, Text
from perfanalysis.findings.coverage import find_coverage
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.names import name_units
from perfanalysis.sections.parts import NAME
from perfanalysis.sections.unit import Unit

_FLAGS = ("vague", "unmeasurable", "duplicate", "no_direction", "no_measure", "output_only")


def covered_projects(unit: Unit) -> pd.DataFrame:
    """The departments' projects, special treasury bonds left out (their targets are set on their own), with the flags of ``measure_coverage``."""
    kinds = unit.data.table("units").set_index("unit")["kind"]
    projects = unit.projects
    if unit.is_city:
        projects = projects[projects["unit"].map(kinds) == "department"]
    projects = projects[projects["funding"] != "special_bond"].reset_index(drop=True)
    flags = measure_coverage(projects, unit.data.of_year("targets"), unit.first_day, approval_days=unit.thresholds["target_approval_days"].value)
    return projects.join(flags).assign(unit_name=projects["unit"].map(name_units(unit)))


@needs("projects", "targets")
def section_target_coverage(unit: Unit) -> Section:
    """How many projects, and how much of their money, have reviewed targets; department by department."""
    fact, projects = unit.fact, covered_projects(unit)
    reviewed, money = projects[projects["reviewed"]], projects["budget"].sum()
    spent = projects["executed"].sum()
    values = {
        "unit": unit.label, "year": fact.rule("year", unit.year, "year"),
        "covered": fact.own("projects_reviewed", len(reviewed), "count", "targets", "reviewed_on"),
        "projects": fact.own("projects_regular", len(projects), "count", "projects", "project"),
        "by_number": fact.own("projects_reviewed_share", len(reviewed) / len(projects) if len(projects) else None, "ratio", "targets", "reviewed_on"),
        "departments": fact.own("departments_reviewed", reviewed["unit"].nunique(), "count", "targets", "reviewed_on"),
        "by_budget": fact.own("money_reviewed", reviewed["budget"].sum() / money if money > 0 else None, "ratio", "projects", "budget_adjusted"),
        "by_spending": fact.own("spending_reviewed", reviewed["executed"].sum() / spent if spent > 0 else None, "ratio", "projects", "executed"),
        "central": fact.own("central_reviews", int(projects["central"].sum()), "count", "targets", "central_review"),
    }
    frame = projects.assign(
        reviewed_budget=projects["budget"].where(projects["reviewed"], 0.0), one=1, covered=projects["reviewed"].astype(int),
        on_time=(projects["timed"] & projects["approved_with_budget"]).astype(int), timed_one=projects["timed"].astype(int) * projects["reviewed"].astype(int))
    units = frame.groupby("unit", as_index=False).agg(
        projects=("one", "sum"), covered=("covered", "sum"), budget=("budget", "sum"), reviewed_budget=("reviewed_budget", "sum"), on_time=("on_time", "sum"), timed=("timed_one", "sum"))
    units = units.assign(share=(units["reviewed_budget"] / units["budget"]).where(units["budget"] > 0), in_time=(units["on_time"] / units["timed"]).where(units["timed"] > 0))
    names = name_units(unit)
    units = units.assign(name_shown=units["unit"].map(names), label=[names[code].name for code in units["unit"]], label_en=[names[code].name_en for code in units["unit"]])
    draw = partial(chart_units, unit="ratio", reference=values["by_budget"].value)
    return build_section("target_coverage", (
        KeyFigures((values["covered"], values["by_spending"], values["by_budget"], values["central"])),
        Text("target_coverage.lead", values),
        Chart("target_coverage", draw, units.assign(value=units["share"]), values) if len(units) > 1 else None,
        Table("target_coverage", units.sort_values(["share", "unit"]), (
            ColumnView("name_shown", "written", "unit_name"), ColumnView("projects", "count"), ColumnView("covered", "count", "projects_reviewed"),
            ColumnView("budget", "money"), ColumnView("share", "ratio", "money_reviewed"), ColumnView("in_time", "ratio", "approved_with_budget"),
        ), most=40) if len(units) > 1 else None,
    ), find_coverage(projects, fact))


@needs("projects", "targets")
def section_target_timing(unit: Unit) -> Section:
    """Were targets submitted, reviewed and approved in time, together with the budget? Which were reviewed centrally?"""
    fact, projects = unit.fact, covered_projects(unit)
    timed = projects[projects["timed"] & projects["target_submitted"]]

    def share(measure: str, flag: str, column: str):
        return fact.own(measure, timed[flag].mean() if len(timed) else None, "ratio", "targets", column)

    outcomes = projects["outcome"].value_counts()
    values = {
        "unit": unit.label, "timed": fact.own("targets_timed", len(timed), "count", "targets", "submitted_on"),
        "later": fact.own("targets_in_year", int((projects["target_submitted"] & ~projects["timed"]).sum()), "count", "projects", "budget_initial"),
        "submitted": share("submitted_in_time", "submitted_in_time", "submitted_on"), "reviewed": share("reviewed_in_time", "reviewed_in_time", "reviewed_on"),
        "approved": share("approved_with_budget", "approved_with_budget", "approved_on"),
        "days": fact.rule("target_approval_days", unit.thresholds["target_approval_days"].value, "days"),
        **{name: fact.own(f"targets_{name}", int(outcomes.get(name, 0)), "count", "targets", "outcome") for name in ("approved", "revised", "rejected")
           if name != "approved"},
        "as_submitted": fact.own("targets_approved_as_submitted", int(outcomes.get("approved", 0)), "count", "targets", "outcome"),
        "central": fact.own("central_reviews", int(projects["central"].sum()), "count", "targets", "central_review"),
    }
    central = projects[projects["central"]].sort_values("budget", ascending=False)
    return build_section("target_timing", (
        Text("target_timing.lead", values),
        Text("target_timing.outcomes", values),
        Table("central_reviews", central, (
            NAME, ColumnView("unit_name", "written"), ColumnView("budget", "money"), ColumnView("outcome", "choice:targets.outcome"),
        ), most=40) if len(central) else None,
    ))


@needs("projects", "targets", "indicators")
def section_target_quality(unit: Unit) -> Section:
    """How far the targets can be measured: the share with a number, projects without an outcome, wording."""
    fact = unit.fact
    projects = covered_projects(unit)
    lines = unit.indicators[unit.indicators["project"].isin(projects["project"])].reset_index(drop=True)
    counts, flags = count_quantified(lines), check_indicators(lines)
    values = {
        "unit": unit.label, "indicators": fact.own("targets_examined", len(lines), "count", "indicators", "target"),
        "quantified": fact.own("targets_quantified", int(counts["quantified"].sum()), "count", "indicators", "target"),
        "share": fact.own("targets_quantified_share", counts["quantified"].sum() / len(lines) if len(lines) else None, "ratio", "indicators", "target"),
        "without_benefit": fact.own("projects_without_benefit", int((counts["benefit"] == 0).sum()), "count", "indicators", "level1"),
    }
    rows = pd.DataFrame([{"flag": flag, "indicators": int(flags[flag].sum()), "projects": int(lines.loc[flags[flag], "project"].nunique())} for flag in _FLAGS])
    return build_section("target_quality", (
        Text("target_quality.lead", values),
        Table("target_flags", rows, (ColumnView("flag", "words:target_flag"), ColumnView("indicators", "count"), ColumnView("projects", "count"))),
    ))
