"""The framework engine on numbers worked out by hand."""

import math

import pandas as pd
import pytest

from perfanalysis.rules.frameworks import load_framework
from perfanalysis.scoring.frameworks import (
    adjust_difficulty,
    assess_units,
    find_unknown_items,
    measure_change,
    score_items,
)

CATEGORIES = [
    {"code": "A", "en": "First", "items": [["a1", "", "One", 3, "", 0, 10, True], ["a2", "", "Two", 1, "", 20, 0]]},
    {"code": "B", "en": "Second", "items": [{"code": "b1", "en": "Three", "weight": 4, "bands": "60%=50; 80%=80; 90%=100"}]},
]


def framework(**more):
    return load_framework({"name": "mini", "title": {"en": "Mini"}, "categories": CATEGORIES, **more})


def rows(unit="u", year=2020, **values):
    return pd.DataFrame([("mini", unit, year, item, value, float("nan")) for item, value in values.items()],
                        columns=["framework", "unit", "year", "item", "value", "score"])


def score_of(frame, node="total", unit="u"):
    return frame.set_index(["unit", "node"]).at[(unit, node), "score"]


def test_goalposts_bands_categories_and_total():
    table = rows(a1=5, a2=5, b1=0.85)
    before = table.copy()
    items = score_items(table, framework())
    # a1: 5 of 0 to 10 → 50; a2: 5 between 20 (worst) and 0 → 15/20 = 75; b1: 80 % to 90 % → 80
    assert items["score"].tolist() == [50, 75, 80]
    nodes = assess_units(table, framework())
    assert score_of(nodes, "A") == (3 * 50 + 75) / 4
    assert score_of(nodes, "B") == 80
    assert score_of(nodes) == (3 * 50 + 75 + 4 * 80) / 8  # 68.125
    pd.testing.assert_frame_equal(table, before)


def test_values_beyond_the_goalposts_score_0_and_100():
    assert score_items(rows(a1=-3, a2=-1, b1=0.1), framework())["score"].tolist() == [0, 100, 0]


def test_a_missing_item_is_left_out_and_never_zero():
    nodes = assess_units(rows(a1=5, b1=0.85), framework())
    # A stands on a1 alone: 50; it keeps its weight of 4
    assert score_of(nodes, "A") == 50
    assert score_of(nodes) == (4 * 50 + 4 * 80) / 8
    assert nodes.set_index("node").at["total", "known"] == 7 / 8


def test_no_total_where_too_little_is_known():
    nodes = assess_units(rows(a1=5, a2=5), framework())  # 4 of 8 points known, two thirds needed
    assert math.isnan(score_of(nodes))
    assert score_of(nodes, "A") == 56.25


def test_no_total_where_the_framework_says_so():
    nodes = assess_units(rows(a1=5, b1=0.85), framework(missing="no_total"))
    assert math.isnan(score_of(nodes, "A"))
    assert math.isnan(score_of(nodes))
    assert score_of(nodes, "B") == 80


def test_a_given_score_stands_where_there_is_no_value_and_is_compared_where_there_is_one():
    table = rows(a1=5, a2=float("nan"), b1=0.85).assign(score=[60, 40, 80])
    items = score_items(table, framework()).set_index("item")
    assert items["score"].to_dict() == {"a1": 50, "a2": 40, "b1": 80}
    assert items["basis"].to_dict() == {"a1": "value", "a2": "given", "b1": "value"}
    assert items.at["a1", "difference"] == 10


@pytest.mark.parametrize(("how", "expected"), [("arithmetic", 65), ("geometric", 60), ("worst", 40)])
def test_aggregation(how, expected):
    # two items of equal weight that score 40 and 90: (40 + 90)/2, √(40·90) = 60, 40
    categories = [{"code": "A", "en": "A", "items": [["x", "", "X", 1, "", 0, 100], ["y", "", "Y", 1, "", 0, 100]]}]
    nodes = assess_units(rows(x=40, y=90), framework(categories=categories, aggregation=how))
    assert score_of(nodes) == pytest.approx(expected, abs=1e-12)


def test_difficulty_in_both_uses():
    table = pd.concat([rows("u", a1=5, a2=5, b1=0.85), rows("v", a1=9, a2=2, b1=0.95)])
    difficulty = pd.DataFrame({"framework": "mini", "unit": ["u", "v"], "year": 2020, "coefficient": [2.0, 1.2]})
    totals = adjust_difficulty(score_items(table, framework()), difficulty, framework(difficulty="multiply")).set_index("unit")
    # u: 68.125 · 2 is capped at 100; v: (3·90 + 90 + 4·100)/8 = 95, · 1.2 = 114, capped
    assert totals["score"].to_dict() == {"u": 68.125, "v": 95}
    assert totals["multiplied"].tolist() == [100, 100]
    # only a1 bears difficulty. u: weights 6, 1, 4 → (6·50 + 75 + 4·80)/11 = 695/11
    assert totals.at["u", "reweighted"] == pytest.approx(695 / 11)
    # v: weights 3.6, 1, 4 → (3.6·90 + 90 + 400)/8.6
    assert totals.at["v", "reweighted"] == pytest.approx((3.6 * 90 + 90 + 400) / 8.6)
    assert totals["rank"].to_dict() == {"u": 2, "v": 1}
    assert totals["rank_adjusted"].to_dict() == {"u": 1, "v": 1}


def test_no_coefficient_no_adjusted_score():
    difficulty = pd.DataFrame({"framework": "mini", "unit": ["v"], "year": 2020, "coefficient": [1.2]})
    totals = adjust_difficulty(score_items(rows(a1=5, a2=5, b1=0.85), framework()), difficulty, framework(difficulty="multiply"))
    assert totals["score"].notna().all()
    assert totals[["multiplied", "reweighted", "adjusted", "rank_adjusted"]].isna().all(axis=None)


def test_what_moved_since_last_year():
    table = pd.concat([rows("u", 2019, a1=3, a2=5, b1=0.85), rows("u", 2020, a1=5, a2=5, b1=0.85)])
    nodes = assess_units(table, framework())
    change = nodes.assign(change=measure_change(nodes, ["unit", "node"])).set_index(["year", "node"])["change"]
    # a1 rose from 30 to 50: 20 · 3/4 in its category, 20 · 3/8 in all
    assert change[(2020, "A")] == 15
    assert change[(2020, "total")] == 7.5
    assert change[2019].isna().all()


def test_codes_that_the_framework_does_not_know_are_named():
    assert find_unknown_items(rows(a1=1, zz=2), framework()) == ["zz"]


def test_a_change_is_the_difference_of_the_scores_as_stated():
    # 63.874 is stated as 63.87 and 46.456 as 46.46: a reader gets -17.41, though the exact difference rounds to -17.42
    scores = pd.DataFrame({"unit": "307", "node": "total", "year": [2019, 2020], "score": [63.874, 46.456]})
    assert measure_change(scores, ["unit", "node"]).tolist()[1] == pytest.approx(-17.41, abs=1e-9)
