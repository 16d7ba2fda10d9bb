"""Signs that deserve a look: arithmetic by hand, published shares, and what is planted in simulated cities, with the false alarms in cities without it."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from perfanalysis.analysis.gaming import (
    compare_signs,
    find_near_copies,
    mark_indicators,
    mark_scores,
    measure_benford,
    measure_ratchet,
    measure_threshold,
    measure_weights,
)
from perfanalysis.demo import make_city, planted
from perfanalysis.rules import load_rulebook
from perfanalysis.scoring import score_indicators

NO_WEIGHTS = pd.DataFrame({"unit": [], "project": [], "sign": [], "hit": [], "gain": [], "variance": []})


def marked(unit, hits, tested, sign="exact"):
    """Cases of one unit, each in a project of its own."""
    return pd.DataFrame({"unit": unit, "project": [f"{unit}-{n}" for n in range(tested)], "sign": sign, "hit": [True] * hits + [False] * (tested - hits)})


def test_a_share_is_tested_against_all_others():
    cases = pd.concat([marked("a", 6, 8), marked("b", 20, 100), marked("c", 20, 100)])
    found = compare_signs(cases, NO_WEIGHTS, least=5).set_index("unit")
    # others of a: 40 of 200, (40 + 0.5) / 201 = 0.201493; P(6 or more of 8), the design effect of single cases is 1
    assert found.at["a", "p"] == pytest.approx(stats.binom.sf(5, 8, 40.5 / 201))
    assert found.at["a", "others"] == pytest.approx(0.2) and found.at["a", "share"] == 0.75
    # Benjamini and Hochberg over three tests: the smallest times three
    assert found.at["a", "q"] == pytest.approx(3 * found.at["a", "p"])


def test_cases_of_one_project_count_for_less():
    # every project of the others has ten cases that are all alike: ten cases are worth one
    projects = pd.DataFrame({"unit": "b", "project": np.repeat([f"b{n}" for n in range(40)], 10), "sign": "exact", "hit": np.repeat([True] * 10 + [False] * 30, 10)})
    own = pd.DataFrame({"unit": "a", "project": "a0", "sign": "exact", "hit": [True] * 10})
    found = compare_signs(pd.concat([projects, own]), NO_WEIGHTS, least=5).set_index("unit")
    # one case in a population of a quarter: about 0.25, where ten independent ones would give 0.25 ** 10
    assert 0.2 < found.at["a", "p"] < 0.35


def test_too_few_cases_are_not_tested():
    found = compare_signs(pd.concat([marked("a", 4, 4), marked("b", 10, 100)]), NO_WEIGHTS, least=5).set_index("unit")
    assert np.isnan(found.at["a", "p"]) and np.isnan(found.at["a", "q"]) and found.at["b", "p"] <= 1


def test_marks_by_hand():
    projects = pd.DataFrame({"unit": "1", "project": list("abcd"), "submitted": [90.0, 90.99, 91.0, np.nan]})
    assert mark_scores(projects, (60, 80, 90), width=1.0)["hit"].tolist() == [True, True, False]
    lines = pd.DataFrame({
        "unit": "1", "project": "a", "indicator": ["I1", "I2", "I3", "I4"], "nature": "quantitative", "direction": [">=", ">=", "<=", ">="], "measure": ["个", "个", "天", "%"],
        "target": [100.0, 100.0, 30.0, 0.9], "actual": [200.0, 101.0, 30.0, 0.95], "attainment": [2.0, 1.01, 1.0, 0.95 / 0.9],
    })
    before = pd.DataFrame({"project": "a", "indicator": ["I1", "I3", "I4"], "measure": ["个", "天", "件"], "actual": [120.0, 30.0, 5.0]})
    found = mark_indicators(lines, before, easy_from=2.0).groupby("sign")["hit"].apply(list).to_dict()
    assert found["easy"] == [True, False, False, False] and found["exact"] == [False, False, True, False]
    # from 100 on, not the target and not per cent: 200 is a multiple of ten, 101 is not
    assert found["round"] == [True, False]
    # 100 after 120 asks for less; at most 30 days after 30 does not; I4 was measured otherwise
    assert found["below_last_year"] == [True, False]


def test_nearly_copied_sets_are_found_across_units():
    def lines(unit, project, targets):
        return pd.DataFrame({"unit": unit, "project": project, "level3": [f"i{n}" for n in range(len(targets))], "target": targets, "target_text": None})

    own = [1.0, 2, 3, 4, 5, 6, 7, 8, 9]
    found = find_near_copies(pd.concat([lines("1", "a", own), lines("2", "b", [*own[:8], 90]), lines("2", "c", [*own[:7], 80, 90]), lines("3", "d", [1.0, 2])]), alike_from=0.8)
    # a and b share 8 of 10 lines (0.8); b and c share 7 of 10 and the last one: 8 of 10 too; a and c 7 of 11; d is too short
    assert found.set_index("project")["other"].to_dict() == {"a": "b", "b": "a", "c": "b"}
    assert found["alike"].tolist() == pytest.approx([0.8, 0.8, 0.8]) and found["hit"].all()
    assert not find_near_copies(pd.concat([lines("1", "a", own), lines("2", "c", [*own[:7], 80, 90])]), alike_from=0.8)["hit"].any()


def test_weights_by_hand_and_against_every_order():
    lines = pd.DataFrame({"unit": "1", "project": "a", "level1": "output", "weight": [30.0, 10, 10], "points": [30.0, 5, 5]})
    found = measure_weights(lines)
    # weights 30, 10, 10 (mean 50/3), achieved 1, 0.5, 0.5 (mean 2/3): 40/3 · 1/3 + 2 · 20/3 · 1/6 = 20/3
    assert found.at[0, "gain"] == pytest.approx(20 / 3)
    # the three orders of the weights: 20/3, −10/3, −10/3: mean 0, variance (400 + 100 + 100) / 9 / 3 = 200/9
    assert found.at[0, "variance"] == pytest.approx(200 / 9)
    groups = pd.concat([found.assign(project=str(n)) for n in range(5)] + [found.assign(unit="2", project="x", gain=0.0)], ignore_index=True)
    tested = compare_signs(marked("1", 1, 8), groups, least=5)
    # five groups: z = 5 · 20/3 / √(5 · 200/9) = √10
    assert tested.loc[tested["sign"] == "weights", "p"].iloc[0] == pytest.approx(stats.norm.sf(10**0.5))


def scores_with_heap(rng, heap):
    scores = np.concatenate([100 - 20 * rng.beta(1.5, 3, 1000), rng.uniform(90, 90.9, heap)])
    return pd.Series(scores.round(2))


def test_a_heap_above_a_threshold_is_measured():
    found = measure_threshold(scores_with_heap(np.random.default_rng(1), 60), 90.0, width=1.0, rng=np.random.default_rng(1))
    assert found["p"] < 0.001 and found["low"] > 0
    # half of what is added shows as excess: the two steps share what stands in them
    assert 15 < found["excess"] < 60


def test_smooth_scores_raise_no_more_alarms_than_stated():
    alarms = sum(measure_threshold(scores_with_heap(np.random.default_rng(seed), 0), 90.0, width=1.0, rng=np.random.default_rng(1), draws=2)["p"] < 0.05 for seed in range(200))
    # 10 expected; more than 20 have a probability of one in a thousand
    assert alarms <= 20


def test_a_threshold_with_few_scores_is_not_tested():
    assert "p" not in measure_threshold(pd.Series([85.0, 90.1, 95, 96, 97]), 90.0, width=1.0, rng=np.random.default_rng(1))


def test_a_ratchet_by_hand():
    rng = np.random.default_rng(3)
    actual = 100 * np.exp(rng.uniform(-0.3, 0.3, 200))
    result = np.log(actual / 100)
    # targets follow 80 % of an excess and 10 % of a shortfall, after a rise of 2 % for all
    lines = pd.DataFrame({"project": np.arange(200) // 4, "target": 100.0, "actual": actual, "next_target": 100 * np.exp(0.02 + 0.8 * result.clip(0) + 0.1 * result.clip(max=0))})
    found = measure_ratchet(lines)
    assert found["value"].to_dict() == {"over": pytest.approx(0.8), "under": pytest.approx(0.1)}
    assert found.at["over", "cases"] + found.at["under", "cases"] == 200
    none = measure_ratchet(lines.assign(actual=100.0))
    assert none["value"].isna().all() and (none["cases"] == 0).all()


def test_first_digits_against_the_published_shares():
    frame, p, deviation = measure_benford(pd.Series([2.0**n for n in range(1000)]))
    # Benford 1938: 30.1, 17.6, 12.5, 9.7, 7.9, 6.7, 5.8, 5.1, 4.6 %
    assert (100 * frame["expected"]).round(1).tolist() == [30.1, 17.6, 12.5, 9.7, 7.9, 6.7, 5.8, 5.1, 4.6]
    # powers of two follow the law
    assert deviation < 0.002 and p > 0.99
    _, p, deviation = measure_benford(pd.Series(np.arange(1000.0, 10000.0)))
    # equal shares of 0.1111 instead of 0.3010 0.1761 0.1249 0.0969 0.0792 0.0669 0.0580 0.0512 0.0458: apart by
    # 0.1899 + 0.0650 + 0.0138 + 0.0142 + 0.0319 + 0.0442 + 0.0531 + 0.0600 + 0.0654 = 0.5375, a ninth of which is 0.0597
    assert deviation == pytest.approx(0.0597, abs=1e-4) and p < 1e-9


def test_first_digits_of_round_and_small_amounts():
    frame, _, _ = measure_benford(pd.Series([1000.0, 0.05, 9.99, 30, 0, -7]))
    assert frame["found"].tolist() == [1, 0, 1, 0, 1, 0, 0, 0, 1]


def signs_of(city):
    projects = city["projects"]
    projects = projects[(projects["year"] == 2020) & projects["funding"].ne("special_bond") & (projects["unit"] < "300")]
    lines = city["indicators"].merge(city["projects"][["project", "year", "unit"]], on=["project", "year"])
    now = lines[(lines["year"] == 2020) & lines["project"].isin(projects["project"])].reset_index(drop=True)
    now = now.join(score_indicators(now, load_rulebook("mof-2020"))[["attainment", "points"]])
    cases = pd.concat([
        mark_scores(projects.assign(submitted=projects["self_score"]), (60.0, 80.0, 90.0), width=1.0), mark_indicators(now, lines[lines["year"] == 2019], easy_from=2.0),
        find_near_copies(now, alike_from=0.8),
    ], ignore_index=True)
    return compare_signs(cases, measure_weights(now), least=5)


@pytest.mark.parametrize("seed", [2020, 7])
def test_what_is_planted_stands_out_and_nothing_else(seed):
    found = signs_of(make_city(seed))
    found = found[found["q"] < 0.05]
    rows = planted(seed)
    for kind, sign in (("bunched_scores", "just_above"), ("easy_targets", "easy"), ("copied_indicators", "near_copies")):
        assert set(found.loc[found["sign"] == sign, "unit"]) == set(rows.loc[rows["kind"] == kind, "unit"]), kind
    # a rate of false discoveries of 5 % allows one or two among a dozen; easy targets are round and below last year's result too
    easy = set(rows.loc[rows["kind"] == "easy_targets", "unit"])
    others = found[~found["sign"].isin(["just_above", "easy", "near_copies"]) & ~found["unit"].isin(easy)]
    assert len(others) <= 2


@pytest.mark.parametrize("seed", [2020, 7])
def test_in_a_city_without_irregularities_nothing_stands_out(seed):
    found = signs_of(make_city(seed, irregularities=False))
    # all tests true: the chance of any alarm at all is 5 %; a second one would be a fault
    assert (found["q"] < 0.05).sum() <= 1
