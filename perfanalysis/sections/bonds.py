"""The sections of the report on one source of funding, such as special treasury bonds: targets, execution, outcome, and by whom."""

from functools import partial

import pandas as pd

from perfanalysis.analysis.congress import count_targets
from perfanalysis.analysis.coverage import measure_coverage
from perfanalysis.charts import chart_quadrants, chart_units
from perfanalysis.display.blocks import Chart, ColumnView, KeyFigures, Section, Table, Text
from perfanalysis.display.cells import Spoken
from perfanalysis.errors import PlanError, Problem
from perfanalysis.findings.coverage import find_funding
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.names import name_units
from perfanalysis.sections.parts import NAME
from perfanalysis.sections.unit import Unit
from perfanalysis.tables import TABLES

FUNDING = TABLES["projects"].column("funding")


def _funded(unit: Unit, funding: str) -> pd.DataFrame:
    """The projects of one source of funding, with the steps that their targets have passed and how many targets were met."""
    if funding not in FUNDING.choices:
        raise PlanError([Problem("unknown_funding", column="funding", found=funding, values={"allowed": ", ".join(FUNDING.choices)})])
    projects = unit.projects[unit.projects["funding"] == funding].reset_index(drop=True)
    targets = unit.data.of_year("targets") if unit.data.has("targets") else pd.DataFrame(
        {name: pd.Series(dtype="datetime64[s]" if name.endswith("_on") else "str") for name in ("project", "submitted_on", "reviewed_on", "approved_on", "outcome", "central_review")})
    flags = measure_coverage(projects, targets, unit.first_day, approval_days=unit.thresholds["target_approval_days"].value)
    projects = projects.join(flags).assign(unit_name=projects["unit"].map(name_units(unit)))
    if not unit.data.has("indicators"):
        return projects.assign(targets=float("nan"), targets_met=float("nan"))
    return projects.merge(count_targets(unit.indicators), left_on="project", right_index=True, how="left")


def _label(funding: str) -> Spoken:
    return Spoken(partial(FUNDING.choice_label, funding))


@needs("projects")
def section_funding(unit: Unit, funding: str) -> Section:
    """The projects paid from ``funding``: how many, how much, whether their targets were approved, what was spent, what came of it."""
    projects = _funded(unit, funding)
    fact = unit.fact
    if projects.empty:
        return build_section("funding", (Text("funding.none", {"unit": unit.label, "funding": _label(funding), "year": fact.rule("year", unit.year, "year")}),))

    def own(measure, value, kind, table, column):
        return fact.own(measure, value, kind, table, column, keys={"funding": funding} if table == "projects" else None, name=funding)

    budget, executed = projects["budget"].sum(), projects["executed"].sum()
    approved = projects[projects["approved"]]
    values = {
        "unit": unit.label, "funding": _label(funding), "year": fact.rule("year", unit.year, "year"),
        "projects": own("funding_projects", len(projects), "count", "projects", "project"),
        "units": own("funding_units", projects["unit"].nunique(), "count", "projects", "unit"),
        "budget": own("funding_budget", budget, "money", "projects", "budget_adjusted"),
        "approved": own("funding_approved", len(approved), "count", "targets", "approved_on"),
        "approved_money": own("funding_approved_money", approved["budget"].sum(), "money", "projects", "budget_adjusted"),
        "executed": own("funding_executed", executed, "money", "projects", "executed"),
        "rate": own("funding_rate", executed / budget if budget > 0 else None, "ratio", "projects", "executed"),
        "unspent": own("funding_unspent", projects["unspent"].sum(), "money", "projects", "executed"),
        "targets": own("funding_targets", int(projects["targets"].sum()), "count", "indicators", "target"),
        "met": own("funding_targets_met", int(projects["targets_met"].sum()), "count", "indicators", "actual"),
        "judged": own("funding_judged", int(projects["achievement"].notna().sum()), "count", "indicators", "actual"),
    }
    kinds = unit.data.table("units").set_index("unit")["kind"]
    by_kind = _grouped(projects.assign(kind=projects["unit"].map(kinds)), "kind")
    placed = projects.dropna(subset=["quadrant"])
    placed = placed.assign(budget_adjusted=placed["budget"])
    draw = partial(chart_quadrants, execution_from=unit.thresholds["low_execution"].value, achievement_from=unit.thresholds["targets_met"].value)
    return build_section("funding", (
        KeyFigures((values["projects"], values["budget"], values["approved"], values["rate"])),
        Text("funding.lead", values),
        Text("funding.outcome", values) if values["targets"].value else Text("funding.no_outcome", values),
        Chart("funding", draw, placed, values) if len(placed) else None,
        Table("funding_kinds", by_kind, (
            ColumnView("kind", "choice:units.kind"), ColumnView("projects", "count"), ColumnView("approved", "count", "targets_approved"), ColumnView("budget", "money"),
            ColumnView("executed", "money"), ColumnView("execution_rate", "ratio"))) if len(by_kind) > 1 else None,
    ), find_funding(projects, fact, unit.thresholds, name=funding))


@needs("projects")
def section_funding_units(unit: Unit, funding: str) -> Section:
    """The money of one source by department and district."""
    projects = _funded(unit, funding)
    if projects.empty:
        return build_section("funding_units", (Text("funding.none", {"unit": unit.label, "funding": _label(funding), "year": unit.fact.rule("year", unit.year, "year")}),))
    names, units = name_units(unit), _grouped(projects, "unit")
    units = units.assign(name_shown=units["unit"].map(names), label=[names[code].name for code in units["unit"]], label_en=[names[code].name_en for code in units["unit"]])
    rate = unit.fact.own("funding_rate", projects["executed"].sum() / projects["budget"].sum() if projects["budget"].sum() > 0 else None, "ratio", "projects", "executed",
                         keys={"funding": funding}, name=funding)
    values = {"rate": rate, "units": unit.fact.own("funding_units", len(units), "count", "projects", "unit", keys={"funding": funding}, name=funding), "funding": _label(funding)}
    return build_section("funding_units", (
        Chart("funding_units", partial(chart_units, unit="ratio", reference=rate.value), units.assign(value=units["execution_rate"]), values) if len(units) > 1 else None,
        Table("funding_units", units.sort_values("budget", ascending=False), (
            ColumnView("name_shown", "written", "unit_name"), ColumnView("projects", "count"), ColumnView("approved", "count", "targets_approved"), ColumnView("budget", "money"),
            ColumnView("executed", "money"), ColumnView("execution_rate", "ratio"), ColumnView("targets", "count"), ColumnView("targets_met", "count"),
        ), most=60),
        Table("funding_projects", projects.sort_values("budget", ascending=False), (
            NAME, ColumnView("unit_name", "written"), ColumnView("budget", "money"), ColumnView("executed", "money"), ColumnView("execution_rate", "ratio"),
            ColumnView("achievement", "ratio"), ColumnView("outcome", "choice:targets.outcome"),
        ), most=20),
    ))


def _grouped(projects: pd.DataFrame, by: str) -> pd.DataFrame:
    frame = projects.assign(projects=1, approved=projects["approved"].astype(int))
    summed = frame.groupby(by, as_index=False)[["projects", "approved", "budget", "executed", "targets", "targets_met"]].sum(min_count=1)
    return summed.assign(execution_rate=(summed["executed"] / summed["budget"]).where(summed["budget"] > 0))
