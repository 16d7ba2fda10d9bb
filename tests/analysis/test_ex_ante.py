"""Ex-ante verdicts: the expected numbers are worked out in the comments."""

import pandas as pd
import pytest

from perfanalysis.analysis.ex_ante import follow_proposals, judge_proposals, measure_criteria, measure_experts
from perfanalysis.dataset import write_dataset
from perfanalysis.errors import RuleError
from perfanalysis.rules.ex_ante import load_ex_ante_rules
from perfanalysis.sections.ex_ante import (
    section_ex_ante,
    section_ex_ante_budget,
    section_ex_ante_experts,
    section_ex_ante_method,
)
from perfanalysis.sections.unit import load_unit

CRITERIA = ("necessity", "economy", "targets", "feasibility", "funding")
#: proposal → the scores of each of two experts on the five criteria
SCORES = {
    # mean of both 80 on every criterion: exactly the threshold
    "A": [(79, 81)] * 5,
    # mean (100·4 + 59)/5 = 91.8, but one criterion at 59 is below the floor of 60: partly
    "B": [(100, 100)] * 4 + [(59, 59)],
    # 59.9 on each: not
    "C": [(59.9, 59.9)] * 5,
    # no score on funding: no verdict
    "D": [(90, 90)] * 4 + [(None, None)],
    # 70 and 90: mean 80; the experts are 20 apart on each criterion
    "E": [(70, 90)] * 5,
}
VERDICT = {"A": "support", "B": "support", "C": "not", "D": "support", "E": "support"}
PROJECT = {"A": "P1", "C": "P3", "E": "P9"}


def ex_ante(criteria=CRITERIA):
    rows = [
        {"proposal": code, "criterion": criterion, "expert": f"E{place}", "unit": "101", "year": 2023, "name": f"提案{code}", "name_en": f"Proposal {code}",
         "requested": 1_000_000.0, "score": score, "opinion": "", "recommended": 0.0 if code == "C" else 600_000.0, "verdict": VERDICT[code],
         "strategy": None if code == "D" else "innovation", "project": PROJECT.get(code)}
        for code, scores in SCORES.items() for criterion, pair in zip(criteria, scores, strict=True) for place, score in enumerate(pair, 1)
    ]
    return pd.DataFrame(rows)


def judged(**more):
    return judge_proposals(ex_ante(**more), load_ex_ante_rules()).set_index("proposal")


def test_the_verdict_follows_mean_and_weakest_criterion():
    frame = judged()
    assert frame["mean"].round(6).to_dict() | {"D": None} == {"A": 80.0, "B": 91.8, "C": 59.9, "D": None, "E": 80.0}
    assert frame["verdict_by_rule"].fillna("none").to_dict() == {"A": "support", "B": "partly", "C": "not", "D": "none", "E": "support"}
    assert (frame.loc["B", "lowest_criterion"], frame.loc["B", "lowest"]) == ("funding", 59)


def test_a_criterion_without_scores_gives_no_verdict_and_is_no_disagreement():
    frame = judged()
    assert frame.loc["D", "lacking"] == 1
    assert pd.isna(frame.loc["D", "mean"]) and pd.isna(frame.loc["D", "agrees"])
    assert frame["agrees"].eq(False).fillna(False).sum() == 1  # B alone


def test_criteria_may_be_named_in_chinese():
    names = ("立项必要性", "投入经济性", "绩效目标合理性", "实施方案可行性", "筹资合规性")
    pd.testing.assert_frame_equal(judged(criteria=names), judged())


def test_spread_of_the_experts():
    rules = load_ex_ante_rules()
    # E: 70 and 90; sample standard deviation √(2·10²/1) = 14.1421…
    row = measure_criteria(ex_ante(), rules).query("proposal == 'E' and criterion == 'economy'").iloc[0]
    assert (row["lowest"], row["highest"], row["range"]) == (70, 90, 20)
    assert row["sd"] == pytest.approx(200**0.5)
    experts = measure_experts(ex_ante(), rules).query("proposal == 'E'").set_index("expert")["mean"]
    assert experts.to_dict() == {"E1": 70, "E2": 90}


def test_money_above_the_recommendation_and_money_without_support():
    projects = pd.DataFrame({"project": ["P1", "P3"], "budget_initial": [1.0, 1.0], "budget_adjusted": [900_000.0, 100_000.0], "executed": [1.0, 1.0]})
    frame = follow_proposals(judge_proposals(ex_ante(), load_ex_ante_rules()), projects).set_index("proposal")
    assert frame["in_budget"].to_dict() == {"A": True, "B": False, "C": True, "D": False, "E": False}
    assert frame.loc["A", "above"] == 300_000  # 900,000 − 600,000
    assert pd.isna(frame.loc["E", "budget_adjusted"])  # its project P9 is in no budget


def test_rules_of_ones_own_change_the_verdict(tmp_path):
    own = tmp_path / "rules.yaml"
    own.write_text(
        "name: {en: Own, zh: 自定}\nsource: {en: own, zh: 自定}\nexperts_apart: 5\n"
        "criteria: {necessity: {weight: 3, name: {en: Necessity, zh: 立项必要性}}, funding: {weight: 1, name: {en: Funding, zh: 筹资}}}\n"
        "verdicts: [{verdict: support, mean: 85}, {verdict: 'not'}]\n", encoding="utf-8")
    frame = judge_proposals(ex_ante(), load_ex_ante_rules(own)).set_index("proposal")
    # B: (3·100 + 1·59) / 4 = 89.75
    assert frame.loc["B", "mean"] == pytest.approx(89.75)
    assert frame["verdict_by_rule"].fillna("none").to_dict() == {"A": "not", "B": "support", "C": "not", "D": "none", "E": "not"}


@pytest.mark.parametrize(("change", "said"), [
    ("verdict: support", "the verdict 'maybe' is not one of support, partly, not"), ("weight: 20, name: {en: \"Necessity\"", "weight of necessity is 'x'"),
])
def test_rules_that_are_wrong_say_what_is(tmp_path, change, said):
    from perfanalysis.rules import ex_ante as module

    text = module._SHIPPED.read_text(encoding="utf-8")
    own = tmp_path / "rules.yaml"
    own.write_text(text.replace(change, "verdict: maybe" if "verdict" in change else "weight: x, name: {en: \"Necessity\"", 1), encoding="utf-8")
    with pytest.raises(RuleError, match=said):
        load_ex_ante_rules(own)


def test_the_report_names_every_disagreement(tmp_path, tiny):
    nothing = pd.DataFrame({"table": pd.Series(dtype="str"), "unit": pd.Series(dtype="str")})
    path = write_dataset(tmp_path / "city", {**tiny, "ex_ante": ex_ante()}, set_aside=nothing, sources=[], name="小市", name_en="Tiny City").path
    unit, rules = load_unit(path, "city", 2023), load_ex_ante_rules()
    section = section_ex_ante(unit, rules)
    found = {finding.code: [label.code for label in finding.values.get("names", [])] for finding in section.findings}
    # P1 has a budget of 1,000,000 against 600,000 recommended; P3 has a budget although C is not supported; B, D and E have no project in the budget
    assert found == {"ex_ante_differs": ["B"], "ex_ante_lacking": ["D"], "ex_ante_apart": ["E"], "ex_ante_refused_funded": ["C"],
                     "ex_ante_above": ["A"], "ex_ante_unfunded": ["B", "D", "E"], "ex_ante_no_strategy": ["D"]}
    facts = {fact.measure: fact.value for fact in section.facts}
    assert (facts["proposals"], facts["requested"], facts["recommended"]) == (5, 5_000_000, 2_400_000)
    assert {fact.measure: fact.value for fact in section_ex_ante_budget(unit, rules).facts}["proposals_funded"] == 2
    experts = section_ex_ante_experts(unit, rules)
    assert {fact.id: fact.value for fact in experts.facts}["city.E.proposal_range.2023"] == 20
    assert section_ex_ante_method(unit, rules, (section, experts)).facts
