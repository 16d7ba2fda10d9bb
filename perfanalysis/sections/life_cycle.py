"""The sections on a policy or project over its years: money against outcome, milestones, and whether to continue, adjust or end."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd

from perfanalysis import words
from perfanalysis.analysis.life_cycle import decide_life_cycle, follow_indicators, measure_years, weigh_reasons
from perfanalysis.charts.life_cycle import chart_life_cycle
from perfanalysis.display.blocks import Chart, ColumnView, KeyFigures, Section, Table, Text
from perfanalysis.display.cells import Measured, Spoken
from perfanalysis.findings import Evidence, Fact, Label
from perfanalysis.findings.life_cycle import find_life_cycle
from perfanalysis.rules.life_cycle import LifeCycleRules, load_life_cycle_rules
from perfanalysis.scoring import score_indicators
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.chain import department_of, table_events
from perfanalysis.sections.unit import Unit
from perfanalysis.tables import TABLES
from perfanalysis.words import Quantity


def _scored(unit: Unit) -> pd.DataFrame | None:
    """The project's indicators of all years up to the report's, scored."""
    if not unit.data.has("indicators"):
        return None
    indicators = unit.data.table("indicators")
    indicators = indicators[indicators["year"] <= unit.year].reset_index(drop=True)
    return indicators.join(score_indicators(indicators, unit.rulebook))


def _years(unit: Unit) -> pd.DataFrame:
    projects = unit.data.table("projects")
    return measure_years(projects[projects["year"] <= unit.year], _scored(unit))


def _over(unit: Unit, years: Iterable[int], measure: str, value: Any, kind: str, table: str, column: str) -> Fact:
    """A fact about the project that several years' rows went into."""
    fact = unit.fact.own(measure, value, kind, table, column)
    return replace(fact, evidence=tuple(Evidence(table, {"project": unit.code, "year": int(year)}, column) for year in sorted(years)))


@needs("projects")
def section_life_cycle(unit: Unit) -> Section:
    """Money since the first year against what was achieved in each."""
    fact, years = unit.fact, _years(unit)
    last = years.iloc[-1]
    start, end = last["start_year"], last["end_year"]
    over = partial(_over, unit, years["year"])
    rate = last["executed_total"] / last["budget_total"] if last["budget_total"] > 0 else None
    values = {
        "unit": unit.label, "department": department_of(unit), "year": fact.rule("year", unit.year, "year"),
        "years": over("years", len(years), "count", "projects", "year"),
        "first": over("first_year_of_data", int(years["year"].iloc[0]), "year", "projects", "year"),
        "start": fact.own("start_year", None if pd.isna(start) else int(start), "year", "projects", "start_year"),
        "end": fact.own("end_year", None if pd.isna(end) else int(end), "year", "projects", "end_year"),
        "budget": over("budget_total", last["budget_total"], "money", "projects", "budget_adjusted"),
        "executed": over("executed_total", last["executed_total"], "money", "projects", "executed"),
        "rate": over("execution_rate_total", rate, "ratio", "projects", "executed"),
        "achievement": fact.own("achievement", last["achievement"], "ratio", "indicators", "actual"),
        "execution_rate": fact.own("execution_rate", last["execution_rate"], "ratio", "projects", "executed"),
    }
    known = years.dropna(subset=["achievement"])
    if len(known):
        lowest = known.loc[known["achievement"].idxmin()]
        values["low_year"] = over("lowest_year", int(lowest["year"]), "year", "indicators", "actual")
        values["low"] = fact.own("lowest_achievement", lowest["achievement"], "ratio", "indicators", "actual", keys={"year": int(lowest["year"])})
    table = years.assign(year_shown=[Quantity(year, "year") for year in years["year"]])
    draw = partial(chart_life_cycle, currency=unit.data.currency)
    chart = "life_cycle" if len(known) else "life_cycle_money"
    code = "one_year" if len(years) == 1 else "lead"
    return build_section("life_cycle", (
        KeyFigures(tuple(values[name] for name in ("years", "budget", "executed", "rate", "achievement"))),
        Text(f"life_cycle.{code}", values),
        None if pd.notna(start) and pd.notna(end) else Text("life_cycle.no_term", values),
        Text(_outcome(known["achievement"], lowest["year"] == unit.year), values) if len(known) > 1 else None if len(known) else Text("life_cycle.no_outcome", values),
        Chart(chart, draw, years, values) if years[["executed_total", "budget_total"]].notna().any(axis=None) else None,
        Table("life_cycle", table, (
            ColumnView("year_shown", "written", "year"), ColumnView("budget_initial", "money"), ColumnView("budget", "money"), ColumnView("executed", "money"),
            ColumnView("execution_rate", "ratio"), ColumnView("executed_total", "money"), ColumnView("indicators", "count"), ColumnView("met", "count", "indicators_met"),
            ColumnView("achievement", "ratio"), ColumnView("self_score", "points"),
        )),
    ))


def _outcome(achieved: pd.Series, lowest_now: bool) -> str:
    """The words that say no year twice: the years may be equal, or the report's own the lowest."""
    if achieved.max() - achieved.min() < 1e-9:
        return "life_cycle.outcome_same"
    return "life_cycle.outcome_lowest" if lowest_now else "life_cycle.outcome"


@needs("projects", "indicators")
def section_life_cycle_outcomes(unit: Unit) -> Section:
    """The benefit and satisfaction indicators that stand in several years, year by year."""
    followed = follow_indicators(_scored(unit))
    values = {"unit": unit.label, "followed": _over(
        unit, followed["year"].unique(), "indicators_followed", followed.groupby(["level1", "level3"]).ngroups, "count", "indicators", "level3")}
    if followed.empty:
        return build_section("life_cycle_outcomes", (Text("life_cycle.not_followed", values),))
    english = followed["level3_en"].fillna(followed["level3"])
    rows = followed.assign(
        name_shown=[Label("", zh, en) for zh, en in zip(followed["level3"], english, strict=True)], year_shown=[Quantity(year, "year") for year in followed["year"]],
        **{f"{side}_shown": [Measured(value, *(part if isinstance(part, str) else "" for part in (measure, text, direction if side == "target" else "")))
                             for value, measure, text, direction in zip(*(followed[name] for name in (side, "measure", f"{side}_text", "direction")), strict=True)]
           for side in ("target", "actual")},
    )
    return build_section("life_cycle_outcomes", (
        Text("life_cycle.followed", values),
        Table("life_cycle_outcomes", rows, (
            ColumnView("name_shown", "written", "indicator_shown"), ColumnView("level1", "choice:indicators.level1"), ColumnView("year_shown", "written", "year"),
            ColumnView("target_shown", "written", "target"), ColumnView("actual_shown", "written", "actual"), ColumnView("attainment", "ratio"), ColumnView("met", "words:met"),
        ), most=40),
    ))


@needs("projects")
def section_milestones(unit: Unit) -> Section:
    """Everything that the data say happened to the project, by year."""
    table = table_events(unit)
    absent = [Spoken(TABLES[name].label) for name in ("ex_ante", "targets", "monitoring", "reviews", "submissions", "problems") if unit.data.lacks(name)]
    values = {"unit": unit.label, "year": unit.fact.rule("year", unit.year, "year"), "tables": absent}
    return build_section("milestones", (
        Text("milestones.none" if table is None else "milestones.lead", values), Text("milestones.absent", values) if absent else None, table))


@needs("projects")
def section_life_cycle_decision(unit: Unit, rules: LifeCycleRules) -> Section:
    """Continue, adjust or end by the stated rule: every test with its threshold, the project's value, and whether it holds."""
    years = _years(unit)
    reviews = unit.data.table("reviews") if unit.data.has("reviews") else None
    if reviews is not None:
        reviews = reviews[reviews["year"] <= unit.year]
    tested = weigh_reasons(years, reviews, rules)
    decision = decide_life_cycle(tested)
    meaning = {reason.code: Spoken(partial(words.of, reason.meaning)) for reason in rules.reasons}
    findings = find_life_cycle(decision, tested, years, rules, unit.fact)
    rows = tested.assign(
        reason_shown=tested["reason"].map(meaning),
        threshold_shown=[Quantity(value, kind) if value == value else None for value, kind in zip(tested["threshold"], tested["unit"], strict=True)],
        value_shown=[Quantity(value, kind) if value == value else None for value, kind in zip(tested["value"], tested["unit"], strict=True)],
        holds_shown=["untested" if pd.isna(holds) else "yes" if holds else "no" for holds in tested["holds"]],
    )
    values = {"unit": unit.label, "year": unit.fact.rule("year", unit.year, "year"), "rules": rules, "source": Spoken(partial(words.of, rules.source)),
              "decision": Spoken(partial(words.say, f"life_cycle_decision.{decision}"))}
    return build_section("life_cycle_decision", (
        Text("life_cycle.decision", values),
        Table("life_cycle_reasons", rows, (
            ColumnView("reason_shown", "written", "reason_tested"), ColumnView("threshold_shown", "written", "threshold"), ColumnView("value_shown", "written", "value_of_project"),
            ColumnView("holds_shown", "words:holds", "holds"), ColumnView("decision", "words:life_cycle_decision", "leads_to"),
        )),
        Text("life_cycle.illustrative", values) if rules.illustrative else None,
    ), findings)


__all__ = [
    "load_life_cycle_rules", "section_life_cycle", "section_life_cycle_decision", "section_life_cycle_outcomes", "section_milestones",
]
