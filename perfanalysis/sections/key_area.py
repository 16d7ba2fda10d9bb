"""The sections on a key area (poverty alleviation, public transport …): its money and projects, and the framework of fiscal evaluation."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from perfanalysis import words
from perfanalysis.analysis import load_peers
from perfanalysis.analysis.key_area import measure_key_area
from perfanalysis.charts import chart_execution_by_project
from perfanalysis.charts.key_area import chart_items
from perfanalysis.dataset import load_dataset, near
from perfanalysis.display.blocks import Chart, ColumnView, KeyFigures, Section, Table, Text
from perfanalysis.display.cells import Measured, Spoken
from perfanalysis.errors import PlanError, Problem
from perfanalysis.findings import Label
from perfanalysis.findings.execution import find_execution
from perfanalysis.findings.key_area import WEAK, find_key_area
from perfanalysis.findings.make import label_rows
from perfanalysis.rules import load_rulebook
from perfanalysis.rules.framework_model import TOTAL
from perfanalysis.rules.frameworks import load_framework
from perfanalysis.rules.thresholds import load_thresholds
from perfanalysis.scoring.frameworks import assess_units, score_items
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.unit import Unit
from perfanalysis.tables import TABLES

NAME = ColumnView("name_shown", "written")


def load_key_area(dataset: str | Path, key_area: str, year: int, rulebook: str = "mof-2020") -> Unit:
    """All projects of one key area, of every department and district, as the subject of a report on ``year``.

    ``key_area`` is any value of that column of the projects. An unknown one, or a year without it, is one clear error.
    """
    data = load_dataset(dataset)
    book = load_rulebook(rulebook)
    whole = data.whole(year)
    projects = whole.table("projects")
    of_year = projects[projects["year"] == year]
    if key_area not in set(of_year["key_area"]):
        known = sorted(of_year["key_area"].dropna().unique())
        raise PlanError([Problem("unknown_key_area", found=key_area, values={"near": near(key_area, known), "year": year})])
    keys = projects.loc[projects["key_area"] == key_area, ["project", "year"]]
    tables = {}
    for name, frame in whole.tables.items():
        if name == "units":
            tables[name] = frame[frame["unit"].isin(projects.loc[projects["key_area"] == key_area, "unit"])]
        elif name in TABLES and {"project", "year"} <= set(TABLES[name].names):
            # the column is repeated in every table, as the unit is, so that its rows of the area can be named
            tables[name] = frame.merge(keys, on=["project", "year"]).assign(key_area=key_area)
        elif name in TABLES and "project" in TABLES[name].names:
            tables[name] = frame[frame["project"].isin(keys["project"])].assign(key_area=key_area)
        elif name not in TABLES:
            tables[name] = frame.head(0)
    said = {lang: words.say(f"key_area.{key_area}", lang) if words.has(f"key_area.{key_area}", lang) else key_area for lang in ("zh", "en")}
    part = replace(whole, unit=key_area, kind="key_area", name=said["zh"], name_en=said["en"], tables=MappingProxyType(tables))
    return Unit(part, book, load_peers(data, book, year), load_thresholds())


@needs("projects")
def section_key_area(unit: Unit) -> Section:
    """Projects, money and scores of the area, by department and by project."""
    fact, projects = unit.fact, unit.projects
    units = unit.data.table("units")
    units = units.assign(label=units["name"], label_en=units["name_en"].fillna(units["name"]))
    names = dict(zip(units["unit"], label_rows(units, "unit"), strict=True))
    known = projects.dropna(subset=["budget", "executed"])
    total = known["budget"].sum()
    scored = projects.dropna(subset=["recomputed"])
    both = scored.dropna(subset=["submitted"])
    reviews = unit.data.of_year("reviews") if unit.data.has("reviews") else None
    values = {
        "unit": unit.label, "year": fact.rule("year", unit.year, "year"),
        "projects": fact.own("projects", len(projects), "count", "projects", "project"),
        "units": fact.own("key_area_units", projects["unit"].nunique(), "count", "projects", "unit"),
        "budget": fact.own("budget", projects["budget"].sum(min_count=1), "money", "projects", "budget_adjusted"),
        "executed": fact.own("executed", projects["executed"].sum(min_count=1), "money", "projects", "executed"),
        "execution_rate": fact.own("execution_rate", known["executed"].sum() / total if total > 0 else None, "ratio", "projects", "executed"),
        "slow": fact.own("projects_low_execution", int((known["execution_rate"] < unit.thresholds["low_execution"].value).sum()), "count", "projects", "executed"),
        "threshold": fact.rule("low_execution", unit.thresholds["low_execution"].value, "ratio"),
        "scored": fact.own("projects_recomputed", len(scored), "count", "indicators", "actual"),
        "mean_score": fact.own("mean_score", scored["recomputed"].mean(), "points", "indicators", "actual"),
        "both": fact.own("scores_compared", len(both), "count", "projects", "self_score"),
        "mean_self": fact.own("mean_self_score_compared", both["submitted"].mean(), "points", "projects", "self_score"),
        "mean_both": fact.own("mean_score_compared", both["recomputed"].mean(), "points", "indicators", "actual"),
        "rulebook": unit.rulebook_label,
    }
    if reviews is not None:
        values["reviewed"] = fact.own("projects_reviewed_independently", reviews["project"].nunique(), "count", "reviews", "score")
        values["mean_review"] = fact.own("mean_review", reviews["score"].mean(), "points", "reviews", "score")
        projects = projects.assign(review=projects["project"].map(reviews.groupby("project")["score"].mean()))
    departments = projects.groupby("unit").agg(projects=("project", "size"), budget=("budget", "sum"), executed=("executed", "sum"),
                                               mean_score=("recomputed", "mean")).reset_index()
    departments["execution_rate"] = departments["executed"] / departments["budget"].where(departments["budget"] > 0)
    departments["name_shown"] = departments["unit"].map(names)
    rows = projects.assign(unit_name=projects["unit"].map(names)).sort_values("budget", ascending=False)
    return build_section("key_area", (
        KeyFigures(tuple(values[name] for name in ("projects", "units", "budget", "executed", "execution_rate", "mean_score"))),
        Text("key_area.lead", values),
        Text(("key_area.scores" if len(both) else "key_area.scores_alone") if len(scored) else "key_area.no_scores", values),
        Text("key_area.reviews", values) if reviews is not None and len(reviews) else Text("key_area.no_reviews", values),
        Chart("execution_by_project", partial(chart_execution_by_project, currency=unit.data.currency), projects.assign(budget_adjusted=projects["budget"]), values),
        Table("key_area_units", departments.sort_values("budget", ascending=False), (
            ColumnView("name_shown", "written", "unit_name"), ColumnView("projects", "count"), ColumnView("budget", "money"), ColumnView("executed", "money"),
            ColumnView("execution_rate", "ratio"), ColumnView("mean_score", "points"))),
        Table("key_area_projects", rows, (
            NAME, ColumnView("unit_name", "written"), ColumnView("budget", "money"), ColumnView("execution_rate", "ratio"), ColumnView("achievement", "ratio"),
            ColumnView("recomputed", "points"), ColumnView("self_score", "points"), *((ColumnView("review", "points", "independent_score"),) if reviews is not None else ()),
        ), most=25),
    ), [finding for finding in find_execution(projects, fact, unit.thresholds) if finding.code != "execution_sound"])


@needs("projects")
def section_key_area_framework(unit: Unit, framework: str = "key-area") -> Section:
    """Decision, process, output and benefit: every item's score with where it comes from, and those that the data cannot measure."""
    about, fact = load_framework(framework), unit.fact
    indicators = unit.indicators if unit.data.has("indicators") else None
    tables = {name: unit.data.of_year(name) for name in ("targets", "monitoring", "ex_ante") if unit.data.has(name)}
    if not unit.data.lacks("problems"):
        problems = unit.data.table("problems")
        tables["problems"] = problems[(problems["found_on"] >= unit.first_day) & (problems["found_on"] <= pd.Timestamp(unit.as_of))]
    measured = measure_key_area(unit.projects, indicators, tables, first_day=unit.first_day, approval_days=unit.thresholds["target_approval_days"].value)
    assessed = measured.assign(framework=about.name, unit=unit.code, year=unit.year)
    if assessed.empty:
        return build_section("key_area_framework", (Text("key_area.nothing_measured", {"unit": unit.label}),))
    items = score_items(assessed, about)
    nodes = assess_units(items, about)
    total = nodes[nodes["node"] == TOTAL].iloc[0]
    categories = nodes[nodes["node"] != TOTAL].reset_index(drop=True)
    label = {category.code: Label(category.code, category.title["zh"], category.title["en"]) for category in about.categories}
    # what carries most of the weight; the other tables stand beside each item
    seen = ("indicators", "actual") if indicators is not None else ("projects", "executed")
    facts = {code: fact.own("key_area_category", score, "points", *seen, name=code) for code, score in zip(categories["node"], categories["score"], strict=True)}
    known = categories.dropna(subset=["score"])
    best, worst = known.loc[known["score"].idxmax()], known.loc[known["score"].idxmin()]
    values = {
        "unit": unit.label, "year": fact.rule("year", unit.year, "year"), "framework": about, "source": Spoken(partial(words.of, about.source)),
        "score": fact.own("key_area_score", total["score"], "points", *seen), "known": fact.own("key_area_known", total["known"], "ratio"),
        "measured": fact.own("items_measured", int((items["basis"] != "missing").sum()), "count"), "items": fact.rule("framework_items", len(about.items), "count"),
        "best": label[best["node"]], "best_score": facts[best["node"]], "worst": label[worst["node"]], "worst_score": facts[worst["node"]],
    }
    item = {one.code: one for one in about.items}
    of = measured.set_index("item")["of"]
    shown = items.assign(
        category_shown=items["category"].map(label), item_shown=[Spoken(item[code].name) for code in items["item"]],
        value_shown=[Measured(value, item[code].measure) if item[code].measure == "%" else Measured(round(value, 2) if value == value else value)
                     for code, value in zip(items["item"], items["value"], strict=True)],
        rests_on=items["item"].map(of).astype("Int64"), measured_by=[Spoken(partial(_say_needs, item[code].needs, basis == "missing"))
                                                                   for code, basis in zip(items["item"], items["basis"], strict=True)],
    )
    drawn = items.assign(label=[item[code].title["zh"] for code in items["item"]], label_en=[item[code].title["en"] for code in items["item"]],
                         category_label=[label[code].name for code in items["category"]], category_label_en=[label[code].name_en for code in items["category"]])
    profile = categories.assign(name_shown=categories["node"].map(label))
    return build_section("key_area_framework", (
        Text("key_area.framework" if total["score"] == total["score"] else "key_area.no_total", values),
        Chart("key_area", partial(chart_items, line=WEAK), drawn, values),
        Table("key_area_categories", profile, (ColumnView("name_shown", "written", "category"), ColumnView("weight", "points", "weight_points"),
                                               ColumnView("score", "points", "framework_score"), ColumnView("known", "ratio", "known_weight"))),
        Table("key_area_items", shown, (
            ColumnView("category_shown", "written", "category"), ColumnView("item_shown", "written", "framework_item"), ColumnView("weight", "points", "weight_points"),
            ColumnView("value_shown", "written", "item_value"), ColumnView("score", "points", "framework_score"), ColumnView("rests_on", "count"),
            ColumnView("measured_by", "written"))),
        Text("key_area.rule", values),
    ), find_key_area(items, unit.projects, about, fact, unit.thresholds))


def _say_needs(needs: dict, missing: bool, lang: str) -> str:
    text = needs.get(lang, needs.get("en", ""))
    return words.say("key_area_cell.missing", lang, {"needs": text}) if missing else text
