"""A project over its years: the expected numbers are worked out in the comments."""

import pandas as pd
import pytest

from perfanalysis import words
from perfanalysis.analysis.life_cycle import decide_life_cycle, follow_indicators, measure_years, weigh_reasons
from perfanalysis.errors import PlanError, RuleError
from perfanalysis.findings.life_cycle import find_life_cycle
from perfanalysis.findings.make import FactMaker
from perfanalysis.rules.life_cycle import load_life_cycle_rules

RULES = load_life_cycle_rules()


def projects(**columns):
    frame = pd.DataFrame({
        "project": "P", "year": [2021, 2022, 2023], "start_year": 2021, "end_year": 2025, "budget_initial": [100.0, 100.0, 130.0],
        "budget_adjusted": [90.0, None, 120.0], "executed": [45.0, 95.0, 102.0], "self_score": [90.0, 91.0, 92.0],
    })
    return frame.assign(**columns)


def scored(*shares):
    """One indicator of 90 points a year that earned this share of them."""
    years = [2021, 2022, 2023][-len(shares):]
    return pd.DataFrame({"project": "P", "year": years, "weight": 90.0, "points": [90.0 * share for share in shares],
                         "met": ["yes" if share == 1 else "no" for share in shares], "level1": "benefit", "level3": "x"})


def test_money_adds_up_from_the_first_year():
    years = measure_years(projects(), scored(1, 0.9, 0.85))
    # 90, 90 + 100 (no adjusted budget: the initial one), 190 + 120; executed 45, 140, 242
    assert years["budget_total"].tolist() == [90, 190, 310]
    assert years["executed_total"].tolist() == [45, 140, 242]
    assert years["execution_rate"].round(4).tolist() == [0.5, 0.95, 0.85]
    assert years["growth"].round(4).tolist()[1:] == [0.1111, 0.2]  # 100 / 90 − 1, 120 / 100 − 1
    assert years["achievement"].round(4).tolist() == [1, 0.9, 0.85]
    assert years["met"].tolist() == [1, 0, 0]


def test_a_sum_over_a_gap_is_missing_not_too_small():
    years = measure_years(projects(executed=[45.0, None, 102.0]))
    assert years["executed_total"].tolist()[0] == 45
    assert years["executed_total"].isna().tolist() == [False, True, True]
    assert years["achievement"].isna().all()


def decide(shares=(1, 0.9, 0.9), review=None, **columns):
    years = measure_years(projects(**columns), scored(*shares) if shares else None)
    reviews = None if review is None else pd.DataFrame({"year": [2022, 2023], "score": [10.0, review]})
    tested = weigh_reasons(years, reviews, RULES).set_index("reason")
    return decide_life_cycle(tested.reset_index()), set(tested.index[tested["holds"].fillna(False)]), set(tested.index[tested["holds"].isna()])


@pytest.mark.parametrize(("given", "decision", "holding"), [
    ({}, "continue", set()),
    ({"end_year": 2023}, "end", {"term_over"}),
    # 0.55 and 0.59: below 0.6 twice running, and so below 0.8 too
    ({"shares": (1, 0.59, 0.55), "budget_adjusted": [90.0, 120.0, 120.0]}, "end", {"missed_repeatedly", "missed"}),
    # below 0.6 once only
    ({"shares": (1, 0.6, 0.59), "budget_adjusted": [90.0, 120.0, 120.0]}, "adjust", {"missed"}),
    # 59.9 from the latest evaluation; the earlier one, 10, no longer counts
    ({"review": 59.9}, "end", {"review_failed", "review_weak"}),
    ({"review": 60.0}, "adjust", {"review_weak"}),
    ({"review": 80.0}, "continue", set()),
    ({"executed": [45.0, 95.0, 95.9]}, "adjust", {"unspent"}),  # 95.9 / 120 = 0.799
    ({"executed": [45.0, 95.0, 96.0]}, "continue", set()),  # exactly 0.8
    # 120 / 100: the budget grew by a fifth while 0.9 fell to 0.85
    ({"shares": (1, 0.9, 0.85)}, "adjust", {"growth_without_result"}),
    ({"shares": (1, 0.85, 0.9)}, "continue", set()),
])
def test_the_gravest_reason_that_holds_decides(given, decision, holding):
    assert decide(**given)[:2] == (decision, holding)


def test_what_has_no_data_is_not_tested_and_without_results_nothing_is_decided():
    decision, holding, untested = decide(shares=(), end_year=None)
    assert (decision, holding) == ("open", set())
    assert untested == {"term_over", "missed_repeatedly", "review_failed", "missed", "review_weak", "growth_without_result"}


def test_indicators_are_followed_by_name():
    frame = pd.concat([scored(1, 1), scored(1).assign(level3="y"), scored(1, 1).assign(level1="output")])
    assert follow_indicators(frame)[["level3", "year"]].to_numpy().tolist() == [["x", 2022], ["x", 2023]]


def test_a_rule_that_is_wrong_says_what_is(tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text("name: {en: a, zh: b}\nsource: {en: a, zh: b}\nreasons: {missed: {decision: stop, value: 1, meaning: {en: a, zh: b}}}", encoding="utf-8")
    with pytest.raises(RuleError, match="the decision of 'missed' is 'stop'; it must be one of end, adjust"):
        load_life_cycle_rules(own)


def test_the_report_states_one_project_alone(tmp_path, tiny):
    from perfanalysis.dataset import write_dataset
    from perfanalysis.sections.chain import load_project
    from perfanalysis.sections.life_cycle import (
        section_life_cycle,
        section_life_cycle_decision,
        section_life_cycle_outcomes,
        section_milestones,
    )

    nothing = pd.DataFrame({"table": pd.Series(dtype="str"), "unit": pd.Series(dtype="str")})
    path = write_dataset(tmp_path / "city", tiny, set_aside=nothing, sources=[], name="小市", name_en="Tiny City").path
    unit = load_project(path, "P3", 2023)
    facts = {fact.id: fact.value for fact in section_life_cycle(unit).facts}
    # P3: 250,000 of 500,000; 79.5 of 90 points
    assert (facts["P3.executed_total.2023"], facts["P3.execution_rate_total.2023"]) == (250_000, 0.5)
    assert facts["P3.achievement.2023"] == pytest.approx(79.5 / 90)
    codes = [finding.code for finding in section_life_cycle_decision(unit, RULES).findings]
    assert "life_cycle_adjust" in codes  # half of the money was not spent
    assert all(fact.subject.startswith(("P3", "rule")) for section in (section_milestones(unit), section_life_cycle_outcomes(unit)) for fact in section.facts)
    with pytest.raises(PlanError, match=r"no project 'P99'; similar ones: P"):
        load_project(path, "P99", 2023)
    with pytest.raises(PlanError, match="P3 has no row of the year 1999"):
        load_project(path, "P3", 1999)


def test_a_reason_is_said_with_its_limit_and_the_projects_value():
    years = measure_years(projects(), scored(1, 0.9, 0.85))
    tested = weigh_reasons(years, None, RULES)
    finding = find_life_cycle(decide_life_cycle(tested), tested, years, RULES, FactMaker("P", 2023, "CNY", key="project"))[0]
    # budget 100 → 120, + 20 %, while 90 % → 85 % of the points were earned
    said = words.say("finding.life_cycle_adjust.says", "en", finding.values)
    assert said.endswith("fewer of the indicator points were earned than the year before, while the budget grew by more than 10% (here 20.0%).")
    assert "超过10%（实际为20.0%）" in words.say("finding.life_cycle_adjust.says", "zh", finding.values)
    # what is said as a number is a fact of the report
    stated = {fact.measure: fact.value for fact in finding.facts}
    assert (stated["life_cycle_limit"], stated["life_cycle_value"]) == (0.1, pytest.approx(0.2))
