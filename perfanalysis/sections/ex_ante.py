"""The sections on ex-ante evaluation: verdicts and money, what the experts gave, what became of each proposal, and by which rule."""

from functools import partial

import pandas as pd

from perfanalysis import words
from perfanalysis.analysis.ex_ante import follow_proposals, judge_proposals, measure_criteria, measure_experts
from perfanalysis.charts.ex_ante import chart_experts, chart_requested
from perfanalysis.display.blocks import Chart, ColumnView, FactList, KeyFigures, Section, Table, Text
from perfanalysis.display.cells import Spoken
from perfanalysis.findings import Label
from perfanalysis.findings.ex_ante import find_ex_ante
from perfanalysis.findings.make import label_rows
from perfanalysis.rules.ex_ante import ExAnteRules, load_ex_ante_rules
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.unit import Unit
from perfanalysis.words import Quantity

PROPOSAL = ColumnView("name_shown", "written", "proposal_name")


def say_code(prefix: str, code: object) -> Spoken | None:
    """The words of a code that the data uses (``strategy.innovation``), or the data's own text where the catalogue has none."""
    if code is None or code != code:
        return None
    return Spoken(lambda lang: words.say(f"{prefix}.{code}", lang) if words.has(f"{prefix}.{code}", lang) else str(code))


def judge_unit(unit: Unit, rules: ExAnteRules) -> pd.DataFrame:
    """The proposals of the report's year, judged, followed into the budget and labelled: one row each."""
    proposals = judge_proposals(unit.data.of_year("ex_ante"), rules)
    known = unit.data.has("projects")
    columns = ["project", "budget_initial", "budget_adjusted", "executed"]
    proposals = follow_proposals(proposals, unit.data.of_year("projects") if known else pd.DataFrame(columns=columns, dtype="float64"))
    proposals["label"], proposals["label_en"] = proposals["name"], proposals["name_en"].fillna(proposals["name"])
    proposals["name_shown"] = list(label_rows(proposals, "proposal"))
    proposals["strategy_shown"] = [say_code("strategy", code) for code in proposals["strategy"]]
    return proposals


def _names(unit: Unit) -> dict[str, Label]:
    units = unit.data.table("units")
    units = units.assign(label=units["name"], label_en=units["name_en"].fillna(units["name"]))
    return dict(zip(units["unit"], label_rows(units, "unit"), strict=True))


@needs("ex_ante")
def section_ex_ante(unit: Unit, rules: ExAnteRules) -> Section:
    """The verdicts on the year's proposals beside those of the rule, and the money asked for and recommended."""
    fact, proposals = unit.fact, judge_unit(unit, rules)
    if proposals.empty:
        return build_section("ex_ante", (Text("ex_ante.none", {"unit": unit.label, "year": fact.rule("year", unit.year, "year")}),))
    counts = proposals["verdict"].value_counts()
    asked, given = proposals["requested"].sum(min_count=1), proposals["recommended"].sum(min_count=1)
    values = {
        "unit": unit.label, "year": fact.rule("year", unit.year, "year"),
        "proposals": fact.own("proposals", len(proposals), "count", "ex_ante", "proposal"),
        "departments": fact.own("proposal_units", proposals["unit"].nunique(), "count", "ex_ante", "unit"),
        **{code: fact.own(f"proposals_{name}", int(counts.get(code, 0)), "count", "ex_ante", "verdict")
           for code, name in {"support": "supported", "partly": "partly_supported", "not": "refused"}.items()},
        "requested": fact.own("requested", asked, "money", "ex_ante", "requested"),
        "recommended": fact.own("recommended", given, "money", "ex_ante", "recommended"),
        "share": fact.own("recommended_share", given / asked if asked > 0 else None, "ratio", "ex_ante", "recommended"),
    }
    values["refused"] = values.pop("not")
    strategies = proposals.groupby("strategy", dropna=False, sort=False).agg(
        proposals=("proposal", "size"), requested=("requested", "sum"), recommended=("recommended", "sum"),
        supported=("verdict", lambda verdicts: int(verdicts.eq("support").sum())),
    ).reset_index().sort_values("requested", ascending=False)
    strategies["share"] = strategies["recommended"] / strategies["requested"]
    strategies["strategy_shown"] = [say_code("strategy", code) or Spoken(partial(words.say, "ex_ante.no_strategy")) for code in strategies["strategy"]]
    names = _names(unit)
    rows = proposals.assign(unit_name=proposals["unit"].map(names)).sort_values("mean", ascending=False, na_position="last")
    return build_section("ex_ante", (
        KeyFigures(tuple(values[name] for name in ("proposals", "support", "partly", "refused", "requested", "recommended", "share"))),
        Text("ex_ante.lead", values),
        Chart("requested", partial(chart_requested, currency=unit.data.currency), proposals, values) if proposals["requested"].notna().any() else None,
        Table("proposals", rows, (
            PROPOSAL, ColumnView("unit_name", "written"), ColumnView("strategy_shown", "written", "strategy"), ColumnView("requested", "money"),
            ColumnView("recommended", "money"), ColumnView("mean", "points", "proposal_mean"), ColumnView("verdict", "choice:ex_ante.verdict", "verdict_submitted"),
            ColumnView("verdict_by_rule", "choice:ex_ante.verdict"),
        )),
        Text("ex_ante.strategies", values),
        Table("strategies", strategies, (
            ColumnView("strategy_shown", "written", "strategy"), ColumnView("proposals", "count"), ColumnView("supported", "count"),
            ColumnView("requested", "money"), ColumnView("recommended", "money"), ColumnView("share", "ratio", "recommended_share"),
        )),
    ), find_ex_ante(proposals, rules, fact, budget=unit.data.has("projects")))


@needs("ex_ante")
def section_ex_ante_experts(unit: Unit, rules: ExAnteRules) -> Section:
    """What the experts gave on each criterion and how far they lie apart."""
    fact, ex_ante, proposals = unit.fact, unit.data.of_year("ex_ante"), judge_unit(unit, rules)
    experts, criteria = measure_experts(ex_ante, rules), measure_criteria(ex_ante, rules)
    if experts.empty:
        return build_section("ex_ante_experts", (Text("ex_ante.no_scores", {"unit": unit.label}),))
    frame = experts.merge(proposals[["proposal", "label", "label_en", "mean"]].rename(columns={"mean": "overall"}), on="proposal")
    per = proposals["experts"]
    judged = proposals.dropna(subset=["mean"])
    best, worst, widest = (judged.loc[judged[by].idxmin() if least else judged[by].idxmax()] if len(judged) else None
                           for by, least in (("mean", False), ("mean", True), ("range", False)))
    values = {
        "scores": fact.own("expert_scores", int(ex_ante["score"].notna().sum()), "count", "ex_ante", "score"),
        "least": fact.own("experts_least", int(per.min()), "count", "ex_ante", "expert"),
        "most": fact.own("experts_most", int(per.max()), "count", "ex_ante", "expert"),
        "criteria": fact.rule("criteria", len(rules.criteria), "count"),
    }
    if len(judged):
        for name, row, measure, column in (("best", best, "proposal_mean", "mean"), ("worst", worst, "proposal_mean", "mean"), ("widest", widest, "proposal_range", "range")):
            values[name] = row["name_shown"]
            values[f"{name}_value"] = fact.own(measure, row[column], "points", "ex_ante", "score", keys={"proposal": row["proposal"]}, name=row["proposal"])
    lines = tuple(dict.fromkeys(step.mean for step in rules.steps if step.mean is not None))
    names = dict(zip(proposals["proposal"], proposals["name_shown"], strict=True))
    order = proposals.sort_values("mean", ascending=False, na_position="last")["proposal"].tolist()
    matrix = criteria.pivot(index="proposal", columns="criterion", values="mean").reindex(order)
    known = [criterion for criterion in rules.criteria if criterion.code in matrix]
    spoken = {criterion.code: Spoken(partial(words.of, criterion.name)) for criterion in rules.criteria}
    table = proposals.set_index("proposal").loc[order].assign(lowest_shown=lambda rows: [spoken.get(code) for code in rows["lowest_criterion"]]).reset_index()
    lines_of = criteria.assign(name_shown=criteria["proposal"].map(names), criterion_shown=[spoken.get(code) or say_code("criterion", code) for code in criteria["criterion"]])
    lines_of = lines_of.sort_values("range", ascending=False, kind="stable")
    return build_section("ex_ante_experts", (
        Text(("ex_ante.experts" if per.min() < per.max() else "ex_ante.experts_even") if len(judged) else "ex_ante.experts_unjudged", values),
        Chart("experts", partial(chart_experts, lines=lines), frame, values) if len(judged) else None,
        Table("expert_proposals", table, (
            PROPOSAL, ColumnView("experts", "count"), ColumnView("mean", "points", "proposal_mean"), ColumnView("lowest_shown", "written", "lowest_criterion"),
            ColumnView("lowest", "points", "lowest_mean"), ColumnView("range", "points", "expert_range"), ColumnView("sd", "points", "expert_sd"),
        )),
        Table("expert_criteria", lines_of, (
            PROPOSAL, ColumnView("criterion_shown", "written", "criterion"), ColumnView("experts", "count"), ColumnView("mean", "points", "criterion_mean"),
            ColumnView("lowest", "points", "expert_lowest"), ColumnView("highest", "points", "expert_highest"), ColumnView("range", "points", "expert_range"),
            ColumnView("sd", "points", "expert_sd"),
        ), most=15) if known else None,
    ))


@needs("ex_ante", "projects")
def section_ex_ante_budget(unit: Unit, rules: ExAnteRules) -> Section:
    """What became of each proposal in the budget of the year."""
    fact, proposals = unit.fact, judge_unit(unit, rules)
    inside = proposals[proposals["in_budget"]]
    projects = unit.data.of_year("projects").set_index("project")
    values = {
        "year": fact.rule("year", unit.year, "year"), "unit": unit.label,
        "funded": fact.own("proposals_funded", len(inside), "count", "ex_ante", "project"),
        "proposals": fact.own("proposals", len(proposals), "count", "ex_ante", "proposal"),
        "budget": fact.own("proposals_budget", inside["budget_adjusted"].sum(min_count=1), "money", "projects", "budget_adjusted"),
        "executed": fact.own("proposals_executed", inside["executed"].sum(min_count=1), "money", "projects", "executed"),
        "recommended": fact.own("recommended", proposals["recommended"].sum(min_count=1), "money", "ex_ante", "recommended"),
    }
    rows = proposals.assign(
        execution_rate=proposals["executed"] / proposals["budget_adjusted"].where(lambda budget: budget > 0),
        start_year=proposals["project"].map(projects["start_year"]), end_year=proposals["project"].map(projects["end_year"]),
    ).sort_values("budget_adjusted", ascending=False, na_position="last")
    return build_section("ex_ante_budget", (
        Text("ex_ante.budget", values),
        Table("proposal_budget", rows, (
            PROPOSAL, ColumnView("verdict", "choice:ex_ante.verdict", "verdict_submitted"), ColumnView("recommended", "money"), ColumnView("project", "text", "project_code"),
            ColumnView("start_year", "text", "first_year"), ColumnView("end_year", "text", "last_year"),
            ColumnView("budget_adjusted", "money"), ColumnView("executed", "money"), ColumnView("execution_rate", "ratio"),
        )),
    ))


def section_ex_ante_method(unit: Unit, rules: ExAnteRules, sections: tuple[Section, ...]) -> Section:
    """The criteria and the verdict rule, the register of all facts, and the files that everything came from."""
    fact = unit.fact
    total = sum(criterion.weight for criterion in rules.criteria)
    criteria = pd.DataFrame({
        "criterion": [Spoken(partial(words.of, criterion.name)) for criterion in rules.criteria],
        "weight_share": [criterion.weight / total for criterion in rules.criteria],
    })
    steps = pd.DataFrame({
        "verdict": [step.verdict for step in rules.steps],
        "mean": [Quantity(step.mean, "points") if step.mean is not None else Spoken(partial(words.say, "ex_ante.no_condition")) for step in rules.steps],
        "floor": [Quantity(step.floor, "points") if step.floor is not None else Spoken(partial(words.say, "ex_ante.no_condition")) for step in rules.steps],
    })
    values = {"rules": rules, "source": Spoken(partial(words.of, rules.source)), "apart": fact.rule("experts_apart", rules.experts_apart, "points")}
    facts = {known.id: known for known in (values["apart"], *(known for section in sections for known in section.facts))}
    sources = pd.DataFrame(unit.data.meta["sources"])
    return build_section("method", (
        Text("ex_ante.method", values),
        Text("ex_ante.illustrative", values) if rules.illustrative else None,
        Table("ex_ante_criteria", criteria, (ColumnView("criterion", "written"), ColumnView("weight_share", "ratio"))),
        Table("ex_ante_verdicts", steps, (
            ColumnView("verdict", "choice:ex_ante.verdict", "verdict_by_rule"), ColumnView("mean", "written", "least_mean"), ColumnView("floor", "written", "least_criterion"))),
        Table("sources", sources, (ColumnView("file"), ColumnView("sha256"), ColumnView("bytes", "count")), most=40) if len(sources) else None,
        FactList(tuple(facts.values())),
    ))


__all__ = ["load_ex_ante_rules", "section_ex_ante", "section_ex_ante_budget", "section_ex_ante_experts", "section_ex_ante_method"]
