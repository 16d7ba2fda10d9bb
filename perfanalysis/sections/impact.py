"""The sections on whether a policy worked: the answer, reasons to believe it and not to, and what other methods say."""

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from perfanalysis import words
from perfanalysis.analysis.impact_study import Study, judge_policy, study_policy
from perfanalysis.charts.impact import chart_events, chart_methods
from perfanalysis.dataset import CITY
from perfanalysis.display.blocks import Chart, ColumnView, FactList, Section, Table, Text
from perfanalysis.display.cells import Spoken
from perfanalysis.findings.impact import DIFFERENCE, find_impact, measure_facts
from perfanalysis.findings.tracing import trace_origins
from perfanalysis.rules.policy import Policy, load_policy
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.names import name_units
from perfanalysis.sections.unit import Unit, load_unit
from perfanalysis.sections.validation import validation_blocks

#: Methods whose sources the last section lists, in the order of the table of methods.
METHODS = ("did", "not_yet", "two_way", "synthetic", "series_compared", "series")
DRAWS = 4999


@dataclass(frozen=True)
class Evaluation:
    """A policy and the units that it is judged on; the study is made once. ``seed`` fixes the draws of the permutation test and the bootstrap."""

    unit: Unit
    policy: Policy
    seed: int

    @cached_property
    def study(self) -> Study:
        panel = self.unit.data.table("panel")
        panel = panel[panel["period"] <= pd.Timestamp(self.unit.as_of)]
        return study_policy(panel, self.policy.outcome.measure, [placebo.measure for placebo in self.policy.placebos], np.random.default_rng(self.seed), DRAWS)

    @cached_property
    def judged(self) -> tuple[str, dict[str, str]]:
        return judge_policy(self.study, self.policy.better)

    @cached_property
    def values(self) -> dict[str, Any]:
        """Facts and names for every sentence of the report."""
        fact = self.unit.fact
        return {"policy": Spoken(partial(words.of, self.policy.name)), "outcome": Spoken(partial(words.of, self.policy.outcome.name)), "unit": self.unit.label,
                "source": Spoken(partial(words.of, self.policy.source)), "draws": fact.rule("impact_draws", DRAWS, "count"), "seed": fact.rule("impact_seed", str(self.seed), "text"),
                **measure_facts(self.study, self.policy.outcome.measure, self.policy.unit, DRAWS, fact)}

    def written(self, lang: str) -> str:
        """The method and the policy, for the head of the report."""
        return words.say("impact_rules", lang, {"policy": self.values["policy"]})

    # what a section asks of whatever it is about
    data = property(lambda self: self.unit.data)
    fact = property(lambda self: self.unit.fact)
    label = property(lambda self: self.unit.label)
    year = property(lambda self: self.unit.year)


def load_evaluation(dataset: str, policy: str, year: int, seed: int = 2020) -> Evaluation:
    """The impact evaluation of ``policy`` (a shipped one's name or a file) on the table ``panel`` of the dataset, up to the end of ``year``."""
    return Evaluation(load_unit(dataset, CITY, year), load_policy(policy), seed)


@needs("panel")
def section_impact(evaluation: Evaluation) -> Section:
    """Did it work? One answer in words with its interval, and the effect by the time since the start."""
    study, values, policy = evaluation.study, evaluation.values, evaluation.policy
    verdict, checks = evaluation.judged
    findings = find_impact(verdict, checks, values, evaluation.fact)
    illustrative = Text("impact.illustrative", values) if policy.illustrative else None
    if study.missing:
        return build_section("impact", (Text(f"impact.missing_{study.missing}", values), illustrative), findings)
    return build_section("impact", (
        Text(f"impact.answer_{verdict}", values),
        Text("impact.compared", values),
        Text("impact.chance", values),
        Chart("impact_events", partial(chart_events, unit=policy.unit), study.events, values),
        Text("impact.course", values),
        illustrative,
    ), findings)


@needs("panel")
def section_impact_doubts(evaluation: Evaluation) -> Section:
    """Why one may believe the answer, and why not: each check with what it found, and what no check can test."""
    study, values = evaluation.study, evaluation.values
    _, checks = evaluation.judged
    if study.missing:
        return build_section("impact_doubts", (Text("impact.nothing_to_check", values),))
    blocks = [Text("impact.checks_lead", values), Text(f"impact.pre_trend_{checks['pre_trend']}", values)]
    names = {placebo.measure: placebo.name for placebo in evaluation.policy.placebos}
    for line in study.placebos[study.placebos["kind"] == "measure"].to_dict("records"):
        of = {end: values[f"placebo_{line['measure']}_{end}"] for end in ("effect", "low", "high")}
        state = "holds" if line["low"] <= 0 <= line["high"] else "fails" if line["low"] == line["low"] else "untested"
        blocks.append(Text(f"impact.placebo_{state}", {**values, **of, "placebo": Spoken(partial(words.of, names[line["measure"]]))}))
    if not (study.placebos["kind"] == "measure").any():
        blocks.append(Text("impact.placebo_none", values))
    blocks += [Text(f"impact.date_{checks['date']}", values), Text(f"impact.alone_{checks['alone']}", values), Text("impact.few", values), Text("impact.untestable", values)]
    return build_section("impact_doubts", blocks)


@needs("panel")
def section_impact_methods(evaluation: Evaluation) -> Section:
    """What other methods say, beside the placebos; and the effect on the units that began together."""
    study, values, policy = evaluation.study, evaluation.values, evaluation.policy
    if study.missing:
        return build_section("impact_methods", (Text("impact.nothing_to_check", values),))
    kind = DIFFERENCE[policy.unit]
    names = {placebo.measure: placebo.name for placebo in policy.placebos}
    methods = study.methods.assign(placebo=False, name=[Spoken(partial(words.say, f"impact_method.{method}")) for method in study.methods["method"]])
    methods.loc[methods["method"] == "did", "chance"] = study.chance
    placebos = study.placebos.assign(placebo=True, name=[
        Spoken(partial(_say_placebo, names[line["measure"]] if line["kind"] == "measure" else None)) for line in study.placebos.to_dict("records")])
    rows = pd.concat([methods, placebos], ignore_index=True)[["name", "estimate", "low", "high", "chance", "placebo"]]
    interval = (ColumnView("estimate", kind, "impact_estimate"), ColumnView("low", kind, "impact_low"), ColumnView("high", kind, "impact_high"))
    return build_section("impact_methods", (
        Text("impact.methods", values),
        Chart("impact_methods", partial(chart_methods, unit=policy.unit), rows, values),
        Table("impact_methods", rows, (ColumnView("name", "written", "impact_method"), *interval, ColumnView("chance", "number", "impact_chance"))),
        Text("impact.contrasts", values),
        Table("impact_cohorts", study.cohorts, (
            ColumnView("start", "date", "impact_start"), ColumnView("units", "count", "impact_units"), ColumnView("periods", "count", "impact_periods"), *interval)),
        Table("impact_left_out", _left_out(evaluation), (ColumnView("name_shown", "written", "unit_name"), ColumnView("reason", "words:impact_reason", "impact_reason")))
        if len(study.panel.left_out) else None,
    ))


def section_impact_method(evaluation: Evaluation, sections: tuple[Section, ...]) -> Section:
    """What was estimated and how, the sources of the methods, the register of facts and the files that they came from."""
    values = evaluation.values if evaluation.data.has("panel") else {}
    table = pd.DataFrame({"name": [Spoken(partial(words.say, f"impact_method.{method}")) for method in METHODS],
                          "what": [Spoken(partial(words.say, f"impact_how.{method}")) for method in METHODS],
                          "source": [Spoken(partial(words.say, f"impact_source.{method}")) for method in METHODS]})
    files = tuple({"file": source["file"], "sha256": source["sha256"]} for source in evaluation.data.meta["sources"])
    validation = validation_blocks(evaluation.fact, sections)
    estimated = (Text("impact.estimand", values), Text("impact.inference", values)) if values else ()
    facts = {fact.id: fact for section in (*sections, build_section("", (*estimated, *validation))) for fact in section.facts}
    origins = trace_origins((part for fact in facts.values() for part in fact.evidence), evaluation.data.tables, files)
    return build_section("method", (
        *estimated,
        Table("impact_sources", table, (ColumnView("name", "written", "impact_method"), ColumnView("what", "written", "impact_how"), ColumnView("source", "written"))),
        *validation,
        FactList(tuple(facts.values()), origins, files),
    ))


def _left_out(evaluation: Evaluation) -> pd.DataFrame:
    left_out, names = evaluation.study.panel.left_out, name_units(evaluation.unit)
    return left_out.assign(name_shown=[names[unit] for unit in left_out["unit"]])


def _say_placebo(name, lang: str) -> str:
    return words.say("impact_method.placebo_measure", lang, {"placebo": Spoken(partial(words.of, name))}) if name else words.say("impact_method.placebo_date", lang)
