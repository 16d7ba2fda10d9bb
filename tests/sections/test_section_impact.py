"""Did the policy work: the report's numbers are computed again from the stored rows, and where the data cannot bear an answer it says why."""

import numpy as np
import pandas as pd
import pytest

from perfanalysis import words
from perfanalysis.analysis.impact_study import judge_policy, study_policy
from perfanalysis.dataset import write_dataset
from perfanalysis.demo.assessment import make_panel, policy_effect
from perfanalysis.display.blocks import Text
from perfanalysis.errors import RuleError
from perfanalysis.rules.policy import load_policy
from perfanalysis.sections.impact import (
    load_evaluation,
    section_impact,
    section_impact_doubts,
    section_impact_method,
    section_impact_methods,
)

UNITS = pd.DataFrame({"unit": [str(code) for code in range(301, 317)]}).assign(kind="district", name="区", name_en="District", sector=None)
PROJECTS = pd.DataFrame({"project": ["p"], "year": [2020], "unit": ["301"], "name": ["项目"]})


def store(folder, panel):
    none = pd.DataFrame(columns=["table", "unit", "file", "sheet", "row", "severity", "problems_en", "problems_zh"])
    tables = {"units": UNITS, "projects": PROJECTS} | ({} if panel is None else {"panel": panel})
    return str(write_dataset(folder, tables, set_aside=none, sources=[], name="市", name_en="City").path)


@pytest.fixture(scope="module")
def panel():
    return make_panel(np.random.default_rng(7), UNITS)


@pytest.fixture(scope="module")
def evaluation(panel, tmp_path_factory):
    return load_evaluation(store(tmp_path_factory.mktemp("impact") / "data", panel), "bus_priority", 2020)


def again(panel, measure="bus_punctuality", without=None):
    """The mean effect in plain loops: every treated unit and period against the mean change of the units never treated."""
    rows = panel[panel["measure"] == measure]
    if without:
        rows = rows[rows["unit"] != without]
    series = {unit: part.sort_values("period") for unit, part in rows.groupby("unit")}
    never = [part["value"].to_numpy() for part in series.values() if part["treated_from"].isna().all()]
    effects = []
    for part in series.values():
        began = part["treated_from"].iloc[0]
        if pd.isna(began):
            continue
        value, start = part["value"].to_numpy(), int((part["period"] < began).sum())
        effects += [value[place] - value[start - 1] - np.mean([other[place] - other[start - 1] for other in never]) for place in range(start, len(value))]
    return float(np.mean(effects))


def facts_of(section):
    return {fact.id: fact.value for fact in section.facts}


def test_the_answer_is_computed_again_from_the_rows(evaluation, panel):
    facts = facts_of(section_impact(evaluation))
    assert facts["city.impact_effect.2020"] == pytest.approx(again(panel))
    assert (facts["city.impact_treated.2020"], facts["city.impact_never.2020"], facts["city.impact_periods.2020"]) == (11, 5, 20)
    doubts = facts_of(section_impact_doubts(evaluation))
    assert doubts["city.water_quality_days.impact_placebo_effect.2020"] == pytest.approx(again(panel, "water_quality_days"))
    alone = [again(panel, without=unit) for unit in UNITS["unit"]]
    assert [doubts["city.impact_alone_low.2020"], doubts["city.impact_alone_high.2020"]] == pytest.approx([min(alone), max(alone)])


def test_the_planted_effect_lies_in_the_interval(evaluation, panel):
    # 0.02, 0.025 … 0.045 over 12, 9 and 6 quarters of 4, 4 and 3 districts
    rows = panel[panel["measure"] == "bus_punctuality"]
    planted = policy_effect(rows)
    truth = (4 * (sum(min(0.02 + 0.005 * q, 0.045) for q in range(12)) + sum(min(0.02 + 0.005 * q, 0.045) for q in range(9)))
             + 3 * sum(min(0.02 + 0.005 * q, 0.045) for q in range(6))) / 102
    assert planted[planted > 0].mean() == pytest.approx(truth)
    facts = facts_of(section_impact(evaluation))
    assert facts["city.impact_low.2020"] < truth < facts["city.impact_high.2020"]
    assert [finding.code for finding in section_impact(evaluation).findings] == ["policy_worked"]


@pytest.mark.parametrize(("change", "why"), [
    (lambda panel: panel.assign(value=panel["value"].where(panel["period"] != "2017-03-31")), "no_rows"),
    (lambda panel: panel.assign(treated_from=pd.NaT), "no_start"),
    (lambda panel: panel[~panel["unit"].isin([*["303", "304", "306", "308", "309", "311", "312", "314", "315"]])], "few_treated"),
    (lambda panel: panel[~panel["unit"].isin(["305", "307", "310"])], "few_never"),
    (lambda panel: panel[panel["period"] > "2017-03-31"], "few_periods"),
])
def test_it_says_why_nothing_can_be_estimated(panel, change, why):
    study = study_policy(change(panel), "bus_punctuality", ["water_quality_days"], np.random.default_rng(1), 99)
    assert study.missing == why
    assert judge_policy(study, "higher") == ("unknown", {})
    assert words.has(f"text.impact.missing_{why}", "en")


def test_a_report_without_an_answer_can_be_made(panel, tmp_path):
    evaluation = load_evaluation(store(tmp_path / "few", panel[~panel["unit"].isin(["305", "307", "310"])]), "bus_priority", 2020)
    sections = (section_impact(evaluation), section_impact_doubts(evaluation), section_impact_methods(evaluation))
    assert sections[0].findings[0].code == "policy_unknown"
    assert section_impact_method(evaluation, sections).facts
    bare = load_evaluation(store(tmp_path / "none", None), "bus_priority", 2020)
    assert section_impact_method(bare, (section_impact(bare),)).code == "method"


def test_an_effect_that_was_there_before_is_doubted(panel):
    """The districts with the policy rise from the first period on, in every measure: the effect is a continuation, and the checks say so."""
    place = panel["period"].rank(method="dense")
    rising = panel.assign(value=panel["value"] + 0.004 * place * panel["treated_from"].notna())
    study = study_policy(rising, "bus_punctuality", ["water_quality_days"], np.random.default_rng(1), 99)
    verdict, checks = judge_policy(study, "higher")
    assert verdict == "doubtful"
    assert (checks["pre_trend"], checks["measure"], checks["alone"]) == ("fails", "fails", "holds")


def test_the_direction_counts(panel):
    study = study_policy(panel, "bus_punctuality", ["water_quality_days"], np.random.default_rng(1), 499)
    assert [judge_policy(study, better)[0] for better in ("higher", "lower")] == ["worked", "worsened"]


def test_nothing_after_the_year_is_looked_at(panel, tmp_path):
    later = panel.assign(value=panel["value"].where(panel["period"] <= "2020-12-31", 9))
    more = pd.concat([later, panel[panel["period"] == "2020-12-31"].assign(period=pd.Timestamp("2021-03-31"), value=5.0)])
    evaluation = load_evaluation(store(tmp_path / "later", more), "bus_priority", 2020)
    assert facts_of(section_impact(evaluation))["city.impact_effect.2020"] == pytest.approx(again(panel))


def test_every_sentence_can_be_said_in_both_languages(evaluation):
    sections = (section_impact(evaluation), section_impact_doubts(evaluation), section_impact_methods(evaluation))
    for section in (*sections, section_impact_method(evaluation, sections)):
        for lang in ("en", "zh"):
            for block in section.blocks:
                if isinstance(block, Text):
                    assert words.say(f"text.{block.code}", lang, block.values)
    for code in words.codes("en"):
        if code.startswith("text.impact.") and "placebo_" not in code:
            assert words.placeholders(code, "en") <= {*evaluation.values, "before"}, code


@pytest.mark.parametrize(("text", "message"), [
    ("{name: {en: a, zh: 甲}, outcome: {measure: m, unit: percent, better: higher, name: {en: a, zh: 甲}}}", "unit 'percent' is not one of ratio"),
    ("{name: {en: a, zh: 甲}, outcome: {measure: m, unit: ratio, better: up, name: {en: a, zh: 甲}}}", "better 'up' is not one of higher, lower"),
    ("{name: {en: a, zh: 甲}, outcome: {measure: m, unit: ratio, better: lower, name: {en: a}}}", "'m': a name in en and zh"),
    ("[]", "unit None"),
])
def test_a_wrong_policy_is_said_to_be(tmp_path, text, message):
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match=message):
        load_policy(tmp_path / "own.yaml")


def test_an_unknown_policy_names_those_there_are():
    with pytest.raises(RuleError, match="there are: bus_priority"):
        load_policy("bus")
