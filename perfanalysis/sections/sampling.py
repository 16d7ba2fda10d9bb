"""The sections of the report on sampling: projects ranked by risk, the sample for audit, and what its results say of all the money."""

from functools import partial

import numpy as np
import pandas as pd

from perfanalysis import words
from perfanalysis.analysis import measure_problems
from perfanalysis.analysis.sampling import (
    Sample,
    draw_reviews,
    draw_sample,
    evaluate_sample,
    measure_factors,
    rank_risk,
)
from perfanalysis.charts import chart_units
from perfanalysis.charts.sampling import chart_misstatement
from perfanalysis.display.blocks import Chart, ColumnView, KeyFigures, Section, Table, Text
from perfanalysis.display.cells import Spoken
from perfanalysis.findings.sampling import find_misstatement
from perfanalysis.rules.sampling import load_risk_factors
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.names import name_units
from perfanalysis.sections.parts import NAME, grade_thresholds
from perfanalysis.sections.unit import Unit


@needs("projects")
def section_risk(unit: Unit, by_risk: int, at_random: int, seed: int, factors: str = "") -> Section:
    """Projects ranked by stated factors of risk, and those chosen for re-evaluation: the riskiest, and some at random. ``factors`` is a user's own file."""
    fact, rules = unit.fact, load_risk_factors(factors)
    projects = unit.projects.assign(unit_name=unit.projects["unit"].map(name_units(unit))).set_index("project", drop=False)
    measured = _measure(unit, projects)
    ranked = projects.join(rank_risk(measured, rules.weights))
    ranked["reasons_shown"] = [Spoken(partial(_reasons, reasons)) for reasons in ranked["reasons"]]
    # the order of ties does not hang on the order of the rows
    risk = ranked["risk"].sort_index()
    chosen = draw_reviews(risk, by_risk=by_risk, at_random=at_random, rng=np.random.default_rng(seed))
    ranked = ranked.loc[risk.dropna().sort_values(ascending=False, kind="stable").index]
    picked = ranked.loc[chosen.index].assign(chosen=chosen["chosen"], chance=chosen["chance"])
    weights = pd.DataFrame({
        "factor": [Spoken(partial(words.of, rules.meanings[name])) for name in rules.weights], "weight": list(rules.weights.values()),
        "projects": [int((measured[name] > 0).sum()) for name in rules.weights], "unknown": [int(measured[name].isna().sum()) for name in rules.weights],
    })
    values = {
        "unit": unit.label, "year": fact.rule("year", unit.year, "year"), "source": Spoken(partial(words.of, rules.source)),
        "projects": fact.own("risk_projects", len(ranked), "count", "projects", "project"), "factors": fact.rule("risk_factors", len(rules.weights), "count"),
        "by_risk": fact.own("chosen_by_risk", int((chosen["chosen"] == "risk").sum()), "count", "projects", "project"),
        "at_random": fact.own("chosen_at_random", int((chosen["chosen"] == "random").sum()), "count", "projects", "project"),
        "seed": fact.rule("seed", str(seed), "text"), "top": fact.own("highest_risk", risk.max(), "points", "projects", "executed"),
        "middle": fact.own("median_risk", risk.median(), "points", "projects", "executed"),
    }
    return build_section("risk", (
        Text("risk.lead", values),
        Text("risk.illustrative" if rules.illustrative else "risk.own_file", values),
        Table("risk_factors", weights, (
            ColumnView("factor", "written", "risk_factor"), ColumnView("weight", "number", "risk_weight"), ColumnView("projects", "count", "risk_counts"),
            ColumnView("unknown", "count", "risk_unknown"))),
        Chart("risk", partial(chart_units, unit="points", title="risk_axis"), ranked.head(20).assign(value=ranked["risk"].head(20)), values),
        Text("risk.chosen", values),
        Table("risk_chosen", picked, (
            NAME, ColumnView("unit_name", "written"), ColumnView("executed", "money"), ColumnView("risk", "points", "risk_points"), ColumnView("reasons_shown", "written", "risk_reasons"),
            ColumnView("chosen", "words:chosen", "chosen_how"), ColumnView("chance", "ratio", "chosen_chance"), ColumnView("project", "text", "sampled_code"),
        ), most=30),
    ))


def draw_audit_sample(unit: Unit, confidence: float, tolerable: float, expected: float, seed: int) -> Sample | None:
    """The monetary-unit sample of a unit's (or the city's) money executed in the year; ``tolerable`` and ``expected`` are shares of it. None without any such money.

    Money that is passed on and counted where it is spent is left out.
    """
    amounts = _amounts(unit)
    return draw_sample(amounts, confidence=confidence, tolerable=tolerable, expected=expected, seed=seed) if (amounts > 0).any() else None


@needs("projects")
def section_audit_sample(unit: Unit, sample: Sample | None) -> Section:
    """How large the sample is and why, and which projects are in it."""
    values = _planned(unit, sample)
    if sample is None:
        return build_section("audit_sample", (Text("audit_sample.nothing", values),))
    projects = unit.projects.assign(unit_name=unit.projects["unit"].map(name_units(unit)))
    items = sample.items.merge(projects[["project", "name_shown", "unit_name"]], on="project").sort_values(["stratum", "amount"], ascending=[False, False])
    return build_section("audit_sample", (
        Text("audit_sample.lead", values),
        KeyFigures((values["items"], values["money"], values["interval"], values["tolerable"])),
        Text("audit_sample.how", values),
        Text("audit_sample.left_out", values) if values["left_out"].value else None,
        Table("audit_sample", items.assign(audited=np.nan), (
            NAME, ColumnView("unit_name", "written"), ColumnView("project", "text", "sampled_code"), ColumnView("amount", "money", "executed"), ColumnView("stratum", "words:stratum"),
            ColumnView("audited", "money", "audited_blank"),
        ), most=30),
        Text("audit_sample.back", values),
    ))


@needs("projects", "audit_results")
def section_audit_results(unit: Unit, sample: Sample | None) -> Section:
    """What the audited amounts of the sample say of all the money: projected misstatement and its upper limit."""
    fact, values = unit.fact, _planned(unit, sample)
    if sample is None:
        return build_section("audit_results", (Text("audit_sample.nothing", values),))
    results = unit.data.of_year("audit_results").set_index("project")
    audited = results["audited"].dropna()
    inside = sample.items["project"].isin(audited.index)

    def own(measure: str, value, quantity: str = "money"):
        return fact.own(measure, value, quantity, "audit_results", "audited")

    values |= {
        "examined": own("audit_examined", int(inside.sum()), "count"), "outside": own("audit_outside", int((~audited.index.isin(sample.items["project"])).sum()), "count"),
        "missing": own("audit_missing", int((~inside).sum()), "count"),
    }
    if not inside.all():
        return build_section("audit_results", (Text("audit_results.incomplete", values),))
    found = evaluate_sample(sample, audited)
    values |= {
        "found": own("audit_found", int(found.at["over", "found"]), "count"), "projected": own("audit_projected", found.at["over", "projected"]),
        "upper": own("audit_upper", found.at["over", "upper"]), "share": own("audit_upper_share", found.at["over", "upper"] / sample.total, "ratio"),
        "under_found": own("audit_under_found", int(found.at["under", "found"]), "count"), "under_upper": own("audit_under_upper", found.at["under", "upper"]),
    }
    names = dict(zip(unit.projects["project"], unit.projects["name_shown"], strict=True))
    wrong = sample.items.merge(results.reset_index()[["project", "audited", "finding"]], on="project")
    wrong = wrong.assign(name_shown=wrong["project"].map(names), misstated=wrong["amount"] - wrong["audited"])
    wrong = wrong[wrong["misstated"].abs() >= 0.005].assign(taint=lambda frame: frame["misstated"] / frame["amount"]).sort_values("taint", ascending=False)
    sides = found.rename_axis("side").reset_index()
    within = values["upper"].value <= values["tolerable"].value
    return build_section("audit_results", (
        Text("audit_results.within" if within else "audit_results.above", values),
        Chart("misstatement_within" if within else "misstatement_above", partial(chart_misstatement, tolerable=sample.tolerable, currency=unit.data.currency), sides, values),
        Table("misstatement", sides, (
            ColumnView("side", "words:misstatement_side", "misstatement_side"), ColumnView("found", "count", "misstated_projects"), ColumnView("known", "money", "misstated_top"),
            ColumnView("projected", "money", "misstated_projected"), ColumnView("upper", "money", "misstated_upper"))),
        Table("misstated", wrong, (
            NAME, ColumnView("amount", "money", "executed"), ColumnView("audited", "money"), ColumnView("misstated", "money"), ColumnView("taint", "ratio"),
            ColumnView("stratum", "words:stratum"), ColumnView("finding", "text", "audit_finding"),
        ), most=30) if len(wrong) else None,
        Text("audit_results.outside", values) if values["outside"].value else None,
        Text("audit_results.how", values),
    ), find_misstatement(values, fact.subject))


def _amounts(unit: Unit) -> pd.Series:
    """Project → money executed in the year, without what is passed on and counted where it is spent."""
    projects = unit.projects
    return projects.loc[~projects["transferred"].fillna(False).astype(bool)].set_index("project")["executed"]


def _planned(unit: Unit, sample: Sample | None) -> dict:
    fact = unit.fact
    values = {"unit": unit.label, "year": fact.rule("year", unit.year, "year")}
    if sample is None:
        return values
    amounts = _amounts(unit)
    top = sample.items["stratum"] == "top"
    return values | {
        "confidence": fact.rule("audit_confidence", sample.confidence, "ratio"), "seed": fact.rule("seed", str(sample.seed), "text"),
        "tolerable": fact.own("audit_tolerable", sample.tolerable, "money", "projects", "executed"),
        "tolerable_share": fact.rule("audit_tolerable_share", sample.tolerable / sample.total, "ratio"), "expected_share": fact.rule("audit_expected_share", sample.expected / sample.total, "ratio"),
        "factor": fact.rule("audit_factor", round(sample.factor, 4), "number"), "total": fact.own("audit_population", sample.total, "money", "projects", "executed"),
        "counted": fact.own("audit_population_projects", sample.counted, "count", "projects", "executed"),
        "left_out": fact.own("audit_left_out", int((~(amounts > 0)).sum()), "count", "projects", "executed"),
        "interval": fact.own("audit_interval", sample.interval, "money", "projects", "executed"), "items": fact.own("audit_items", len(sample.items), "count", "projects", "executed"),
        "top": fact.own("audit_top", int(top.sum()), "count", "projects", "executed"), "drawn": fact.own("audit_drawn", int((~top).sum()), "count", "projects", "executed"),
        "money": fact.own("audit_items_money", sample.items["amount"].sum(), "money", "projects", "executed"),
    }


def _measure(unit: Unit, projects: pd.DataFrame) -> pd.DataFrame:
    data = unit.data
    counts = {"indicators": np.nan, "easy": np.nan, "copied": False}
    if not data.lacks("indicators"):
        by_project = unit.indicators.groupby("project")["easy"].agg(["size", "sum"]).reindex(projects.index)
        counts = {"indicators": by_project["size"].fillna(0.0), "easy": by_project["sum"].astype("float64"), "copied": projects.index.isin(unit.copied["project"])}
    reviewed = overdue = None
    if not data.lacks("reviews"):
        reviews = data.table("reviews")
        reviewed = pd.Series(projects.index.isin(reviews.loc[reviews["year"] <= unit.year, "project"]), index=projects.index)
    if not data.lacks("problems"):
        problems = data.table("problems")
        problems = problems[problems["found_on"] <= pd.Timestamp(unit.as_of)]
        late = problems.loc[measure_problems(problems, unit.as_of)["state"].eq("overdue"), "unit"]
        overdue = projects["unit"].isin(late)
    kinds = data.table("units").set_index("unit")["kind"]
    asked = projects["funding"].ne("special_bond") & projects["unit"].map(kinds).eq("department")
    return measure_factors(projects.assign(**counts, self_evaluated=asked), reviewed=reviewed, overdue=overdue, thresholds=grade_thresholds(unit),
                           width=unit.thresholds["bunching_width"].value, low_execution=unit.thresholds["low_execution"].value)


def _reasons(reasons: tuple[str, ...], lang: str) -> str:
    named = [words.say(f"risk_reason.{name}", lang) for name in reasons]
    return words.say("verb.name_list_separator", lang).join(named) if named else words.say("risk_reason.size", lang)
