"""The sections of the report on all departments' self-evaluation: coverage, who has not submitted, and a line for every department."""

from functools import partial

from perfanalysis.analysis.self_evaluation import summarise_self_evaluation
from perfanalysis.charts import chart_units
from perfanalysis.display.blocks import Chart, ColumnView, KeyFigures, Section, Table, Text
from perfanalysis.findings import Finding
from perfanalysis.findings.execution import NAMED
from perfanalysis.findings.make import label_rows
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.names import name_units
from perfanalysis.sections.parts import NAME
from perfanalysis.sections.unit import Unit


def expected_projects(unit: Unit):
    """The departments' projects, special treasury bonds left out: they are asked to evaluate themselves."""
    kinds = unit.data.table("units").set_index("unit")["kind"]
    projects = unit.projects[unit.projects["funding"] != "special_bond"]
    if unit.is_city:
        projects = projects[projects["unit"].map(kinds) == "department"]
    return projects.assign(unit_name=projects["unit"].map(name_units(unit)))


@needs("projects")
def section_self_coverage(unit: Unit) -> Section:
    """How many projects, and how much of their money, were self-evaluated; who has not submitted."""
    fact, projects = unit.fact, expected_projects(unit)
    done, absent = projects[projects["submitted"].notna()], projects[projects["submitted"].isna()].sort_values("budget", ascending=False)
    money = projects["budget"].sum()
    values = {
        "unit": unit.label, "year": fact.rule("year", unit.year, "year"),
        "done": fact.own("self_projects", len(done), "count", "projects", "self_score"),
        "all": fact.own("projects_regular", len(projects), "count", "projects", "project"),
        "share": fact.own("self_share", len(done) / len(projects) if len(projects) else None, "ratio", "projects", "self_score"),
        "units": fact.own("self_units", done["unit"].nunique(), "count", "projects", "self_score"),
        "money": fact.own("self_money", done["budget"].sum(), "money", "projects", "budget_adjusted"),
        "money_share": fact.own("self_money_share", done["budget"].sum() / money if money > 0 else None, "ratio", "projects", "budget_adjusted"),
        "absent": fact.own("self_absent", len(absent), "count", "projects", "self_score"),
        "absent_units": fact.own("self_absent_units", absent["unit"].nunique(), "count", "projects", "self_score"),
    }
    findings = [Finding("self_not_submitted", "warning", fact.subject, {
        "projects": values["absent"], "units": values["absent_units"],
        "money": fact.own("self_absent_money", absent["budget"].sum(), "money", "projects", "budget_adjusted"), "names": list(label_rows(absent.head(NAMED), "project")),
    })] if len(absent) else []
    return build_section("self_coverage", (
        KeyFigures((values["done"], values["money"], values["units"], values["absent"])),
        Text("self_coverage.lead", values),
        Table("self_absent", absent, (NAME, ColumnView("unit_name", "written"), ColumnView("budget", "money"), ColumnView("executed", "money")), most=40)
        if len(absent) else Text("self_coverage.complete", values),
    ), findings)


@needs("projects", "indicators")
def section_self_overview(unit: Unit) -> Section:
    """A line for every department: what it submitted, what the rules give, and how often the two disagree."""
    projects, fact = expected_projects(unit), unit.fact
    units = summarise_self_evaluation(projects, unit.disagreements)
    names = name_units(unit)
    units = units.assign(name_shown=units["unit"].map(names), label=[names[code].name for code in units["unit"]], label_en=[names[code].name_en for code in units["unit"]])
    units = units.assign(gap=units["mean_submitted"] - units["mean_recomputed"]).sort_values(["gap", "unit"], ascending=[False, True])
    agreeing = units[(units["compared"] > 0) & (units["compared"] == units["agreeing"])]
    values = {
        "unit": unit.label, "rulebook": unit.rulebook_label,
        "units": fact.own("units_evaluated", int((units["compared"] > 0).sum()), "count", "projects", "self_score"),
        "agreeing": fact.own("units_agreeing", len(agreeing), "count", "projects", "self_score"),
        "differing": fact.own("units_not_agreeing", int(((units["compared"] > 0) & (units["compared"] != units["agreeing"])).sum()), "count", "projects", "self_score"),
        "disagreements": fact.own("self_disagreements", int(units["disagreements"].sum()), "count", "indicators", "score"),
    }
    differing = units[units["largest"] > 0.01 + 1e-9].assign(value=units["largest"])
    return build_section("self_overview", (
        Text("self_overview.lead", values),
        Chart("self_overview", partial(chart_units, unit="points"), differing, values) if len(differing) else None,
        Table("self_overview", units, (
            ColumnView("name_shown", "written", "unit_name"), ColumnView("projects", "count"), ColumnView("with_score", "count"), ColumnView("mean_submitted", "points"),
            ColumnView("mean_recomputed", "points"), ColumnView("agreeing", "count"), ColumnView("disagreements", "count"), ColumnView("largest", "points", "largest_gap"),
        ), most=200),
    ))
