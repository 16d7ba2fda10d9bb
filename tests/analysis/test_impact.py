"""Difference-in-differences: tables worked out by hand, saturated regressions of statsmodels, and cities whose effect is known."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from perfanalysis.analysis import impact, impact_contrasts
from perfanalysis.analysis.impact import NEVER

DAYS = pd.date_range("2018-03-31", periods=8, freq="QE")


def rows(values: dict[str, list[float | None]], began: dict[str, str], measure="m") -> pd.DataFrame:
    return pd.DataFrame([
        {"unit": unit, "period": DAYS[place], "measure": measure, "value": value, "treated_from": pd.Timestamp(began[unit]) if unit in began else pd.NaT}
        for unit, series in values.items() for place, value in enumerate(series)])


#: Two treated from the second period on, two never: means 10 → 16 and 20 → 22, so 6 − 2 = 4.
TWO_BY_TWO = rows({"a": [9, 14], "b": [11, 18], "c": [19, 22], "d": [21, 22]}, {"a": "2018-06-30", "b": "2018-06-30"})
#: One start at place 1 (a, b), one at 2 (c), two never (d, e).
STAGGERED = rows({"a": [1, 4, 6], "b": [3, 5, 9], "c": [2, 3, 9], "d": [5, 6, 7], "e": [7, 8, 11]},
                 {"a": "2018-06-30", "b": "2018-05-01", "c": "2018-09-30"})


def test_two_by_two_by_hand():
    found = impact.estimate_overall(impact.arrange_panel(TWO_BY_TWO, "m"))
    # changes 5 and 7 against 3 and 1: 6 − 2; each variance 2, error √(2/2 + 2/2); Welch: (1 + 1)² / (1²/1 + 1²/1) = 2 degrees of freedom
    assert found["estimate"] == pytest.approx(4)
    assert found["error"] == pytest.approx(np.sqrt(2))
    assert found["df"] == pytest.approx(2)
    # the t table's 4.303 at 2 degrees of freedom
    assert found["high"] - 4 == pytest.approx(4.3026527 * np.sqrt(2), rel=1e-6)


def test_two_by_two_is_welchs_test_of_the_changes():
    rng = np.random.default_rng(3)
    values = {name: [0.0, float(change)] for name, change in zip("abcdefg", rng.normal(size=7), strict=True)}
    found = impact.estimate_overall(impact.arrange_panel(rows(values, dict.fromkeys("abc", "2018-06-30")), "m"))
    change = np.array([series[1] for series in values.values()])
    expected = stats.ttest_ind(change[:3], change[3:], equal_var=False)
    assert found["estimate"] / found["error"] == pytest.approx(expected.statistic)
    assert found["df"] == pytest.approx(expected.df)
    assert [found["low"], found["high"]] == pytest.approx([*expected.confidence_interval(0.95)])


def test_two_by_two_is_the_saturated_regression_with_clustered_errors():
    panel = impact.arrange_panel(TWO_BY_TWO, "m")
    treated = TWO_BY_TWO["unit"].isin(["a", "b"]).astype(float)
    after = (TWO_BY_TWO["period"] > DAYS[0]).astype(float)
    design = sm.add_constant(np.column_stack([treated, after, treated * after]))
    fit = sm.OLS(TWO_BY_TWO["value"], design).fit(cov_type="cluster", cov_kwds={"groups": TWO_BY_TWO["unit"].factorize()[0], "use_correction": False})
    assert impact.estimate_overall(panel)["estimate"] == pytest.approx(fit.params.iloc[3])
    # clustered sandwich without correction divides by n where a variance divides by n − 1: here by 2 and 1
    assert impact.estimate_overall(panel)["error"] == pytest.approx(fit.bse.iloc[3] * np.sqrt(2))


def test_every_att_by_hand():
    att = impact.estimate_att(impact.arrange_panel(STAGGERED, "m")).set_index(["since", "units"])["estimate"]
    # a and b (start at 1): means 2, 4.5, 7.5; never: 6, 7, 9. At 1: 2.5 − 1; at 2: 5.5 − 3
    assert att[0, 2] == pytest.approx(1.5)
    assert att[1, 2] == pytest.approx(2.5)
    # c (start at 2): 2, 3, 9. Before: (2 − 3) − (6 − 7); at 2: 6 − 2
    assert att[-2, 1] == pytest.approx(0)
    assert att[0, 1] == pytest.approx(4)


def test_mean_over_units_and_periods_by_hand():
    panel = impact.arrange_panel(STAGGERED, "m")
    # two units with 1.5 and 2.5, one with 4: (2 × 1.5 + 2 × 2.5 + 4) / 5
    assert impact.estimate_overall(panel)["estimate"] == pytest.approx(2.4)
    # at 1 c has not begun either: it changes by 1 as d and e do, so nothing moves
    assert impact.estimate_overall(panel, "not_yet")["estimate"] == pytest.approx(2.4)
    events = impact.study_events(panel).set_index("since")
    # at the start: (2 × 1.5 + 4) / 3
    assert events.loc[0, "estimate"] == pytest.approx(7 / 3)
    assert events.loc[-1, ["estimate", "units"]].tolist() == [0, 3]


def test_a_group_of_one_has_an_estimate_but_no_interval():
    events = impact.study_events(impact.arrange_panel(STAGGERED, "m"))
    assert events.loc[events["since"] == 0, ["error", "low"]].isna().all(axis=None)


def test_units_that_cannot_be_used_are_named():
    gone = rows({"a": [1, 2, 3], "b": [1, None, 3], "c": [1, 2, 3], "d": [1, 1, 1]}, {"a": "2018-06-30", "c": "2018-01-01"})
    panel = impact.arrange_panel(gone, "m")
    assert panel.left_out.to_dict("list") == {"unit": ["b", "c"], "reason": ["gaps", "always"]}
    assert panel.start.tolist() == [1, NEVER]
    # a start after the data has not happened in them
    assert impact.arrange_panel(gone.assign(treated_from=pd.Timestamp("2030-01-01")), "m").cohorts == []


def test_two_way_is_the_dummy_regression():
    panel = impact.arrange_panel(STAGGERED, "m")
    units, periods = pd.get_dummies(STAGGERED["unit"], dtype=float), pd.get_dummies(STAGGERED["period"], drop_first=True, dtype=float)
    under = (STAGGERED["period"] >= STAGGERED["treated_from"]).astype(float)
    fit = sm.OLS(STAGGERED["value"], np.column_stack([under, units, periods])).fit()
    assert impact_contrasts.infer_two_way(panel)["estimate"] == pytest.approx(fit.params.iloc[0])


def test_permutation_counts_the_deals():
    panel = impact.arrange_panel(TWO_BY_TWO, "m")
    weights = impact.average_effects(impact.weigh_effects(panel), panel)
    # changes 5, 7, 3, 1: of the 6 ways to choose two of four, {5, 7} and its mirror {3, 1} differ by 4, all others by less: p → 2/6
    assert impact.permute_starts(weights, panel, np.random.default_rng(1), 5999) == pytest.approx(1 / 3, abs=0.02)


def test_pretended_start_lies_before_every_real_one():
    values = {"a": [1, 2, 4, 9, 9, 9], "b": [0, 1, 1, 1, 9, 9], "c": [1, 1, 1, 1, 1, 1], "d": [2, 2, 2, 2, 2, 2]}
    panel = impact.arrange_panel(rows(values, {"a": str(DAYS[3].date()), "b": str(DAYS[4].date())}), "m")
    early = impact.shift_starts(panel, 1)
    assert early.values.shape[1] == 3
    # a rises by 2 and b by 0 from place 1 to 2, the others not: mean 1
    assert impact.estimate_overall(early)["estimate"] == pytest.approx(1)
    assert impact.shift_starts(panel, 2) is None


def test_interrupted_series_is_the_segmented_regression():
    rng = np.random.default_rng(5)
    days = pd.date_range("2018-01-31", periods=14, freq="ME")
    value = rng.normal(size=14).cumsum()
    frame = pd.DataFrame({"unit": "a", "period": days, "measure": "m", "value": value, "treated_from": days[9]})
    found = impact_contrasts.interrupt_series(impact.arrange_panel(frame, "m"), season=12, compared=False)
    after, time = (np.arange(14) >= 9).astype(float), np.arange(14)
    fit = sm.OLS(value, np.column_stack([np.ones(14), time, after, after * (time - 9)])).fit(cov_type="HAC", cov_kwds={"maxlags": 2, "use_correction": True})
    # level plus the mean of slope × 0 … 4
    ask = np.array([0, 0, 1, 2.0])
    assert found["lag"] == 2  # 4 × 0.14^(2/9) = 2.58
    assert found["estimate"] == pytest.approx(ask @ fit.params)
    assert found["error"] == pytest.approx(float(np.sqrt(ask @ fit.cov_params() @ ask)))


def test_newey_west_lag():
    assert [impact_contrasts.newey_west_lag(periods) for periods in (20, 100, 250)] == [2, 4, 4]


def test_synthetic_control_finds_the_mixture():
    # a is a quarter of c and three quarters of d until place 3, then 5 more
    c, d = np.array([1, 4, 2, 8, 3, 1.0]), np.array([2, 2, 5, 1, 7, 7.0])
    a = 0.25 * c + 0.75 * d + np.array([0, 0, 0, 0, 5, 5])
    assert impact_contrasts.weigh_donors(a[:4], np.array([c[:4], d[:4]])) == pytest.approx([0.25, 0.75], abs=1e-6)
    panel = impact.arrange_panel(rows({"a": [*a], "c": [*c], "d": [*d]}, {"a": str(DAYS[4].date())}), "m")
    assert impact_contrasts.synthesise_control(panel, shifted=False)["estimate"] == pytest.approx(5, abs=1e-5)


def test_wild_bootstrap_is_silent_where_no_draw_could_be_extreme():
    assert np.isnan(impact_contrasts.bootstrap_two_way(impact.arrange_panel(STAGGERED, "m"), np.random.default_rng(1)))


def test_length_of_a_year():
    assert [impact_contrasts.season_of(pd.date_range("2015-01-31", periods=9, freq=freq)) for freq in ("ME", "QE", "YE")] == [12, 4, 1]
