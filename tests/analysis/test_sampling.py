"""Sampling by money: against the published factors and sizes, arithmetic by hand, and simulated truth."""

import numpy as np
import pandas as pd
import pytest

from perfanalysis.analysis.sampling import (
    draw_reviews,
    draw_sample,
    evaluate_sample,
    measure_factors,
    planning_factor,
    poisson_factor,
    rank_risk,
)
from perfanalysis.errors import RuleError
from perfanalysis.rules.sampling import load_risk_factors

# AICPA Audit Guide "Audit Sampling", confidence factors for sample evaluation, by risk of incorrect acceptance and number of overstatements (rounded up there)
PUBLISHED = {
    0.05: [3.00, 4.75, 6.30, 7.76, 9.16, 10.52, 11.85, 13.15, 14.44, 15.71, 16.97],
    0.10: [2.31, 3.89, 5.33, 6.69, 8.00, 9.28, 10.54, 11.78, 13.00, 14.21, 15.41],
    0.20: [1.61, 3.00, 4.28, 5.52, 6.73, 7.91, 9.08, 10.24, 11.38, 12.52, 13.66],
}


@pytest.mark.parametrize(("risk", "errors", "published"), [(risk, n, value) for risk, row in PUBLISHED.items() for n, value in enumerate(row)])
def test_confidence_factors_are_the_published_ones(risk, errors, published):
    assert published - 0.0101 <= poisson_factor(1 - risk, errors) <= published


def test_exact_poisson_limits():
    # one observed event, two-sided 95 %: 0.025318 to 5.571644; the lower limit is the upper one of an event less, from the other end
    assert poisson_factor(0.975, 1) == pytest.approx(5.571644, abs=1e-6)
    assert poisson_factor(0.025, 0) == pytest.approx(0.025318, abs=1e-6)


def test_a_sample_as_large_as_the_guide_asks_for():
    # a textbook's example: 2,500,000 of money, tolerable 125,000 (5 %), 95 %: 93 items and an interval of 2,500,000 / 93 = 26,882, which is what a ratio of 0.20 gives
    factor = planning_factor(0.95, 0.20)
    assert factor == pytest.approx(4.62, abs=0.01)
    assert np.ceil(factor / 0.05) == 93
    # no expected misstatement, 5 %: 60 items
    assert np.ceil(planning_factor(0.95, 0.0) / 0.05) == 60


def test_a_sample_without_misstatements_has_the_published_upper_limit():
    # the R package jfa's own test: 60 items of equal size, none wrong, 95 %: at most 0.04992887 of the money
    amounts = pd.Series(1.0, index=[f"{n:04d}" for n in range(60 * 100)])
    sample = draw_sample(amounts, confidence=0.95, tolerable=2.995732274 / 60, expected=0, seed=1)
    assert len(sample.items) == 60
    found = evaluate_sample(sample, sample.items.set_index("project")["amount"])
    assert found.at["over", "upper"] / sample.total == pytest.approx(0.04992887, abs=1e-8)
    assert found.at["over", "projected"] == 0


def make_sample():
    # 950 of small ones and a large one of 250: tolerable 0.25 · 1,200 = 300, factor 2.9957, interval 100.14: the large one is the top stratum
    amounts = pd.Series([50.0] * 19 + [250.0], index=[f"p{n:02d}" for n in range(20)])
    return draw_sample(amounts, confidence=0.95, tolerable=0.25, expected=0, seed=3)


def test_evaluation_by_hand():
    sample = make_sample()
    audited = sample.items.set_index("project")["amount"].copy()
    first, second, third = sample.items.loc[sample.items["stratum"] == "interval", "project"].iloc[:3]
    audited["p19"] = 240.0
    audited[first], audited[second], audited[third] = 40.0, 25.0, 60.0
    found = evaluate_sample(sample, audited)
    # overstated: taints 10/50 = 0.2 and 25/50 = 0.5; top stratum 10. Projected 10 + 0.7 · 100.1424 = 80.0997
    interval = 300 / 2.995732
    assert found.at["over", "projected"] == pytest.approx(10 + 0.7 * interval, abs=1e-3)
    # factors 2.9957, 4.7439, 6.2958: 2.9957 + 0.5 · 1.7481 + 0.2 · 1.5519 = 4.18015
    assert found.at["over", "upper"] == pytest.approx(10 + 4.18015 * interval, abs=0.02)
    assert found.at["over", "found"] == 3 and found.at["over", "known"] == 10
    # understated: a taint of 0.2 alone
    assert found.at["under", "projected"] == pytest.approx(0.2 * interval, abs=1e-3)
    assert found.at["under", "upper"] == pytest.approx((2.995732 + 0.2 * 1.7481) * interval, abs=0.02)


def test_the_top_stratum_is_drawn_for_certain_and_once():
    for seed in range(20):
        amounts = pd.Series([50.0] * 19 + [250.0], index=[f"p{n:02d}" for n in range(20)])
        items = draw_sample(amounts, confidence=0.95, tolerable=0.25, expected=0, seed=seed).items
        assert items.loc[items["project"] == "p19", "stratum"].tolist() == ["top"]
        assert items["project"].is_unique
        # 950 of the rest by an interval of 100.14: nine or ten
        assert (items["stratum"] == "interval").sum() in (9, 10)


def test_the_same_seed_gives_the_same_sample_whatever_the_order():
    rng = np.random.default_rng(5)
    amounts = pd.Series(rng.lognormal(0, 1, 500), index=[f"{n:03d}" for n in range(500)])
    draw = {"confidence": 0.95, "tolerable": 0.05, "expected": 0.01}
    one, shuffled = draw_sample(amounts, **draw, seed=7), draw_sample(amounts.sample(frac=1, random_state=1), **draw, seed=7)
    pd.testing.assert_frame_equal(one.items, shuffled.items)
    assert not one.items["project"].equals(draw_sample(amounts, **draw, seed=8).items["project"])


def test_what_was_not_examined_is_not_taken_for_right():
    sample = make_sample()
    audited = sample.items.set_index("project")["amount"].iloc[1:]
    with pytest.raises(KeyError, match=f"no audited amount for: {sample.items['project'].iloc[0]}"):
        evaluate_sample(sample, audited)


@pytest.mark.parametrize(("confidence", "tolerable", "expected"), [(1.0, 0.02, 0), (0.95, 0, 0), (0.95, 0.02, 0.02)])
def test_numbers_that_no_sample_can_be_planned_with(confidence, tolerable, expected):
    with pytest.raises(RuleError, match=r"confidence must be from 0\.5"):
        draw_sample(pd.Series([1.0], index=["a"]), confidence=confidence, tolerable=tolerable, expected=expected, seed=1)


def test_the_upper_limit_lies_above_the_truth_as_often_as_it_says():
    above, seeds = 0, 200
    for seed in range(seeds):
        rng = np.random.default_rng(1000 + seed)
        amounts = pd.Series(rng.lognormal(0, 1.2, 800), index=[f"{n:04d}" for n in range(800)])
        taint = np.where(rng.random(800) < 0.05, rng.uniform(0.1, 1, 800), 0)
        sample = draw_sample(amounts, confidence=0.95, tolerable=0.05, expected=0, seed=seed)
        found = evaluate_sample(sample, amounts * (1 - taint))
        above += found.at["over", "upper"] >= (amounts * taint).sum()
    # Stringer's bound is known to be conservative: at least 95 %
    assert above >= 190


def test_factors_and_risk_by_hand():
    projects = pd.DataFrame({
        "executed": [10.0, 20.0, 30.0], "budget": [10.0, 15.0, 60.0], "execution_rate": [1.0, 4 / 3, 0.5], "submitted": [90.5, np.nan, 85.0],
        "difference": [0.0, np.nan, 2.0], "indicators": [4.0, 0.0, 4.0], "easy": [2.0, 0.0, 0.0], "copied": [True, False, False], "self_evaluated": True,
    })
    factors = measure_factors(projects, reviewed=pd.Series([True, False, False]), overdue=None, thresholds=(60, 80, 90), width=1.0, low_execution=0.8)
    assert factors["size"].tolist() == [0, 0.5, 1]
    assert factors["near_grade"].fillna(-1).tolist() == [1, -1, 0]
    assert factors["score_differs"].fillna(-1).tolist() == [0, -1, 1]
    assert factors["no_targets"].tolist() == [0, 1, 0] and factors["easy_targets"].fillna(-1).tolist() == [0.5, -1, 0]
    assert factors["over_budget"].tolist() == [0, 1, 0] and factors["low_execution"].tolist() == [0, 0, 1]
    assert factors["unit_overdue"].isna().all() and factors["never_reviewed"].tolist() == [0, 1, 1]
    ranked = rank_risk(factors, {"size": 2, "easy_targets": 1, "never_reviewed": 1})
    # 100 · (0 · 2 + 0.5 + 0) / 4; 100 · (0.5 · 2 + 1) / 3 of the known; 100 · (2 + 0 + 1) / 4
    assert ranked["risk"].tolist() == pytest.approx([12.5, 200 / 3, 75])
    assert ranked["known"].tolist() == [1, 0.75, 1]
    assert ranked["reasons"].tolist() == [("easy_targets",), ("never_reviewed",), ("never_reviewed",)]


def test_re_evaluation_by_risk_and_at_random():
    risk = pd.Series(np.arange(100.0), index=[f"p{n:02d}" for n in range(100)])
    chosen = draw_reviews(risk, by_risk=10, at_random=9, rng=np.random.default_rng(2))
    assert chosen.index[:10].tolist() == [f"p{n}" for n in range(99, 89, -1)]
    assert chosen["chosen"].value_counts().to_dict() == {"risk": 10, "random": 9}
    # nine of the ninety others
    assert chosen.loc[chosen["chosen"] == "random", "chance"].unique().tolist() == [0.1] and chosen.index.is_unique
    pd.testing.assert_frame_equal(chosen, draw_reviews(risk, by_risk=10, at_random=9, rng=np.random.default_rng(2)))


def test_the_factors_are_data(tmp_path):
    shipped = load_risk_factors()
    assert shipped.illustrative and set(shipped.source) == {"en", "zh"}
    file = tmp_path / "mine.yaml"
    file.write_text("factors: {size: {weight: 1}, near_grade: {weight: 0}}", encoding="utf-8")
    assert load_risk_factors(file).weights == {"size": 1.0}
    file.write_text("factors: {colour: {weight: 1}}", encoding="utf-8")
    load_risk_factors.cache_clear()
    with pytest.raises(RuleError, match="no factor 'colour'; there are: size"):
        load_risk_factors(file)
