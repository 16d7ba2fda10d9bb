"""XmR chart and CUSUM against the constants and run lengths that are published, and by hand."""

import numpy as np
import pandas as pd
import pytest

from perfanalysis.monitoring.signals import (
    D2,
    DECISION,
    LIMIT_FACTOR,
    RANGE_FACTOR,
    REFERENCE,
    _find_rules,
    adjust_season,
    measure_limits,
    measure_signals,
    simulate_false_alarms,
)


def test_the_constants_are_those_of_ranges_of_two():
    # the range of two normal values has mean 2 ÷ √π and variance 2 − 4 ÷ π
    mean, deviation = 2 / np.pi**0.5, (2 - 4 / np.pi) ** 0.5
    assert round(mean, 3) == D2
    assert round(3 / mean, 2) == LIMIT_FACTOR
    assert round(1 + 3 * deviation / mean, 3) == RANGE_FACTOR


def average_run_length(k, h, states=400):
    """Of a one-sided CUSUM in control, as a Markov chain (Brook and Evans 1972)."""
    from scipy.stats import norm

    width = 2 * h / (2 * states - 1)
    centres = np.arange(states) * width
    upper = norm.cdf(centres[None, :] + width / 2 - centres[:, None] + k)
    lower = norm.cdf(centres[None, :] - width / 2 - centres[:, None] + k)
    moves = upper - lower
    moves[:, 0] = upper[:, 0]
    return np.linalg.solve(np.eye(states) - moves, np.ones(states))[0]


def test_the_cusum_gives_a_false_alarm_every_465_periods():
    # one side 931, both 1 ÷ (1/931 + 1/931) = 465: Montgomery's table for k = 0.5, h = 5
    assert average_run_length(REFERENCE, DECISION) / 2 == pytest.approx(465, abs=1)
    values = np.random.default_rng(7).normal(size=(2000, 3000))
    values[:, 0] = 0
    found = _find_rules(values, np.zeros(2000), np.full(2000, LIMIT_FACTOR * D2), 1)
    first = np.where(found["cusum"].any(axis=1), found["cusum"].argmax(axis=1), 3000)
    assert first.mean() == pytest.approx(465, rel=0.08)
    # 2.66 × 1.128 = 3.0005 standard deviations: 0.27 % of values lie outside
    assert found["outside"][:, 1:].mean() == pytest.approx(0.0027, abs=0.0002)


def test_large_ranges_are_left_out_of_the_limits():
    # nineteen ranges of 1 and two of 20 around one outlier: mean range 59 ÷ 21 = 2.81, times 3.267 is 9.2 < 20
    values = np.array([*[1.0, 2.0] * 5, 21.5, *[1.0, 2.0] * 5])
    ranges = np.abs(np.diff(values))
    kept = ranges[ranges < 5]
    assert measure_limits(values) == pytest.approx((values.mean(), 2.66 * kept.mean()))


BASE = [1.0, 2.0] * 10


def flags(later, rule):
    return measure_signals(pd.Series([*BASE, *later]), len(BASE))[rule].iloc[len(BASE):].tolist()


def test_each_rule_by_hand():
    # centre 1.5, every range 1: limits 1.5 ± 2.66, two thirds of them 1.77 away
    assert flags([4.1, 4.2, -1.17], "outside") == [False, True, True]
    assert flags([1.6] * 8, "run") == [False] * 6 + [True, True] or flags([1.6] * 8, "run")[-2:] == [True, True]
    assert flags([1.0, 1.6, 1.7, 1.8, 1.9, 2.0, 2.1], "trend") == [False] * 6 + [True]
    assert flags([3.4, 1.0, 3.4, 3.4], "two_of_three") == [False, False, True, True]
    assert flags([3.4, -0.4, 1.5], "two_of_three") == [False] * 3
    # each 3.5 is 2 ÷ (1 ÷ 1.128) = 2.256 standard deviations up: 1.756, 3.512, 5.268
    assert flags([3.5, 3.5, 3.5], "cusum") == [False, False, True]


def test_what_set_the_limits_is_no_signal_itself():
    values = pd.Series([*BASE[:10], 9.0, *BASE[:10]])
    assert not measure_signals(values, len(values))[["outside", "run", "trend", "two_of_three", "cusum"]].any(axis=None)


def test_a_season_is_taken_out_and_cumulative_amounts_are_undone():
    rows = [("A", year, month, 100.0, done) for year in (2018, 2019, 2020) for month, done in ((1, 10.0), (2, 50.0))]
    rows[-1] = ("A", 2020, 2, 100.0, 30.0)
    levels = adjust_season(pd.DataFrame(rows, columns=["series", "year", "month", "budget", "executed_to_date"]), 2020)
    # usual: 10 and 40 of 100; in February 2020 30 − 10 = 20, half of the usual
    assert levels["spent"].tolist() == [10, 40, 10, 40, 10, 20]
    assert levels["level"].tolist() == pytest.approx([1, 1, 1, 1, 1, 0.5])


def test_false_alarms_are_what_they_are_said_to_be_and_repeat():
    once, again = (simulate_false_alarms(24, 7, np.random.default_rng(3)) for _ in range(2))
    assert once == again
    assert once["any"] <= sum(once[rule] for rule in ("outside", "run", "trend", "two_of_three", "cusum"))
    # with limits known exactly 1 − 0.9973⁷ = 1.9 % would be outside; limits from 24 values miss more often, and never less
    assert 0.019 < once["outside"] < 0.12
    long = simulate_false_alarms(2000, 7, np.random.default_rng(3), units=1500)
    assert long["outside"] == pytest.approx(0.019, abs=0.01)
