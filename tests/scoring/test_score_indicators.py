"""Each rule and each convention, by arithmetic that stands beside it."""

import numpy as np
import pandas as pd
import pytest
import yaml

from perfanalysis.rules import load_rulebook, round_points
from perfanalysis.scoring import count_conventions, score_indicators

MOF = load_rulebook("mof-2020")


def score(rulebook=MOF, **line):
    return score_indicators(pd.DataFrame({name: [value] for name, value in line.items()}), rulebook).iloc[0]


@pytest.fixture
def changed(tmp_path):
    """mof-2020 with some of its parts replaced."""

    def make(**parts):
        from perfanalysis.rules import reading

        data = yaml.safe_load((reading._FOLDER / "mof-2020.yaml").read_text(encoding="utf-8"))
        for name, values in parts.items():
            data[name] = {**data.get(name, {}), **values}
            if name == "decreasing":
                data[name].pop("silent")
                data[name] |= {"source": {"document": "a notice"}, "verified": True}
            if name == "unscored":
                data[name] |= {"source": {"document": "a notice"}, "verified": True}
        path = tmp_path / "changed.yaml"
        path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
        return load_rulebook(path)

    return make


@pytest.mark.parametrize(("direction", "target", "actual", "attainment", "points", "met", "rule"), [
    # higher is better: all the points, or 20 × actual ÷ target
    (">=", 50, 50, 1.0, 20, "yes", "rule.increasing_ratio"),
    (">=", 50, 40, 0.8, 16, "no", "rule.increasing_ratio"),
    (">=", 50, 75, 1.5, 20, "yes", "rule.increasing_ratio"),
    (">=", 0.9, 0.81, 0.9, 18, "no", "rule.increasing_ratio"),
    (">=", 3, 2, 2 / 3, 13.33, "no", "rule.increasing_ratio"),
    (">=", 50, 0, 0.0, 0, "no", "rule.increasing_ratio"),
    # 0.1 + 0.2 is 0.30000000000000004 and 0.3 is met either way
    (">=", 0.1 + 0.2, 0.3, 1.0, 20, "yes", "rule.increasing_ratio"),
    ("<=", 0.3, 0.1 + 0.2, 1.0, 20, "yes", "rule.increasing_ratio"),
    # lower is better: 20 × target ÷ actual, 10 ÷ 12.5 = 0.8
    ("<=", 10, 10, 1.0, 20, "yes", "rule.increasing_ratio"),
    ("<=", 10, 12.5, 0.8, 16, "no", "convention.decreasing_reciprocal"),
    ("<=", 10, 40, 0.25, 5, "no", "convention.decreasing_reciprocal"),
    ("<=", 10, 5, 2.0, 20, "yes", "rule.increasing_ratio"),
    ("<=", 10, 0, np.nan, 20, "yes", "rule.increasing_ratio"),
    # an exact target: 20 × (1 − |a − t| ÷ t)
    ("=", 100, 100, 1.0, 20, "yes", "rule.increasing_ratio"),
    ("=", 100, 97, 0.97, 19.4, "no", "convention.equal_deviation"),
    ("=", 100, 110, 0.9, 18, "no", "convention.equal_deviation"),
    ("=", 100, 250, -0.5, 0, "no", "convention.equal_deviation"),
    # a target of zero: met is met; missed earns nothing, as there is no ratio
    ("<=", 0, 0, np.nan, 20, "yes", "rule.increasing_ratio"),
    ("<=", 0, 2, np.nan, 0, "no", "convention.zero_target"),
    (">=", 0, 5, np.nan, 20, "yes", "rule.increasing_ratio"),
    (">=", 0, -1, np.nan, 0, "no", "convention.zero_target"),
    ("=", 0, 0, np.nan, 20, "yes", "rule.increasing_ratio"),
    ("=", 0, 1, np.nan, 0, "no", "convention.zero_target"),
    # a target below zero, growth of at least −5: −6 falls short by 1 of 5, so 20 × 0.8
    (">=", -5, -4, np.nan, 20, "yes", "rule.increasing_ratio"),
    (">=", -5, -6, np.nan, 16, "no", "convention.negative_target"),
    (">=", -5, -20, np.nan, 0, "no", "convention.negative_target"),
    ("<=", -5, -4, np.nan, 16, "no", "convention.negative_target"),
    ("<=", -5, -8, np.nan, 20, "yes", "rule.increasing_ratio"),
    ("=", -5, -5, np.nan, 20, "yes", "rule.increasing_ratio"),
    # a value below zero against a target above
    (">=", 5, -1, -0.2, 0, "no", "convention.negative_actual"),
    ("<=", 5, -1, np.nan, 20, "yes", "rule.increasing_ratio"),
    # nothing is made up
    (">=", 50, np.nan, np.nan, np.nan, None, "convention.actual_missing"),
    (">=", np.nan, 50, np.nan, np.nan, None, "convention.target_missing"),
])
def test_quantitative(direction, target, actual, attainment, points, met, rule):
    row = score(nature="quantitative", direction=direction, target=target, actual=actual, weight=20.0)
    assert row["attainment"] == pytest.approx(attainment, nan_ok=True)
    assert row["points"] == pytest.approx(points, nan_ok=True)
    assert (row["met"] if met else pd.isna(row["met"])) == (met or True)
    assert row["rule"] == rule


def test_hubei_has_its_own_rule_for_lower_is_better():
    # hubei [seen]: w · target ÷ actual = 20 · 10 ÷ 16 = 12.5
    row = score(load_rulebook("hubei"), nature="quantitative", direction="<=", target=10.0, actual=16.0, weight=20.0)
    assert (row["points"], row["rule"]) == (12.5, "rule.decreasing_reciprocal")
    assert pd.isna(row["conventions"])


@pytest.mark.parametrize(("actual", "points"), [(10, 20), (12, 16), (15, 10), (20, 0), (30, 0)])
def test_linear_for_lower_is_better(changed, actual, points):
    # seen variant: w · (1 − (v − t)/t) for t < v < 2t, 0 beyond: 20 · (1 − 2/10) = 16, 20 · (1 − 5/10) = 10
    row = score(changed(decreasing={"method": "linear"}), direction="<=", target=10.0, actual=float(actual), weight=20.0)
    assert row["points"] == pytest.approx(points)
    assert row["rule"] == "rule.decreasing_linear"


def test_pass_mark_and_all_or_nothing(changed):
    # 60 % of the target is the pass mark: 0.6 earns 12 of 20, 0.59 earns nothing
    marked = changed(increasing={"pass_mark": 0.6})
    assert score(marked, direction=">=", target=100.0, actual=60.0, weight=20.0)["points"] == 12
    assert score(marked, direction=">=", target=100.0, actual=59.0, weight=20.0)["points"] == 0
    strict = changed(increasing={"method": "all_or_nothing"})
    assert score(strict, direction=">=", target=100.0, actual=99.0, weight=20.0)["points"] == 0
    assert score(strict, direction=">=", target=100.0, actual=100.0, weight=20.0)["points"] == 20


@pytest.mark.parametrize(("reached", "given", "points", "rule"), [
    # mof-2020, of 10 points: reached 8 to 10, partly 6 to 8, not reached 0 to 6
    ("yes", 10, 10, "rule.qualitative"),
    ("yes", 8, 8, "rule.qualitative"),
    ("yes", 7, 8, "convention.band_limit"),
    ("yes", 11, 10, "convention.band_limit"),
    ("partly", 7.5, 7.5, "rule.qualitative"),
    ("partly", 9, 8, "convention.band_limit"),
    ("partly", 5, 6, "convention.band_limit"),
    ("no", 0, 0, "rule.qualitative"),
    ("no", 7, 6, "convention.band_limit"),
    ("yes", np.nan, 10, "convention.band_top"),
    ("partly", np.nan, np.nan, "convention.points_missing"),
    ("no", np.nan, np.nan, "convention.points_missing"),
    (None, 9, np.nan, "convention.level_missing"),
])
def test_qualitative(reached, given, points, rule):
    row = score(nature="qualitative", reached=reached, score=given, weight=10.0)
    assert row["points"] == pytest.approx(points, nan_ok=True)
    assert row["rule"] == rule
    assert (row["met"] if reached else pd.isna(row["met"])) == (reached or True)
    assert pd.isna(row["attainment"])


def test_hubei_has_wider_bands():
    # hubei [seen]: partly 80–50 %, so 5 of 10 stands where mof-2020 would give 6
    assert score(load_rulebook("hubei"), nature="qualitative", reached="partly", score=5.0, weight=10.0)["points"] == 5


@pytest.mark.parametrize(("actual", "points"), [(0.95, 10), (0.9, 10), (0.899, 8), (0.8, 8), (0.6, 5), (0.59, 0), (0, 0), (0.7 + 0.1 + 0.1, 10)])
def test_mof_2021_satisfaction_in_steps(actual, points):
    # 财预〔2021〕101号: ≥ 90 % 10, ≥ 80 % 8, ≥ 60 % 5, below 0; whatever the target was
    line = dict(level1="satisfaction", nature="quantitative", direction=">=", target=0.85, actual=actual)
    row = score(load_rulebook("mof-2021"), **line, weight=10.0)
    assert (row["points"], row["rule"]) == (points, "rule.satisfaction_steps")
    assert score(load_rulebook("mof-2021"), **line, weight=5.0)["points"] == points / 2
    assert row["met"] == ("yes" if actual >= 0.85 else "no")


def test_mof_2021_satisfaction_that_is_no_rate_is_not_scored():
    row = score(load_rulebook("mof-2021"), level1="satisfaction", nature="quantitative", direction=">=", target=85.0, actual=92.0, weight=10.0)
    assert pd.isna(row["points"])
    assert row["rule"] == "convention.not_a_rate"


@pytest.mark.parametrize(("reached", "points"), [("yes", 10), ("partly", 0), ("no", 0)])
def test_mof_2021_yes_or_no(reached, points):
    line = dict(nature="qualitative", target_text="是", reached=reached, score=9.0, weight=10.0)
    row = score(load_rulebook("mof-2021"), **line)
    assert (row["points"], row["rule"]) == (points, "rule.yes_no")
    # an indicator that is not a yes/no question keeps its band
    assert score(load_rulebook("mof-2021"), **{**line, "target_text": "效果明显", "reached": "yes"})["points"] == 9


def test_missing_direction():
    # met exactly: no assumption is needed
    assert pd.isna(score(nature="quantitative", target=36.0, actual=36.0, weight=20.0)["conventions"])
    # langfang: 37.24 of 43.2 at 10 points is 8.62, taken as higher is better
    row = score(nature="quantitative", target=43.2, actual=37.24, weight=10.0)
    assert (row["points"], row["conventions"]) == (8.62, "convention.direction_assumed")
    # a cost below or above its target without a direction: either reading is possible
    for cost in ({"level1": "cost"}, {"level2": "成本指标"}):
        row = score(nature="quantitative", target=90.0, actual=80.0, weight=10.0, **cost)
        assert pd.isna(row["points"]) and pd.isna(row["met"]) and pd.isna(row["attainment"])
        assert row["rule"] == "convention.direction_unclear"


def test_nature_is_read_from_the_values_where_it_is_not_stated():
    row = score(direction=">=", target=2.0, actual=1.0, weight=10.0)
    assert (row["points"], row["conventions"]) == (5, "convention.nature_assumed")
    assert score(reached="yes", score=9.0, weight=10.0)["points"] == 9


def test_a_number_was_asked_for_and_words_were_given():
    line = dict(nature="quantitative", direction=">=", target=2.0, weight=10.0)
    row = score(**line, reached="yes")
    assert (row["points"], row["met"], row["rule"], row["conventions"]) == (10, "yes", *["convention.reached_in_words"] * 2)
    assert pd.isna(row["attainment"])
    # how far it was missed nobody knows
    for reached in ("partly", "no"):
        row = score(**line, reached=reached, score=7.0)
        assert pd.isna(row["points"])
        assert (row["met"], row["rule"]) == (reached, "convention.actual_missing")
    # a number decides against the words
    assert score(**line, actual=1.0, reached="yes")["points"] == 5
    assert score(nature="quantitative", direction=">=", reached="yes", weight=10.0)["rule"] == "convention.target_missing"


def test_missing_weight_leaves_no_points_but_what_was_reached():
    row = score(nature="quantitative", direction=">=", target=2.0, actual=1.0)
    assert pd.isna(row["points"])
    assert (row["attainment"], row["met"], row["rule"]) == (0.5, "no", "convention.weight_missing")
    assert score(nature="qualitative", reached="yes", score=9.0)["rule"] == "convention.weight_missing"
    assert score(nature="quantitative", direction=">=", target=2.0, actual=1.0, weight=0.0)["points"] == 0


@pytest.mark.parametrize(("direction", "target", "actual", "over"), [
    (">=", 100, 130, True), (">=", 100, 129.9, False), ("<=", 130, 100, True), ("<=", 100, 80, False), ("<=", 2, 0, True), ("<=", 0, 0, False),
    ("=", 100, 150, True), (">=", 1.1, 1.43, True),
])
def test_far_above_target_must_be_explained(direction, target, actual, over):
    line = dict(nature="quantitative", direction=direction, target=float(target), actual=float(actual), weight=10.0)
    assert score(**line)["over"] == over
    met = score(**line)["met"] == "yes"
    assert score(**line)["needs_reason"] == (over or not met)
    assert not score(**line, reason="price fell")["needs_reason"]
    assert score(**line, reason="  ")["needs_reason"] == (over or not met)


def test_points_are_rounded_half_up_as_a_form_prints_them():
    # 10 × 0.8625 = 8.625, which binary floats hold a hair below
    assert score(direction=">=", target=1.0, actual=0.8625, weight=10.0)["points"] == 8.63
    # 1.005 is 1.00499999999999989 in binary; people see the five
    assert round_points(np.array([1.005, 1.00499, np.nan])).tolist()[:2] == [1.01, 1.0]


def test_conventions_are_counted_over_all_rows():
    lines = pd.DataFrame({
        "nature": ["quantitative", None, "quantitative", "quantitative"], "direction": ["<=", ">=", None, ">="], "target": [0.0, 5.0, 4.0, 5.0],
        "actual": [1.0, np.nan, 2.0, 5.0], "weight": [10.0, 10.0, 10.0, 10.0],
    })
    counted = count_conventions(score_indicators(lines, MOF)).set_index("rule")
    assert counted["indicators"].to_dict() == {
        "convention.nature_assumed": 1, "convention.direction_assumed": 1, "convention.zero_target": 1, "convention.actual_missing": 1,
    }
    assert counted.loc["convention.actual_missing", "share"] == 0.25
    assert counted["unscored"].to_dict()["convention.actual_missing"]
    assert not counted["unscored"].to_dict()["convention.zero_target"]


def test_no_rows_give_no_rows():
    empty = pd.DataFrame({"target": pd.Series(dtype=float), "weight": pd.Series(dtype=float)})
    scored = score_indicators(empty, MOF)
    assert len(scored) == 0
    assert len(count_conventions(scored)) == 0
