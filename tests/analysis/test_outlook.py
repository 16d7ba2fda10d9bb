"""The outlook that all reports share: made once, from nothing that became known later, and its records counted by hand."""


import numpy as np
import pandas as pd
import pytest

from perfanalysis.analysis import outlook as module
from perfanalysis.analysis.outlook import load_outlook, measure_backtest, summarise_outlook
from perfanalysis.dataset import write_dataset

LIMITS = {"goal": 0.8, "green_from": 0.8, "false_alarms": 0.05}


def execution(units=40, years=range(2015, 2021), seed=5):
    """Monthly courses: 90 % of 1,200,000 on average, a twelfth each month with noise; in every year the first two units execute half of the others' share."""
    rng = np.random.default_rng(seed)
    rows = []
    for unit in range(units):
        for year in years:
            final = 1_200_000 * 0.9 * np.exp(rng.normal(0, 0.04)) * (0.5 if unit < 2 else 1)
            shares = rng.dirichlet(np.full(12, 60.0)).cumsum()
            rows += [(f"U{unit:02d}", year, month, 1_200_000.0, final * share) for month, share in enumerate(shares, start=1)]
    frame = pd.DataFrame(rows, columns=["unit", "year", "month", "budget", "executed_to_date"])
    frame["period_end"] = pd.to_datetime(frame[["year", "month"]].assign(day=1)) + pd.offsets.MonthEnd(0)
    return frame.drop(columns="month").assign(project=np.nan, projected=np.nan)


def test_nothing_later_than_the_day_is_used():
    frame = execution()
    later = frame["period_end"] > "2020-06-30"
    whole = summarise_outlook(frame, 2020, 6, **LIMITS)
    cut = summarise_outlook(frame[~later], 2020, 6, **LIMITS)
    for name in ("ahead", "backtest", "warning", "levels", "alarms"):
        pd.testing.assert_frame_equal(getattr(whole, name), getattr(cut, name))


def test_the_end_of_a_year_whose_accounts_are_open_is_used_nowhere():
    frame = execution()
    end = frame["period_end"] == "2019-12-31"
    made = [summarise_outlook(rows, 2020, 6, settled_after=2, **LIMITS) for rows in (frame, frame.assign(executed_to_date=frame["executed_to_date"].mask(end, 5.0)))]
    for name in ("ahead", "backtest", "warning", "levels"):
        columns = [column for column in getattr(made[0], name) if column != "final"]
        pd.testing.assert_frame_equal(*(getattr(one, name)[columns] for one in made))


def test_the_backtest_is_money_weighted_and_compares_on_the_same_cases():
    rolled = pd.DataFrame({
        "year": [2019, 2019, 2019], "final": [100.0, 300.0, np.nan], "projected": [90.0, 330.0, 50.0], "low": [95.0, 300.0, np.nan], "high": [105.0, 340.0, np.nan],
        "pro_rata": [200.0, 300.0, 50.0], "last_share": [np.nan, 330.0, 50.0], "own": np.nan,
    })
    tested = measure_backtest(rolled).set_index("method")
    # (10 + 30) ÷ 400; (100 + 0) ÷ 400; 30 ÷ 300, and the projection there 30 ÷ 300 too
    assert tested["error"].round(9).fillna(-1).tolist() == [0.1, 0.25, 0.1, -1]
    assert tested.loc["last_share", "projection_error"] == pytest.approx(0.1)
    # both finals lie in their intervals, ends included
    assert tested.loc["projection", ["coverage", "intervals"]].tolist() == [1, 2]
    assert tested["cases"].tolist() == [2, 2, 1, 0]


def test_warnings_are_counted_at_one_rate_of_false_alarms():
    # 20 met: chances 0.05, 0.10 … 1.00; 2 missed: 0.01 and 0.07. One in twenty of the met may be warned in vain: the limit is the second lowest, 0.10
    rolled = pd.DataFrame({
        "series": [f"s{place}" for place in range(22)], "year": 2019, "budget": 100.0, "final": [90.0] * 20 + [50.0, 50.0],
        "chance": [*np.arange(1, 21) / 20, 0.01, 0.07], "executed_to_date": [45.0] * 18 + [30.0, 30.0, 45.0, 20.0],
    })
    goals = pd.Series(80.0, index=pd.MultiIndex.from_frame(rolled[["series", "year"]]))
    row = module._measure_warning(rolled, goals, 6, 0.8, 0.05).iloc[0]
    assert row[["missed", "met"]].tolist() == [2, 20]
    # light: below 0.8 × 100 × 6 ÷ 12 = 40: two of the met, one of the missed; at one false alarm its limit is 0.30 ÷ 0.5, met twice, so 0.20 alone is below
    assert row[["missed_light", "met_light", "caught_light", "caught_chance"]].tolist() == [1, 2, 1, 2]
    assert row["cut"] == pytest.approx(0.10)


def test_those_who_always_spend_half_are_known_for_it_early():
    made = summarise_outlook(execution(), 2020, 2, **LIMITS)
    ahead = made.ahead.set_index("unit")
    assert (ahead.loc[["U00", "U01"], "chance"] < 0.1).all()
    assert ahead.drop(["U00", "U01"])["chance"].median() > 0.9
    # twelve months a year of five years before 2020, and two of 2020
    assert made.alarms[["baseline", "length"]].iloc[0].tolist() == [60, 2]


def test_it_is_made_once(tmp_path, monkeypatch):
    frame = execution(units=5)
    units = pd.DataFrame({"unit": sorted(frame["unit"].unique()), "name": "甲", "kind": "department"})
    nothing = pd.DataFrame({name: pd.Series(dtype="str") for name in ("table", "unit", "file", "sheet", "row", "severity", "problems_en", "problems_zh", "values")})
    dataset = write_dataset(tmp_path / "city", {"units": units, "execution": frame}, set_aside=nothing, sources=[])
    first = load_outlook(dataset, 2020, 6, **LIMITS)

    def never(*_, **__):
        raise AssertionError("made a second time")

    monkeypatch.setattr(module, "summarise_outlook", never)
    pd.testing.assert_frame_equal(load_outlook(dataset, 2020, 6, **LIMITS).ahead, first.ahead, check_dtype=False)
    with pytest.raises(AssertionError, match="made a second time"):
        load_outlook(dataset, 2020, 7, **LIMITS)
