"""How sure a place is: what other defensible choices would do to it, and which of them, or which single item, moves it most."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from perfanalysis import words
from perfanalysis.analysis.assessment import Standing, load_standing
from perfanalysis.charts.frameworks import chart_ranks
from perfanalysis.charts.ranks import chart_choices
from perfanalysis.display.blocks import Chart, ColumnView, Section, Table, Text
from perfanalysis.display.cells import Spoken
from perfanalysis.findings import Finding, Label
from perfanalysis.findings.frameworks import AssessmentFacts, label_framework, label_nodes
from perfanalysis.rules.framework_model import Framework
from perfanalysis.rules.frameworks import load_framework
from perfanalysis.scoring.ranks import ALL, CHOICES
from perfanalysis.sections.assessment import names_of
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.unit import Unit

#: Fewer ranked units than this have no order that could be told from chance.
FEWEST = 3


def label_choice(choice: str) -> Label:
    return Label(choice, words.say(f"rank_choice.{choice}", "zh"), words.say(f"rank_choice.{choice}", "en"))


@needs("assessments")
def section_ranks(unit: Unit, framework: str = "district-28") -> Section:
    """Whether the unit's place is sure: its interval beside the others', the choice that moves it most, and the items that it hangs on."""
    about = load_framework(framework)
    standing = load_standing(unit.dataset, about, unit.year, unit.code)
    own = standing.ranks[standing.ranks["unit"] == unit.code]
    facts = AssessmentFacts(unit.fact, about)
    if own.empty or len(standing.ranks) < FEWEST:
        return build_section("ranks", (Text("ranks.none", {"unit": unit.label, "framework": label_framework(about),
                                                           "units": facts.among("assessment_of", len(standing.ranks), "count")}),))
    own, ranks = own.iloc[0], standing.ranks
    values = {
        "unit": unit.label, "framework": label_framework(about),
        **{name: facts.among(f"assessment_{name}", int(own[name]), "count") for name in ("rank", "rank_low", "rank_high", "of", "overlap")},
        "median": facts.among("assessment_rank_median", float(own["rank_median"]), "number"),
        "ahead": facts.among("assessment_ahead", int((ranks["rank_high"] < own["rank_low"]).sum()), "count"),
        "behind": facts.among("assessment_behind", int((ranks["rank_low"] > own["rank_high"]).sum()), "count"),
        "draws": unit.fact.rule("assessment_draws", about.uncertainty.repetitions, "count"),
    }
    totals = standing.totals.loc[standing.totals["year"] == unit.year, ["unit", "score"]]
    drawn = ranks.merge(totals, on="unit").merge(names_of(unit), on="unit", how="left")
    drawn = drawn.assign(own=drawn["unit"] == unit.code)
    alone = own["rank_low"] == own["rank_high"]
    findings, wide = [], unit.thresholds["rank_interval_wide"]
    if (own["rank_high"] - own["rank_low"]) / len(ranks) >= wide.value:
        findings.append(Finding("rank_uncertain", "notice", unit.fact.subject, {name: values[name] for name in ("rank", "rank_low", "rank_high", "of", "overlap")}))
    blocks = [
        Text("ranks.lead_alone" if alone else "ranks.lead", values),
        Chart("ranks_own_alone" if alone else "ranks_own", chart_ranks, _near(drawn, own["rank"]), values),
        _drivers(standing, unit, facts, values), *_left_out(standing, unit, about, facts, values),
    ]
    return build_section("ranks", blocks, findings)


def _near(frame: pd.DataFrame, rank: float, most: int = 24) -> pd.DataFrame:
    """Of many units those whose ranks are nearest: a chart of 147 rows says nothing about one."""
    return frame.loc[(frame["rank"] - rank).abs().sort_values(kind="stable").index[:most]]


def _drivers(standing: Standing, unit: Unit, facts: AssessmentFacts, values: Mapping[str, Any]) -> Text:
    rows = standing.choices[standing.choices["unit"] == unit.code].dropna(subset=["total"])
    if rows.empty:
        return Text("ranks.unmoved", values)
    rows = rows.sort_values("total", ascending=False, kind="stable")
    most, least = rows.iloc[0], rows.iloc[-1]
    return Text("ranks.driver", values | {
        "choice": label_choice(most["choice"]), "first": facts.among("choice_first", most["first"], "ratio", most["choice"]),
        "total": facts.among("choice_total", most["total"], "ratio", most["choice"]),
        "least": label_choice(least["choice"]), "least_total": facts.among("choice_total", least["total"], "ratio", least["choice"])})


def _left_out(standing: Standing, unit: Unit, about: Framework, facts: AssessmentFacts, values: Mapping[str, Any]) -> list:
    """What becomes of the place without one item."""
    names, weights, place_of = label_nodes(about), about.frame.set_index("item")["weight"], about.frame.set_index("item")["category"]
    rows = standing.left_out[standing.left_out["node"].isin(weights.index)].dropna(subset=["shift"])
    values = values | {"items": facts.own("assessment_items", len(about.items), "count")}
    moved = rows[rows["shift"] != 0]
    if moved.empty:
        return [Text("ranks.no_item", values)]
    values = values | {"moving": facts.among("items_moving", len(moved), "count"), "largest": facts.among("item_shift_largest", int(moved["shift"].abs().max()), "count")}
    moved = moved.assign(size=moved["shift"].abs(), weight=moved["node"].map(weights)).sort_values(["size", "node"], ascending=[False, True], kind="stable")
    first = moved.iloc[0]
    values |= {"item": names[first["node"]], "without": facts.among("rank_without", int(first["rank"]), "count", first["node"])}
    table = moved.assign(
        name_shown=[names[node] for node in moved["node"]], category_shown=[names[place_of[node]] for node in moved["node"]],
        moves=["up" if shift > 0 else "down" for shift in moved["shift"]])
    return [Text("ranks.items", values), Table("ranks_left_out", table, (
        ColumnView("name_shown", "written", "assessment_item"), ColumnView("category_shown", "written", "category"), ColumnView("weight", "points", "weight_points"),
        ColumnView("rank", "count", "rank_without"), ColumnView("moves", "words:rank_moves", "rank_moves"), ColumnView("size", "count", "rank_shift")), most=12)]


@needs("assessments")
def section_city_ranks(unit: Unit, framework: str = "department-25") -> Section:
    """Which choices the order of all units hangs on, and which items."""
    about = load_framework(framework)
    standing = load_standing(unit.dataset, about, unit.year)
    facts, ranks = AssessmentFacts(unit.fact, about), standing.ranks
    if len(ranks) < FEWEST:
        return build_section("ranks", (Text("city_ranks.none", {"framework": label_framework(about), "units": facts.among("assessment_of", len(ranks), "count")}),))
    values = {
        "framework": label_framework(about), "units": facts.own("assessment_units", len(ranks), "count"),
        "draws": unit.fact.rule("assessment_draws", about.uncertainty.repetitions, "count"),
        "width": facts.among("rank_width_median", float((ranks["rank_high"] - ranks["rank_low"]).median()), "number"),
        "widest": facts.among("rank_width_largest", int((ranks["rank_high"] - ranks["rank_low"]).max()), "count"),
    }
    blocks: list = [Text("city_ranks.lead", values)]
    together = standing.choices[standing.choices["unit"] == ALL].dropna(subset=["total"]).sort_values("total", ascending=False, kind="stable")
    if together.empty:
        blocks.append(Text("city_ranks.unmoved", values))
    else:
        most, least = together.iloc[0], together.iloc[-1]
        values |= {
            "choice": label_choice(most["choice"]), "least": label_choice(least["choice"]),
            **{name: facts.among(f"choice_{name}", most[name], "ratio", most["choice"]) for name in ("first", "total", "low", "high")},
            "least_total": facts.among("choice_total", least["total"], "ratio", least["choice"]),
        }
        blocks += [Text("city_ranks.choices", values), Chart("rank_choices", chart_choices, together, values)]
    blocks += _city_left_out(unit, standing, about, facts, values)
    blocks.append(Text("ranks.method", {"framework": label_framework(about), "choices": [label_choice(choice) for choice in CHOICES if choice in set(standing.choices["choice"])]}))
    return build_section("ranks", blocks)


def _city_left_out(unit: Unit, standing: Standing, about: Framework, facts: AssessmentFacts, values: Mapping[str, Any]) -> list:
    names, place_of = label_nodes(about), about.frame.set_index("item")["category"].to_dict()
    rows = standing.left_out.dropna(subset=["shift"]).assign(size=lambda frame: frame["shift"].abs())
    if rows.empty:
        return []
    by_node = rows.groupby("node")["size"].agg(["mean", "max"])
    most = rows.loc[rows.groupby("node")["size"].idxmax()].set_index("node")
    units = names_of(unit).set_index("unit")["name_shown"]
    table = by_node.sort_values("mean", ascending=False, kind="stable").reset_index()
    kinds = ["item" if node in place_of else "category" for node in table["node"]]
    table = table.assign(
        name_shown=[names[node] for node in table["node"]], kind=kinds,
        unit_shown=[units[most.at[node, "unit"]] if largest else Spoken(partial(words.say, "assessment_cell.not_computed")) for node, largest in zip(table["node"], table["max"], strict=True)])
    items, categories = (table[table["kind"] == kind] for kind in ("item", "category"))
    values = values | {
        "item": items["name_shown"].iloc[0], "item_shift": facts.among("node_shift_mean", round(float(items["mean"].iloc[0]), 2), "number", items["node"].iloc[0]),
    }
    text = "city_ranks.items"
    if len(categories):
        text = "city_ranks.left_out"
        values |= {"category": categories["name_shown"].iloc[0],
                   "category_shift": facts.among("node_shift_mean", round(float(categories["mean"].iloc[0]), 2), "number", categories["node"].iloc[0])}
    return [Text(text, values), Table("city_ranks_left_out", table, (
        ColumnView("name_shown", "written", "left_out_node"), ColumnView("kind", "words:node_kind", "node_kind"), ColumnView("mean", "points", "node_shift_mean"),
        ColumnView("max", "count", "node_shift_largest"), ColumnView("unit_shown", "written", "node_shift_unit")), most=15)]
