"""Assessment of departments or districts by a framework: one unit among the others, and all of them together."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from perfanalysis import words
from perfanalysis.analysis.assessment import Standing, load_standing
from perfanalysis.charts.frameworks import chart_categories, chart_history, chart_profile, chart_ranks
from perfanalysis.display.blocks import Chart, ColumnView, FactList, KeyFigures, Section, Table, Text
from perfanalysis.display.cells import Measured, Spoken
from perfanalysis.findings import Finding
from perfanalysis.findings.frameworks import AssessmentFacts, find_assessment, label_framework, label_nodes
from perfanalysis.findings.make import label_rows
from perfanalysis.rules.framework_model import TOTAL, Framework
from perfanalysis.rules.frameworks import load_framework
from perfanalysis.scoring.frameworks import as_stated, find_unknown_items
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.unit import Unit
from perfanalysis.sections.validation import validation_blocks
from perfanalysis.words import Quantity

#: Units named in a sentence of the overview.
NAMED = 3


@needs("assessments")
def section_assessment(unit: Unit, framework: str = "department-25") -> Section:
    """One unit's score by category, with and without difficulty, its rank as an interval, and what moved since last year."""
    about = load_framework(framework)
    standing = load_standing(unit.dataset, about, unit.year, unit.code)
    now = standing.items[standing.items["year"] == unit.year]
    if now.empty:
        return build_section("assessment", (_no_rows(unit, about),))
    facts, names = AssessmentFacts(unit.fact, about), label_nodes(about)
    nodes = standing.nodes[(standing.nodes["unit"] == unit.code) & (standing.nodes["year"] == unit.year)]
    total = _one(standing.totals, unit.code, unit.year)
    rank = _one(standing.ranks, unit.code)
    median = _median(standing, unit.year, TOTAL)
    findings = find_assessment(now, nodes, total, facts, unit.thresholds, find_unknown_items(unit.data.of_year("assessments"), about))
    values = {
        "unit": unit.label, "framework": label_framework(about), "year": unit.fact.rule("year", unit.year, "year"),
        "items": facts.own("assessment_items", len(about.items), "count"), "categories": facts.own("assessment_categories", len(about.top_categories), "count"),
        "score": facts.own("assessment_score", total["score"], "points"), "median": facts.among("assessment_median", median, "points"),
    }
    values |= _rank_values(rank, "", facts, about)
    blocks: list = [*_illustrative(about), Text(_lead(rank), values)]
    blocks += _difficulty(unit, about, total, rank, facts)
    profile = _profile(nodes, standing, about, unit.year)
    if profile["score"].notna().any():
        best, worst = (profile.loc[getattr(profile["gap"], pick)()] if profile["gap"].notna().any() else None for pick in ("idxmax", "idxmin"))
        if best is not None:
            chart = values | {
                "best": names[best["node"]], "worst": names[worst["node"]],
                "best_gap": facts.own("assessment_gap", best["gap"], "points", best["node"]), "worst_gap": facts.own("assessment_gap", worst["gap"], "points", worst["node"]),
            }
            blocks.append(Chart("assessment_profile", chart_profile, profile, chart))
    blocks += _moved(unit, nodes, standing, total, facts, about, values)
    blocks.append(Table("assessment_categories", profile, (
        ColumnView("name_shown", "written", "category"), ColumnView("weight", "points", "weight_points"), ColumnView("score", "points", "assessment_points"), ColumnView("median", "points"),
        ColumnView("change", "points", "change_points"), ColumnView("known", "ratio", "known_weight"))))
    blocks.append(_items_table(now, standing, about, unit.year))
    blocks.append(_method(about, facts, unit))
    return build_section("assessment", blocks, findings)


def _lead(rank: Mapping[str, Any]) -> str:
    if not rank.get("rank"):
        return "assessment.no_total"
    return "assessment.lead_alone" if rank["rank_low"] == rank["rank_high"] else "assessment.lead"


def _one(frame: pd.DataFrame, unit: str, year: int | None = None) -> Mapping[str, Any]:
    rows = frame[(frame["unit"] == unit) & ((frame["year"] == year) if year is not None else True)]
    return rows.iloc[0].to_dict() if len(rows) else {}


def _median(standing: Standing, year: int, code: str) -> float:
    rows = standing.medians[(standing.medians["year"] == year) & (standing.medians["code"] == code)]
    return float(rows["median"].iloc[0]) if len(rows) else float("nan")


def _no_rows(unit: Unit, about: Framework) -> Text:
    others = unit.data.table("assessments")["framework"].dropna().unique()
    return Text("assessment.no_rows", {"unit": unit.label, "framework": label_framework(about), "year": unit.fact.rule("year", unit.year, "year"),
                                       "code": about.name, "others": sorted(map(str, others)) or ["–"]})


def _illustrative(about: Framework) -> list[Text]:
    return [Text("assessment.illustrative", {"framework": label_framework(about), "source": Spoken(partial(words.of, about.source))})] if about.illustrative else []


def _rank_values(rank: Mapping[str, Any], end: str, facts: AssessmentFacts, about: Framework) -> dict[str, Any]:
    if not rank or pd.isna(rank.get(f"rank{end}")):
        return {}
    return {
        **{name: facts.among(f"assessment_{name}{end}", int(rank[f"{name}{end}"]), "count") for name in ("rank", "rank_low", "rank_high", "of", "overlap")},
        "spread": facts.fact.rule("assessment_weight_spread", about.uncertainty.weights, "ratio"),
    }


def _difficulty(unit: Unit, about: Framework, total: Mapping[str, Any], rank: Mapping[str, Any], facts: AssessmentFacts) -> list:
    """Score and rank with and without the declared coefficient, and the drivers that it was declared from."""
    if about.difficulty == "none":
        return [Text("assessment.no_difficulty", {"framework": label_framework(about)})]
    if pd.isna(total.get("coefficient")) or pd.isna(total.get("score")):
        return []
    rows = unit.data.of_year("difficulty") if unit.data.has("difficulty") else pd.DataFrame({"framework": []})
    rows = rows[rows["framework"] == about.name]
    own = rows.iloc[0] if len(rows) else {}
    assumed = unit.code in about.coefficients.get(unit.year, {})
    values = {
        "unit": unit.label, "framework": label_framework(about),
        "coefficient": facts.fact.rule("difficulty_assumed", total["coefficient"], "number") if assumed else
        facts.own("difficulty_coefficient", total["coefficient"], "number", table="difficulty", column="coefficient"),
        "score": facts.own("assessment_score", total["score"], "points"),
        "multiplied": facts.own("assessment_multiplied", total["multiplied"], "points"), "reweighted": facts.own("assessment_reweighted", total["reweighted"], "points"),
        "cap": facts.fact.rule("assessment_cap", about.cap, "points"),
    }
    drivers = [facts.own(f"difficulty_{name}", own[name], kind, table="difficulty", column=name)
               for name, kind in (("projects", "count"), ("funds", "money"), ("subordinates", "count")) if name in own and pd.notna(own[name])]
    uses = [("none", "score", "rank"), ("multiply", "multiplied", "rank_multiplied"), ("reweight", "reweighted", "rank_reweighted")]
    frame = pd.DataFrame({
        "use": [use for use, *_ in uses], "score": [total[score] for _, score, _ in uses], "rank": [total[place] for *_, place in uses],
        "interval": [_interval(rank, "") if use == "none" else _interval(rank, "_adjusted") if use == about.difficulty else Spoken(partial(words.say, "assessment_cell.not_computed"))
                     for use, *_ in uses],
        "counts": ["yes" if use == about.difficulty else "no" for use, *_ in uses],
    })
    return [
        Text("assessment.difficulty_assumed" if assumed else "assessment.difficulty", values), KeyFigures(tuple(drivers)) if drivers else None,
        Table("assessment_difficulty", frame, (
            ColumnView("use", "words:difficulty_use", "difficulty_use"), ColumnView("score", "points", "assessment_points"), ColumnView("rank", "count", "rank"),
            ColumnView("interval", "written", "rank_interval"), ColumnView("counts", "words:yes_no", "framework_uses"))),
    ]


def _interval(rank: Mapping[str, Any], end: str) -> Spoken:
    low, high = rank.get(f"rank_low{end}"), rank.get(f"rank_high{end}")
    if low is None or pd.isna(low):
        return Spoken(partial(words.say, "assessment_cell.not_computed"))
    return Spoken(partial(_say_range, Quantity(low, "count"), Quantity(high, "count")))


def _say_range(low: Quantity, high: Quantity, lang: str) -> str:
    if low.value == high.value:
        return low.written(lang)
    return words.say("chart_label.rank_range", lang, {"low": low, "high": high})


def _profile(nodes: pd.DataFrame, standing: Standing, about: Framework, year: int) -> pd.DataFrame:
    names = label_nodes(about)
    frame = nodes.set_index("node").reindex([category.code for category in about.top_categories]).reset_index()
    medians = standing.medians[standing.medians["year"] == year].set_index("code")[["low", "median", "high"]]
    frame = frame.join(medians, on="node")
    frame["name_shown"] = [names[node] for node in frame["node"]]
    frame["label"], frame["label_en"] = ([name.written(lang) for name in frame["name_shown"]] for lang in ("zh", "en"))
    return frame.assign(gap=(as_stated(frame["score"]) - as_stated(frame["median"])).round(2))


def _moved(unit: Unit, nodes, standing: Standing, total, facts: AssessmentFacts, about: Framework, values: Mapping[str, Any]) -> list:
    """What changed since the year before, and the years so far."""
    years = standing.totals[standing.totals["unit"] == unit.code][["year", "score"]]
    medians = standing.medians[standing.medians["code"] == TOTAL][["year", "median"]]
    history = years.merge(medians, on="year", how="left").sort_values("year")
    if history["score"].notna().sum() < 2 or pd.isna(total["change"]):
        return []
    names = label_nodes(about)
    top = nodes[nodes["node"].isin([category.code for category in about.top_categories])].dropna(subset=["change"])
    first = history.dropna(subset=["score"]).iloc[0]
    rose, fell = top.loc[top["change"].idxmax()], top.loc[top["change"].idxmin()]
    moved = dict(values) | {
        "change": facts.own("assessment_change", total["change"], "points"), "before": unit.fact.rule("assessment_year_before", unit.year - 1, "year"),
        "rose": names[rose["node"]], "rose_by": facts.own("assessment_change", rose["change"], "points", rose["node"]),
        "fell": names[fell["node"]], "fell_by": facts.own("assessment_change", fell["change"], "points", fell["node"]),
        "first_year": facts.own("assessment_first_year", int(first["year"]), "year"), "first_score": facts.own("assessment_first_score", first["score"], "points"),
    }
    return [Text("assessment.moved", moved), Chart("assessment_history", chart_history, history, moved)]


def _items_table(now: pd.DataFrame, standing: Standing, about: Framework, year: int) -> Table:
    names, by_code = label_nodes(about), {item.code: item for item in about.items}
    medians = standing.medians[standing.medians["year"] == year].set_index("code")["median"]
    frame = now.assign(
        name_shown=[names[code] for code in now["item"]], category_shown=[names[code] for code in now["category"]],
        value_shown=[_measured(value, by_code[code]) for value, code in zip(now["value"], now["item"], strict=True)],
        worst_shown=[_measured(by_code[code].worst, by_code[code]) for code in now["item"]],
        best_shown=[_measured(by_code[code].best, by_code[code]) for code in now["item"]], median=now["item"].map(medians),
    )
    return Table("assessment_items", frame, (
        ColumnView("name_shown", "written", "assessment_item"), ColumnView("category_shown", "written", "category"), ColumnView("weight", "points", "weight_points"),
        ColumnView("value_shown", "written", "raw_value"), ColumnView("worst_shown", "written", "scores_0"), ColumnView("best_shown", "written", "scores_100"),
        ColumnView("score", "points", "assessment_points"), ColumnView("median", "points"), ColumnView("change", "points", "change_points")), most=60)


def _measured(value: Any, item) -> Measured:
    return Measured(None if value is None or pd.isna(value) else value, item.measure)


def _method(about: Framework, facts: AssessmentFacts, unit: Unit) -> Text:
    return Text("assessment.method", {
        "framework": label_framework(about), "source": Spoken(partial(words.of, about.source)),
        "aggregation": Spoken(partial(words.say, f"framework_aggregation.{about.aggregation}")),
        "missing": Spoken(partial(words.say, f"framework_missing.{about.missing}")),
        "known": unit.fact.rule("assessment_known_at_least", round(about.known_at_least, 3), "ratio"),
        "draws": unit.fact.rule("assessment_draws", about.uncertainty.repetitions, "count"),
        "goalposts": unit.fact.rule("assessment_goalpost_spread", about.uncertainty.goalposts, "ratio"),
        "spread": unit.fact.rule("assessment_weight_spread", about.uncertainty.weights, "ratio"),
        "seed": unit.fact.rule("assessment_seed", about.uncertainty.seed, "number"),
    })


def names_of(unit: Unit) -> pd.DataFrame:
    """The units' codes and names: ``unit``, ``label``, ``label_en``, ``name_shown``."""
    units = unit.data.table("units")[["unit", "name", "name_en"]]
    frame = units.assign(label=units["name"], label_en=units["name_en"].fillna(units["name"])).drop(columns=["name", "name_en"])
    return frame.assign(name_shown=list(label_rows(frame, "unit")))


@needs("assessments")
def section_city_assessment(unit: Unit, framework: str = "department-25") -> Section:
    """All units that a framework assesses: score and rank with and without difficulty, by category, and who moved."""
    about = load_framework(framework)
    standing = load_standing(unit.dataset, about, unit.year)
    now = standing.totals[standing.totals["year"] == unit.year].dropna(subset=["score"])
    if now.empty:
        return build_section("city_assessment", (_no_rows(unit, about),))
    facts, names = AssessmentFacts(unit.fact, about), label_nodes(about)
    frame = now.drop(columns=["of"]).merge(standing.ranks.drop(columns="rank"), on="unit", how="left").merge(names_of(unit), on="unit", how="left")
    frame = frame.sort_values(["rank", "unit"])
    nodes = standing.nodes[standing.nodes["year"] == unit.year]
    moved = frame.dropna(subset=["change"])
    values = {
        "unit": unit.label, "framework": label_framework(about), "year": unit.fact.rule("year", unit.year, "year"),
        "units": facts.own("assessment_units", len(frame), "count"), "items": facts.own("assessment_items", len(about.items), "count"),
        "categories": facts.own("assessment_categories", len(about.top_categories), "count"),
        "median": facts.own("assessment_median", frame["score"].median(), "points"),
        "lowest": facts.own("assessment_lowest", frame["score"].min(), "points"), "highest": facts.own("assessment_highest", frame["score"].max(), "points"),
        "alone": facts.own("assessment_ranked_alone", int((frame["overlap"] == 0).sum()), "count"),
        "spread": unit.fact.rule("assessment_weight_spread", about.uncertainty.weights, "ratio"),
        "fell": facts.own("assessment_units_fell", int((moved["change"] < 0).sum()), "count"),
        "rose": facts.own("assessment_units_rose", int((moved["change"] > 0).sum()), "count"),
        "before": unit.fact.rule("assessment_year_before", unit.year - 1, "year"),
    }
    by_category = nodes[nodes["node"].isin([category.code for category in about.top_categories])]
    category_medians = by_category.groupby("node", sort=False)["score"].median()
    extremes = values | {
        "weakest": names[category_medians.idxmin()], "weakest_median": facts.own("assessment_median", category_medians.min(), "points", category_medians.idxmin()),
        "strongest": names[category_medians.idxmax()], "strongest_median": facts.own("assessment_median", category_medians.max(), "points", category_medians.idxmax()),
    }
    findings, fallen = [], moved[moved["change"] <= -unit.thresholds["inspection_fall"].value].sort_values("change")
    if len(fallen):
        findings.append(Finding("assessment_units_fell", "serious", unit.fact.subject, {
            "units": facts.own("assessment_units_fell_much", len(fallen), "count"), "limit": unit.fact.rule("inspection_fall", unit.thresholds["inspection_fall"].value, "points"),
            "names": list(fallen["name_shown"].head(NAMED))}))
    matrix = by_category.merge(frame[["unit", "label", "label_en", "rank"]], on="unit").sort_values(["rank", "unit"], kind="stable")
    matrix = matrix.assign(category=matrix["node"], **{f"category_{lang}": [names[node].written(lang) for node in matrix["node"]] for lang in ("zh", "en")})
    blocks: list = [*_illustrative(about), Text("city_assessment.lead", values), Text("city_assessment.moved", values) if len(moved) else None,
                    Chart("assessment_ranks", chart_ranks, frame, values), Chart("assessment_matrix", chart_categories, matrix, extremes)]
    blocks += _city_difficulty(about, frame, facts, values)
    columns = [ColumnView("name_shown", "written", "unit_name"), ColumnView("score", "points", "assessment_points"), ColumnView("interval", "written", "rank_interval")]
    if about.difficulty != "none":
        columns += [ColumnView("coefficient", "number", "difficulty_coefficient"), ColumnView("multiplied", "points", "assessment_multiplied"),
                    ColumnView("rank_multiplied", "count", "rank_multiplied"), ColumnView("reweighted", "points", "assessment_reweighted"),
                    ColumnView("rank_reweighted", "count", "rank_reweighted")]
    columns += [ColumnView("change", "points", "change_points")]
    table = frame.assign(interval=[_interval(row, "") for row in frame.to_dict("records")])
    blocks.append(Table("assessment_units" if about.difficulty != "none" else "assessment_units_plain", table, tuple(columns), most=200))
    long = matrix.merge(frame[["unit", "name_shown"]], on="unit").assign(category_shown=[names[node] for node in matrix["node"]])
    # the whole matrix goes into the workbook; on the page the lowest scores come first
    blocks.append(Table("assessment_by_category", long.sort_values("score", kind="stable"), (
        ColumnView("name_shown", "written", "unit_name"), ColumnView("category_shown", "written", "category"), ColumnView("score", "points", "assessment_points"),
        ColumnView("change", "points", "change_points")), most=20))
    blocks.append(_method(about, facts, unit))
    return build_section("city_assessment", blocks, findings)


def _city_difficulty(about: Framework, frame: pd.DataFrame, facts: AssessmentFacts, values: Mapping[str, Any]) -> list:
    if about.difficulty == "none":
        return [Text("assessment.no_difficulty", {"framework": label_framework(about)})]
    both = frame.dropna(subset=["coefficient", "rank_multiplied"])
    if both.empty:
        return []
    shift = both["rank"] - both["rank_multiplied"]
    up, down = both.loc[shift.idxmax()], both.loc[shift.idxmin()]
    return [Text("city_assessment.difficulty", {
        "low": facts.own("difficulty_lowest", both["coefficient"].min(), "number", table="difficulty", column="coefficient"),
        "high": facts.own("difficulty_highest", both["coefficient"].max(), "number", table="difficulty", column="coefficient"),
        "shift": facts.own("difficulty_mean_shift", round(float(shift.abs().mean()), 1), "number"),
        "capped": facts.own("difficulty_capped", int((both["multiplied"] >= about.cap - 1e-9).sum()), "count"),
        "cap": facts.fact.rule("assessment_cap", about.cap, "points"),
        "up": up["name_shown"], "up_by": facts.own("difficulty_most_up", int(shift.max()), "count"),
        "down": down["name_shown"], "down_by": facts.own("difficulty_most_down", int(-shift.min()), "count"),
        "reweight_shift": facts.own("difficulty_mean_shift_reweighted", round(float((both["rank"] - both["rank_reweighted"]).abs().mean()), 1), "number"),
    })]


def section_assessment_method(unit: Unit, sections: tuple[Section, ...], framework: str = "department-25") -> Section:
    """The framework with every item and its goalposts, the thresholds, the files, and the register of facts: for reports judged by a framework."""
    about = load_framework(framework)
    names = label_nodes(about)
    items = about.frame.assign(
        name_shown=[names[item.code] for item in about.items], category_shown=[names[item.category] for item in about.items],
        worst_shown=[_measured(item.worst, item) for item in about.items], best_shown=[_measured(item.best, item) for item in about.items],
        bears=["yes" if item.bears_difficulty else "no" for item in about.items])
    validation = build_section("", validation_blocks(unit.fact, sections))
    facts = {fact.id: fact for section in (*sections, validation) for fact in section.facts}
    stated = {fact.measure for fact in facts.values()}
    used = [threshold for name, threshold in unit.thresholds.items() if name in stated]
    thresholds = pd.DataFrame({
        "threshold": [Spoken(partial(words.of, t.meaning)) for t in used], "value": [Quantity(t.value, t.unit) for t in used],
        "source": [Spoken(partial(words.of, t.source)) for t in used], "verified": [t.checked for t in used]})
    sources = pd.DataFrame(unit.data.meta["sources"])
    columns = [ColumnView("name_shown", "written", "assessment_item"), ColumnView("category_shown", "written", "category"), ColumnView("weight", "points", "weight_points"),
               ColumnView("worst_shown", "written", "scores_0"), ColumnView("best_shown", "written", "scores_100")]
    if about.difficulty != "none":
        columns.append(ColumnView("bears", "words:yes_no", "bears_difficulty"))
    return build_section("method", (
        Text("assessment.register", {"framework": label_framework(about), "source": Spoken(partial(words.of, about.source))}),
        Table("framework_items", items, tuple(columns), most=80),
        Table("thresholds", thresholds, (ColumnView("threshold", "written"), ColumnView("value", "written"), ColumnView("source", "written"),
                                         ColumnView("verified", "words:verified")), most=60) if used else None,
        Table("sources", sources, (ColumnView("file"), ColumnView("sha256"), ColumnView("bytes", "count")), most=40) if len(sources) else None,
        *validation.blocks,
        FactList(tuple(facts.values())),
    ))
