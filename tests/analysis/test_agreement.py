"""Agreement of two scores: against numbers that others published, arithmetic by hand, and simulated truth."""

import numpy as np
import pandas as pd
import pytest

from perfanalysis.analysis.agreement import (
    correct_scores,
    fit_correction,
    measure_agreement,
    measure_concordance,
    measure_icc,
    measure_kappa,
    pair_scores,
    shrink_units,
    weigh_reviewed,
    weighted_bias,
)

GRADES = {"excellent": 90.0, "good": 80.0, "fair": 60.0, "poor": 0.0}


def make_pairs(own, other, units=None):
    return pd.DataFrame({"unit": units or ["1"] * len(own), "project": [str(n) for n in range(len(own))], "self_score": own, "review": other})


# Bland and Altman, Lancet 1986, table 1: first reading of the large and of the mini Wright peak flow meter (l/min), 17 people
LARGE = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]


def test_limits_of_agreement_are_those_of_bland_and_altman_1986():
    found = measure_agreement(make_pairs(LARGE, MINI), rng=np.random.default_rng(1))
    # published: mean difference −2.1, standard deviation 38.8
    assert found.at["bias", "value"] == pytest.approx(-2.1, abs=0.05)
    assert found.at["spread", "value"] == pytest.approx(38.8, abs=0.05)
    # −2.1 ± 1.96 · 38.8
    assert found.at["limit_low", "value"] == pytest.approx(-78.1, abs=0.1)
    assert found.at["limit_high", "value"] == pytest.approx(73.9, abs=0.1)
    # the paper's 95 % intervals: bias −22.0 to 17.8 (t = 2.12, standard error 9.4)
    assert (found.at["bias", "low"], found.at["bias", "high"]) == (pytest.approx(-22.0, abs=0.1), pytest.approx(17.8, abs=0.1))
    assert found.at["concordance", "low"] < found.at["concordance", "value"] < found.at["concordance", "high"]


def test_the_slope_is_that_of_the_difference_on_the_mean():
    # other = own / 2: difference = own / 2, mean = 3/4 own, so that the slope is 2/3
    found = measure_agreement(make_pairs([60.0, 80.0, 100.0, 70.0], [30.0, 40.0, 50.0, 35.0]), rng=np.random.default_rng(1))
    assert found.at["slope", "value"] == pytest.approx(2 / 3)


def test_intraclass_correlations_are_those_of_shrout_and_fleiss_1979():
    ratings = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)
    found = {form: round(float(value), 2) for form, value in measure_icc(ratings).items()}
    assert found == {"1,1": 0.17, "2,1": 0.29, "3,1": 0.71, "1,k": 0.44, "2,k": 0.62, "3,k": 0.91}


def test_concordance_by_hand():
    # variances (1/n) 2/3 each, covariance 2/3, means apart by 1: 2 · 2/3 ÷ (4/3 + 1) = 4/7
    assert measure_concordance(np.array([1.0, 2, 3]), np.array([2.0, 3, 4])) == pytest.approx(4 / 7)
    assert np.isnan(measure_concordance(np.array([1.0, 1]), np.array([1.0, 1])))


@pytest.mark.parametrize(("weights", "published"), [(None, 0.4915), ("linear", 0.4737), ("quadratic", 0.4545)])
def test_weighted_kappa_of_a_published_table(weights, published):
    value, low, high = measure_kappa([[44, 5, 1], [7, 20, 3], [9, 5, 6]], weights)
    assert value == pytest.approx(published, abs=5e-5)
    assert low < value < high


def test_kappa_says_nothing_of_a_single_grade():
    assert np.isnan(measure_kappa([[0, 0], [0, 12]], "linear")).all()


def test_the_finance_bureaus_evaluation_goes_first():
    projects = pd.DataFrame({"unit": "1", "project": ["a", "b", "c"], "self_score": [95.0, 96.0, np.nan]})
    reviews = pd.DataFrame({"project": ["a", "a", "b", "c"], "reviewer": ["department", "fiscal", "department", "fiscal"], "score": [94.0, 85.0, np.nan, 90.0]})
    pairs = pair_scores(projects, reviews)
    assert pairs[["project", "review"]].values.tolist() == [["a", 85.0]]


def test_weights_are_what_the_selection_was():
    # of 100 projects in a key area 50 were reviewed, of 100 others 10: a reviewed one stands for 2, or for 10
    projects = pd.DataFrame({"budget": 1e6, "key_area": ["x"] * 100 + [None] * 100, "priority": False})
    reviewed = pd.Series([True] * 50 + [False] * 50 + [True] * 10 + [False] * 90)
    weights = weigh_reviewed(projects, reviewed)
    assert weights[:50].to_numpy() == pytest.approx(2) and weights[100:110].to_numpy() == pytest.approx(10)
    assert weights[~reviewed].isna().all()


def test_a_selection_that_the_drivers_decide_has_no_weights():
    projects = pd.DataFrame({"budget": 1e6, "key_area": ["x"] * 30 + [None] * 30, "priority": False})
    assert weigh_reviewed(projects, projects["key_area"].notna()).isna().all()


def test_the_weighted_bias_by_hand():
    # differences 10 (weight 1) and 4 (weight 3): mean 5.5; standard error √(1/16 · 4.5² + 9/16 · 1.5²) = √(1.265625 + 1.265625) = 1.59099
    mean, low, high = weighted_bias(make_pairs([90.0, 90.0], [80.0, 86.0]), pd.Series([1.0, 3.0]))
    assert mean == pytest.approx(5.5)
    assert (high - low) / 2 == pytest.approx(1.959964 * 1.5909903)


def test_shrinking_by_hand():
    # residual 1, four projects each: s² = 1/4, w = 4; deviations 1, −1: Σz² = 8, I − 1 = 1, Σw − Σw²/Σw = 8 − 4 = 4, τ² = 7/4, B = 1.75/2 = 0.875
    units = pd.Series(["a"] * 4 + ["b"] * 4)
    frame, between, alike = shrink_units(units, pd.Series([1.0] * 4 + [-1.0] * 4), 1.0)
    assert between == pytest.approx(1.75**0.5)
    assert frame["shrunk"].tolist() == pytest.approx([0.875, -0.875])
    assert frame["error"].tolist() == pytest.approx([(0.875 / 4) ** 0.5] * 2)
    # chi-square of 8 with one degree of freedom
    assert alike == pytest.approx(0.004678, abs=1e-6)
    # two deviations of 0.1: Σz² = 0.08, less than I − 1
    assert shrink_units(units, pd.Series([0.1] * 4 + [-0.1] * 4), 1.0)[1] == 0


def test_without_noise_the_correction_is_the_line():
    own = np.array([85.0, 90.0, 95.0, 100.0])
    correction = fit_correction(make_pairs(own, 50 + 0.4 * own))
    assert (correction.intercept, correction.slope, correction.residual) == (pytest.approx(50), pytest.approx(0.4), pytest.approx(0, abs=1e-9))
    projects = pd.DataFrame({"unit": ["1", "1", "2"], "self_score": [100.0, 100.0, 75.0], "review": [np.nan, 70.0, np.nan]})
    units, grades = correct_scores(projects, correction, GRADES, rng=np.random.default_rng(1), draws=50)
    # unit 1: 50 + 0.4 · 100 = 90 and the known 70; unit 2: 80
    assert units["corrected"].tolist() == pytest.approx([80, 80, 80])
    assert units.at["1", "reviewed"] == 1 and units.at["", "projects"] == 3
    assert grades["submitted"].to_dict() == {"excellent": 2, "good": 0, "fair": 1, "poor": 0}
    assert grades["corrected"].to_dict() == {"excellent": 1, "good": 1, "fair": 1, "poor": 0}


def test_the_intervals_hold_the_truth_as_often_as_they_say():
    """Selection by size, reviews lower by 0.5 a point of self-score above 80, departments that differ by 1.5 points: 95 % intervals of the corrected mean."""
    inside, seeds = 0, 80
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        n, unit = 400, rng.integers(0, 40, 400)
        own = rng.uniform(85, 99, n)
        truth = own - 0.5 * (own - 80) + rng.normal(0, 1.5, 40)[unit] + rng.normal(0, 2.5, n)
        budget = rng.lognormal(0, 1, n)
        reviewed = rng.random(n) < np.clip(0.3 * np.sqrt(budget), 0, 0.9)
        projects = pd.DataFrame({"unit": unit.astype(str), "project": np.arange(n).astype(str), "self_score": own, "budget": budget, "key_area": None, "priority": False})
        pairs = projects.assign(review=truth)[reviewed][["unit", "project", "self_score", "review"]].reset_index(drop=True)
        weights = weigh_reviewed(projects, pd.Series(reviewed))[reviewed].reset_index(drop=True)
        units, _ = correct_scores(projects.assign(review=np.where(reviewed, truth, np.nan)), fit_correction(pairs, weights), GRADES, rng=rng, draws=200)
        inside += units.at["", "low"] <= truth.mean() <= units.at["", "high"]
    # 76 expected; fewer than 69 has a probability of about one in 1,000 if the coverage is 95 %
    assert inside >= 69
