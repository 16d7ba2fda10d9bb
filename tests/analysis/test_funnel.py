"""Funnel limits, over-dispersion, false discoveries, shrinkage and difficulty: by hand, against published numbers, and over simulated cities."""

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from perfanalysis.analysis.funnel import (
    adjust_for_difficulty,
    limits_of_count,
    measure_dispersion,
    measure_funnel,
    measure_share_funnel,
    shrink_means,
)


def test_exact_limits_of_a_count_as_published():
    assert limits_of_count(1) == pytest.approx((0.025318, 5.571644), abs=1e-6)
    assert limits_of_count(0)[0] == 0
    assert limits_of_count(0)[1] == pytest.approx(-np.log(0.025), rel=1e-12)  # (1 − p)⁰: e^−m = 0.025


def test_over_dispersion_by_hand():
    # Σz² = 0 + 1 + 1 + 9 + 9 = 20, φ = 20/5 = 4; w = 4 each: Σw − Σw²/Σw = 20 − 80/20 = 16; τ² = (5·4 − 4)/16 = 1
    assert measure_dispersion(np.array([0, 1, -1, 3, -3.0]), np.full(5, 4.0), trim=0) == (4, 1)
    # less than chance alone: φ = 0.4, τ² would be negative and is 0
    assert measure_dispersion(np.array([0, 1, -1, 0, 0.0]), np.full(5, 4.0), trim=0) == (0.4, 0)


def test_the_furthest_tenths_are_winsorised():
    # eleven z-scores −5 … 5: the tenth quantiles are −4 and 4; Σz² = 2·(1 + 4 + 9 + 16 + 16) = 92. Of a normal distribution cut at ±1.281552 remains
    # 0.8 − 2 · 1.281552 · 0.175498 + 0.2 · 1.642375 = 0.678655
    dispersion, _ = measure_dispersion(np.arange(-5, 6.0), np.ones(11))
    assert dispersion == pytest.approx(92 / 11 / 0.678655, rel=1e-5)


def test_winsorised_chance_is_still_chance():
    dispersion, _ = measure_dispersion(np.random.default_rng(3).standard_normal(200_000), np.ones(200_000))
    assert dispersion == pytest.approx(1, abs=0.01)


def test_limits_by_hand():
    frame = pd.DataFrame({"value": [0, 1, -1, 3, -3.0, np.nan], "error": [0.5] * 5 + [0.5]}, index=list("abcdef"))
    made = measure_funnel(frame, trim=0)
    # z = value/0.5 is 0, 2, −2, 6, −6: Σz² = 80, φ = 16; w = 4: τ² = (80 − 4)/16 = 4.75; limits 0 ± 1.96 · √(0.25 + 4.75) = 1.959964 · 2.236068
    assert made.index.tolist() == list("abcdef")
    assert made.loc["a", ["centre", "dispersion", "between"]].tolist() == pytest.approx([0, 16, np.sqrt(4.75)])
    assert made.loc["a", ["low_95", "high_95"]].tolist() == pytest.approx([-4.382613, 4.382613], abs=1e-6)
    assert made.loc["a", "high_998"] == pytest.approx(3.090232 * 2.236068, abs=1e-5)
    assert made["state"].tolist()[:5] == ["within"] * 5
    assert made.loc["f"].isna().all()


def test_false_discoveries_are_controlled_step_by_step():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"value": np.concatenate([rng.normal(0, 1, 40), [5, 6, -4.5]]), "error": 1.0})
    made = measure_funnel(frame)
    # Benjamini and Hochberg again, by their definition: the smallest p·I/j over all that are no better
    p = np.sort(made["p"].to_numpy())
    expected = [min(p[k] * len(p) / (k + 1) for k in range(j, len(p))) for j in range(len(p))]
    assert np.sort(made["q"].to_numpy()) == pytest.approx([min(1, q) for q in expected])
    assert made.index[made["state"] == "stands_out"].tolist() == [40, 41, 42]
    # what is unusual alone need not stand out: p below 0.05, but not after allowing for 43 units
    alone = made[made["state"] == "unusual"]
    assert ((alone["p"] < 0.05) & (alone["q"] >= 0.05)).all()


def test_eight_schools_as_published():
    """Rubin, 1981: coaching in eight schools; Gelman and others: pooled 7.7 points with a standard error of 4.1, no difference between schools that chance
    does not explain (Q = 4.7 on 7 degrees of freedom)."""
    frame = pd.DataFrame({"value": [28, 8, -3, 7, -1, 1, 18, 12.0], "error": [15, 10, 16, 11, 9, 11, 10, 18.0]})
    made = shrink_means(frame, np.random.default_rng(1))
    assert made["between"].tolist() == [0] * 8
    assert made["shrunk"].tolist() == pytest.approx([7.7] * 8, abs=0.05)
    assert (made["shrunk_high"] - made["shrunk"]).tolist() == pytest.approx([1.645 * 4.1] * 8, abs=0.1)
    # nobody can be told from another: all places are open
    assert (made["rank_low"] == 1).all()
    assert (made["rank_high"] == 8).all()


def test_shrinkage_by_hand():
    # weights 1, mean 5, Q = 25 + 0 + 25 = 50; τ² = (50 − 2)/(3 − 3/3) = 24; B = 24/25; 0 → 0.04 · 5 = 0.2, 10 → 9.8
    made = shrink_means(pd.DataFrame({"value": [0, 5, 10.0, np.nan], "error": [1, 1, 1, 1.0]}, index=list("abcd")), np.random.default_rng(1))
    assert made["shrunk"].tolist()[:3] == pytest.approx([0.2, 5, 9.8])
    assert made.loc["a", ["mean", "own_share"]].tolist() == pytest.approx([5, 0.96])
    # variance B · 1 + 0.04² / (3/25) = 0.96 + 0.0133…
    assert made.loc["a", "shrunk_high"] == pytest.approx(0.2 + 1.644854 * np.sqrt(0.96 + 0.0016 * 25 / 3), abs=1e-5)
    assert made[["rank", "rank_low", "rank_high"]].iloc[:3].to_numpy().tolist() == [[3, 3, 3], [2, 2, 2], [1, 1, 1]]
    assert made.loc["d"].isna().all()


def test_difficulty_explains_what_it_explains():
    coefficient = np.linspace(0.9, 1.2, 31)
    noise = np.where(np.arange(31) % 2, 0.1, -0.1)
    frame = pd.DataFrame({"value": 10 + 4 * (coefficient - coefficient.mean()) + noise, "error": 0.1, "between": 0.0, "coefficient": coefficient})
    made = adjust_for_difficulty(frame)
    assert made["slope"].iloc[0] == pytest.approx(4, abs=0.2)
    assert made["slope_low"].iloc[0] < 4 < made["slope_high"].iloc[0]
    assert (frame["value"] - made["shift"] - (10 + noise)).abs().max() < 0.05
    assert adjust_for_difficulty(frame.head(19)).isna().all(axis=None)  # too few
    assert adjust_for_difficulty(frame.assign(coefficient=1.0)).isna().all(axis=None)  # nothing differs


def test_shares_are_judged_exactly():
    # 86 of 100 together. 7 of 7: P(7) = 0.86⁷ = 0.347928, mid-p above it 0.173964
    frame = pd.DataFrame({"met": [7, 79.0], "of": [7, 93.0]})
    made = measure_share_funnel(frame, trim=0)
    assert made["centre"].tolist() == [0.86, 0.86]
    # 79 of 93 is 0.849, so that Σz² is below 1 and there is nothing beyond chance
    assert made["between"].tolist() == [0, 0]
    assert made.loc[0, "z"] == pytest.approx(NormalDist().inv_cdf(1 - 0.86**7 / 2), abs=1e-9)
    # no share of seven is too high, and 3 of 7 is too low: P(≤ 3) = 0.0096, mid-p 0.0054; 4 of 7: 0.0610 and 0.0353 − more than 0.025
    assert made.loc[0, "high_95"] == 1
    assert 3 / 7 < made.loc[0, "low_95"] < 4 / 7


def cities(many, planted=0, overdispersed=0.0):
    """Of ``many`` cities with 147 units: how often any unit without a difference stands out, and the share of planted ones that do."""
    rng, false, found = np.random.default_rng(11), 0, []
    for _ in range(many):
        size = rng.integers(7, 130, 147)
        true = np.clip(0.87 + overdispersed * rng.standard_normal(147), 0.5, 0.99)
        true[:planted], size[:planted] = 0.45, np.maximum(size[:planted], 30)
        made = measure_share_funnel(pd.DataFrame({"met": rng.binomial(size, true), "of": size}))
        false += (made["state"].iloc[planted:] == "stands_out").any()
        found.append((made["state"].iloc[:planted] == "stands_out").mean() if planted else 0)
    return false / many, np.mean(found)


def test_where_nobody_differs_hardly_a_city_names_anybody():
    # at a rate of 0.05 one city in twenty: of 100 at most 11 but for one case in a hundred
    assert cities(100)[0] <= 0.11


def test_usual_differences_between_units_are_no_discovery():
    assert cities(100, overdispersed=0.05)[0] <= 0.11


def test_units_with_half_the_share_are_found():
    assert cities(40, planted=5, overdispersed=0.03)[1] > 0.95
