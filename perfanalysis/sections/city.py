"""The sections that only the whole city's report has."""

from functools import partial

import pandas as pd

from perfanalysis.analysis import measure_bunching
from perfanalysis.charts import chart_accounts, chart_grades, chart_score_distribution, chart_units
from perfanalysis.display.blocks import Chart, ColumnView, Section, Table, Text
from perfanalysis.findings import Finding, Label
from perfanalysis.findings.execution import find_execution
from perfanalysis.findings.make import label_rows
from perfanalysis.findings.monitoring import find_monitoring
from perfanalysis.findings.scores import find_bunching
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.parts import NAME, course_of_year, grade_bands, grade_thresholds, quadrants
from perfanalysis.sections.unit import Unit


def _units(unit: Unit) -> pd.DataFrame:
    """The units with their names and measures: one row each."""
    names = unit.data.table("units")[["unit", "name", "name_en", "kind"]]
    frame = names.merge(unit.peers.units.drop(columns="kind").reset_index(), on="unit")
    frame = frame.assign(label=frame["name"], label_en=frame["name_en"].fillna(frame["name"]))
    return frame.assign(name_shown=list(label_rows(frame, "unit")))


def _unit_names(unit: Unit) -> dict[str, Label]:
    units = _units(unit)
    return dict(zip(units["unit"], units["name_shown"], strict=True))


@needs("projects")
def section_city_execution(unit: Unit) -> Section:
    """The city's money: by account, by unit and over the year."""
    fact, projects = unit.fact, unit.projects
    units = _units(unit).dropna(subset=["execution_rate"])
    low = unit.thresholds["low_execution"].value
    known = projects.dropna(subset=["budget", "executed"])
    values = {
        "unit": unit.label, "year": fact.rule("year", unit.year, "year"),
        "budget": fact.own("budget", projects["budget"].sum(), "money", "projects", "budget_adjusted"),
        "executed": fact.own("executed", projects["executed"].sum(), "money", "projects", "executed"),
        "execution_rate": fact.own("execution_rate", known["executed"].sum() / known["budget"].sum(), "ratio", "projects", "executed"),
        "units": fact.own("units_reported", len(units), "count", "projects", "unit"),
        "slow": fact.own("units_low_execution", int((units["execution_rate"] < low).sum()), "count", "projects", "executed"),
        "threshold": fact.rule("low_execution", low, "ratio"),
    }
    findings = [f for f in find_execution(projects, fact, unit.thresholds) if f.code in ("low_execution", "over_budget", "execution_sound")]
    slow = units[units["execution_rate"] < low].sort_values("execution_rate")
    if len(slow):
        findings.append(Finding("units_low_execution", "warning", fact.subject, {
            "units": values["slow"], "threshold": values["threshold"], "names": list(label_rows(slow.head(3), "unit"))}))
    blocks: list = [Text("city_execution.lead", values)]
    if projects["account"].notna().any():
        accounts = projects.groupby("account", as_index=False)[["budget", "executed"]].sum(min_count=1)
        accounts["execution_rate"] = accounts["executed"] / accounts["budget"]
        values_of = {name: fact.own("executed", value, "money", "projects", "executed", keys={"account": name}, name=name)
                     for name, value in accounts.set_index("account")["executed"].items()}
        blocks += [
            Chart("accounts", partial(chart_accounts, currency=unit.data.currency), accounts.assign(amount=accounts["executed"]), values | values_of),
            Table("accounts", accounts, (ColumnView("account", "choice:projects.account"), ColumnView("budget", "money"),
                                         ColumnView("executed", "money"), ColumnView("execution_rate", "ratio"))),
        ]
    if unit.data.has("execution"):
        course_blocks, _ = course_of_year(unit)
        blocks += course_blocks
    if len(units):
        blocks.append(Chart("units_execution", partial(chart_units, unit="ratio", title="execution_rate", reference=values["execution_rate"].value), units.assign(value=units["execution_rate"]), values))
    blocks.append(Table("units", units.sort_values("execution_rate"), (
        ColumnView("name_shown", "written", "unit_name"), ColumnView("kind", "choice:units.kind"), ColumnView("projects", "count"), ColumnView("budget", "money"),
        ColumnView("executed", "money"), ColumnView("execution_rate", "ratio"), ColumnView("mean_score", "points"), ColumnView("achievement", "ratio"),
    ), most=20))
    return build_section("execution", blocks, findings)


@needs("projects", "targets")
def section_city_coverage(unit: Unit) -> Section:
    """How much of the projects and of their money has reviewed targets."""
    fact, projects = unit.fact, unit.projects
    targets = unit.data.of_year("targets")
    kinds = unit.data.table("units").set_index("unit")["kind"]
    regular = projects[(projects["funding"] != "special_bond") & (projects["unit"].map(kinds) == "department")]
    bonds = projects[projects["funding"] == "special_bond"]
    reviewed = targets[targets["reviewed_on"].notna()]["project"]
    approved = targets[targets["approved_on"].notna()]["project"]
    covered = regular[regular["project"].isin(reviewed)]
    bond_approved = bonds[bonds["project"].isin(approved)]
    money = regular["budget"].sum()
    values = {
        "unit": unit.label, "year": fact.rule("year", unit.year, "year"),
        "covered": fact.own("projects_reviewed", len(covered), "count", "targets", "reviewed_on"),
        "projects": fact.own("projects_regular", len(regular), "count", "projects", "project"),
        "departments": fact.own("departments_reviewed", covered["unit"].nunique(), "count", "targets", "reviewed_on"),
        "share": fact.own("money_reviewed", covered["budget"].sum() / money if money > 0 else None, "ratio", "projects", "budget_adjusted"),
        "central": fact.own("central_reviews", int(targets["central_review"].fillna(False).astype(bool).sum()), "count", "targets", "central_review"),
        "bonds": fact.own("bonds_approved", len(bond_approved), "count", "targets", "approved_on"),
        "bond_money": fact.own("bond_money", bond_approved["budget"].sum(), "money", "projects", "budget_adjusted", keys={"funding": "special_bond"}),
    }
    return build_section("coverage", (Text("coverage.lead", values), Text("coverage.bonds", values) if len(bonds) else None))


@needs("projects", "indicators")
def section_city_scores(unit: Unit) -> Section:
    """Self-evaluation over the whole city: coverage, distribution, agreement with the rules."""
    fact, projects = unit.fact, unit.projects
    submitted = projects[projects["submitted"].notna()]
    compared = projects.dropna(subset=["submitted", "recomputed"])
    same = (compared["difference"].abs() <= 0.01 + 1e-9).sum()
    bunching = measure_bunching(submitted["submitted"], grade_thresholds(unit), width=unit.thresholds["bunching_width"].value)
    findings = list(find_bunching(bunching, fact, unit.thresholds))
    values = {
        "unit": unit.label, "rulebook": unit.rulebook_label,
        "submitted": fact.own("projects_submitted", len(submitted), "count", "projects", "self_score"),
        "units": fact.own("units_submitted", submitted["unit"].nunique(), "count", "projects", "self_score"),
        "money": fact.own("money_submitted", submitted["budget"].sum(), "money", "projects", "budget_adjusted"),
        "same": fact.own("scores_agree", int(same), "count", "projects", "self_score"),
        "both": fact.own("scores_compared", len(compared), "count", "projects", "self_score"),
        "excellent": fact.own("submitted_excellent", int((submitted["submitted_grade"] == unit.rulebook.grades[0].code).sum()), "count", "projects", "self_score"),
        "mean_submitted": fact.own("mean_self_score", submitted["submitted"].mean(), "points", "projects", "self_score"),
        "mean_recomputed": fact.own("mean_score_compared", compared["recomputed"].mean(), "points", "indicators", "actual"),
        "mean_compared": fact.own("mean_self_score_compared", compared["submitted"].mean(), "points", "projects", "self_score"),
    }
    unscored = submitted[submitted["recomputed"].isna()]
    bare = unscored[~unscored["project"].isin(unit.indicators["project"])]
    values |= {
        "unscored": fact.own("scores_not_recomputed", len(unscored), "count", "projects", "self_score"),
        "bare": fact.own("scores_without_indicators", len(bare), "count", "projects", "self_score"),
        "rest": fact.own("scores_with_gaps", len(unscored) - len(bare), "count", "projects", "self_score"),
    }
    differing = compared[compared["difference"].abs() >= unit.thresholds["score_disagreement"].value]
    if len(differing):
        findings.append(Finding("city_scores_differ", "warning", fact.subject, {
            "projects": fact.own("projects_scores_differ", len(differing), "count", "projects", "self_score"),
            "units": fact.own("units_scores_differ", differing["unit"].nunique(), "count", "projects", "self_score"),
            "threshold": fact.rule("score_disagreement", unit.thresholds["score_disagreement"].value, "points")}))
    grades = pd.DataFrame({
        "grade": [band.code for band in unit.rulebook.grades],
        "count": [int((compared["grade"] == band.code).sum()) for band in unit.rulebook.grades],
        "submitted_count": [int((compared["submitted_grade"] == band.code).sum()) for band in unit.rulebook.grades],
    })
    names = _unit_names(unit)
    worst = differing.assign(unit_name=differing["unit"].map(names)).sort_values("difference", key=abs, ascending=False)
    return build_section("scores", (
        Text("city_scores.lead", values),
        Text("city_scores.unscored", values) if len(unscored) else None,
        Chart("grades", chart_grades, grades, values),
        Chart("score_distribution", partial(chart_score_distribution, bands=grade_bands(unit)),
              submitted.assign(score=submitted["submitted"]), values) if len(submitted) else None,
        Table("scores_differ", worst, (
            NAME, ColumnView("unit_name", "written"), ColumnView("submitted", "points"), ColumnView("recomputed", "points"), ColumnView("difference", "points"),
        ), most=20) if len(worst) else None,
    ), findings)


@needs("projects", "indicators")
def section_city_monitoring(unit: Unit) -> Section:
    """Execution × targets over all projects, and the funds to look at first."""
    projects = unit.projects
    findings = find_monitoring(projects, unit.fact, unit.thresholds)
    values, chart = quadrants(unit)
    reclaim = projects[projects["quadrant"] == "met_unspent"].sort_values("unspent", ascending=False)
    names = _unit_names(unit)
    return build_section("monitoring", (
        Text("monitoring.lead", values),
        chart,
        Table("monitoring", reclaim.assign(unit_name=reclaim["unit"].map(names), opinion=reclaim["quadrant"]), (
            NAME, ColumnView("unit_name", "written"), ColumnView("budget", "money"), ColumnView("execution_rate", "ratio"),
            ColumnView("achievement", "ratio"), ColumnView("unspent", "money"), ColumnView("opinion", "words:opinion"),
        ), most=20) if len(reclaim) else Text("monitoring.none", values),
    ), findings)
