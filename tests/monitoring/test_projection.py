"""The projection of the year-end: by hand, on simulated years whose truth is known, and on Philadelphia's real ones."""

import numpy as np
import pandas as pd
import pytest

from perfanalysis.dataset import import_source
from perfanalysis.monitoring.projection import LEAST_ERRORS, _extrapolate, lay_out_courses, roll_origins


def courses(rows):
    """One row per (series, year, month, budget, executed[, own])."""
    frame = pd.DataFrame([(*row, np.nan)[:6] for row in rows], columns=["series", "year", "month", "budget", "executed_to_date", "own"])
    frame[["budget", "executed_to_date", "own"]] = frame[["budget", "executed_to_date", "own"]].astype("float64")
    first = frame.groupby(["series", "year"])["month"].transform("min")
    return frame.assign(unit=frame["series"], project="", level="unit", first_month=first)


def simulate(series=60, years=10, seed=1, spread=0.05, noise=0.05):
    """Every series executes 90 % of 100 on average (log errors ``spread``); half of it by month 6 (log errors ``noise``)."""
    rng = np.random.default_rng(seed)
    final = 90 * np.exp(rng.normal(0, spread, (series, years)))
    half = final * 0.5 * np.exp(rng.normal(0, noise, (series, years)))
    return courses([row for s in range(series) for y in range(years)
                    for row in ((f"s{s:02d}", 2010 + y, 6, 100.0, half[s, y]), (f"s{s:02d}", 2010 + y, 12, 100.0, final[s, y]))])


HAND = [("A", 2019, 6, 100, 45), ("A", 2019, 12, 100, 90), ("A", 2020, 6, 100, 40), ("A", 2020, 12, 100, 80), ("A", 2021, 6, 100, 45)]


def test_the_plan_is_corrected_by_the_median_of_its_errors_and_twice_that_of_all():
    rolled = roll_origins(courses(HAND), 6, goal=0.8).set_index("year")
    assert rolled.loc[2019, "projected"] == pytest.approx(100)
    # 2020: log 0.9 alone, 90. 2021: log 0.8, log 0.9 and twice their median m: m, 100 · √(0.8 · 0.9) = 84.85
    assert rolled["projected"].loc[[2020, 2021]].tolist() == pytest.approx([90, 100 * 0.72**0.5])
    # 45 ÷ (40 ÷ 80) = 90; 45 × 12 ÷ 6 = 90
    assert rolled.loc[2021, ["last_share", "pro_rata"]].tolist() == pytest.approx([90, 90])


def test_shares_of_the_year_are_shrunk_to_that_of_all():
    # last year 50 and 30 of 100: all together 80 ÷ 200 = 0.4; shrunk (0.5 + 2 · 0.4) ÷ 3 and (0.3 + 2 · 0.4) ÷ 3
    season, last_share = _extrapolate(np.array([[50.0, 42.0], [30.0, 42.0]]), np.array([[100.0], [100.0]]), 1)
    assert season.tolist() == pytest.approx([42 / (1.3 / 3), 42 / (1.1 / 3)])
    assert last_share.tolist() == pytest.approx([84, 140])


def test_few_earlier_errors_bear_no_interval():
    rolled = roll_origins(courses(HAND), 6, goal=0.8)
    assert rolled[["low", "high", "chance", "unspent"]].isna().all(axis=None)
    # the first year had nothing to learn from, so its errors do not count either
    many = simulate(series=LEAST_ERRORS, years=3).pipe(roll_origins, 6, goal=0.8).set_index("year")["low"]
    assert many[2011].isna().all() and many[2012].notna().all()
    assert simulate(series=LEAST_ERRORS - 1, years=3).pipe(roll_origins, 6, goal=0.8)["low"].isna().all()


@pytest.mark.parametrize("luck", [0.05, 0.0])
def test_intervals_cover_in_the_long_run_whether_years_have_a_luck_of_their_own_or_not(luck):
    """A year's luck moves all series at once: 20 years are 20 draws then, and the coverage of 25 such histories is what counts."""
    inside = []
    for seed in range(25):
        frame = simulate(seed=seed, years=20, series=40)
        shift = np.exp(np.random.default_rng(1000 + seed).normal(0, luck, 20)) if luck else np.ones(20)
        frame["executed_to_date"] *= shift[frame["year"] - 2010]
        rolled = roll_origins(frame, 6, goal=0.8).dropna(subset=["low"])
        inside.append(rolled["final"].between(rolled["low"], rolled["high"]).mean())
    assert 0.75 <= np.mean(inside) <= 0.85


def test_the_units_own_projection_goes_before_the_budget_and_one_that_began_late_has_none():
    own = courses([*HAND[:4], ("A", 2021, 6, 100, 45, 70.0), ("B", 2021, 6, 100, 10), ("B", 2020, 3, 100, 5), ("B", 2020, 6, 100, 20), ("B", 2020, 12, 100, 90)])
    own.loc[own["series"].eq("A"), "first_month"] = 3
    rolled = roll_origins(own, 6, goal=0.8).set_index(["series", "year"])
    # errors of all: log 0.9, log 0.8, log 0.9 → log 0.9; of A: log 0.9, log 0.8, log 0.9, log 0.9 → log 0.9
    assert rolled.loc[("A", 2021), "projected"] == pytest.approx(70 * 0.9)
    assert rolled.loc[("B", 2021), "late"] and pd.isna(rolled.loc[("B", 2021), "projected"])


def test_what_became_known_later_changes_nothing():
    frame = simulate()
    later = frame["year"].gt(2015) | (frame["year"].eq(2015) & frame["month"].eq(12))
    changed = frame.assign(executed_to_date=frame["executed_to_date"].mask(later, 1.0))
    made = [roll_origins(rows, 6, goal=0.8).query("year <= 2015").drop(columns="final") for rows in (frame, changed)]
    pd.testing.assert_frame_equal(*made)


def test_an_open_years_final_amount_is_not_used_but_the_units_own_projection_of_it_is():
    frame = simulate()
    end = frame["year"].eq(2014) & frame["month"].eq(12)
    changed = frame.assign(executed_to_date=frame["executed_to_date"].mask(end, 1.0))
    first, second = (roll_origins(rows, 6, goal=0.8, settled_after=2).query("year == 2015")["projected"].tolist() for rows in (frame, changed))
    assert first == second
    stated = roll_origins(frame.assign(own=frame["own"].mask(end, 60.0)), 6, goal=0.8, settled_after=2).query("year == 2015")["projected"].tolist()
    assert stated != first
    assert roll_origins(changed, 6, goal=0.8).query("year == 2015")["projected"].tolist() != first


def test_both_ways_together_beat_each_alone_where_they_err_alike():
    """Independent errors of one size: the mean of two has 1 ÷ √2 of it, and the choice finds that out."""
    rolled = pd.concat([roll_origins(simulate(years=20, seed=seed), 6, goal=0.8).query("year >= 2020") for seed in range(3)])
    assert set(rolled["way"]) == {"both"}
    # |log error| of a normal with 0.05 ÷ √2 is 0.05 ÷ √2 · √(2/π) = 0.0282, and a little for what is estimated
    assert np.abs(np.log(rolled["projected"] / rolled["final"])).mean() == pytest.approx(0.0282, rel=0.12)


def test_intervals_cover_and_chances_come_true():
    rolled = pd.concat([roll_origins(simulate(seed=seed, years=12), 6, goal=0.9).query("year >= 2014") for seed in range(6)])
    inside = rolled["final"].between(rolled["low"], rolled["high"])
    assert 0.75 <= inside.mean() <= 0.85
    for low, high in ((0, 0.3), (0.3, 0.7), (0.7, 1)):
        group = rolled[rolled["chance"].between(low, high)]
        assert len(group) > 200
        assert (group["final"] >= 90).mean() == pytest.approx(group["chance"].mean(), abs=0.08)
    assert rolled["unspent"].mean() == pytest.approx((100 - rolled["final"]).clip(lower=0).mean(), abs=0.6)


def test_money_that_was_spent_decides_where_plan_and_season_contradict_each_other():
    frame = simulate()
    slow = frame["series"].eq("s07") & frame["year"].eq(2019)
    frame.loc[slow & frame["month"].eq(6), "executed_to_date"] = 20.0
    row = roll_origins(frame, 6, goal=0.8).query("year == 2019 and series == 's07'").iloc[0]
    # a season of a half: 20 ÷ 0.5 = 40 against a plan of 90
    assert row["projected"] == pytest.approx(40, rel=0.03)
    assert row["chance"] < 0.05


def test_the_budget_caps_only_where_earlier_years_kept_to_it():
    def highest(spread):
        # 90 ± 3 of 100 never passes the budget; with 0.2 three in ten do
        return roll_origins(simulate(spread=spread), 6, goal=0.8).query("year == 2019")["high"].max()

    assert highest(0.03) <= 100 < highest(0.2)


def test_courses_know_the_latest_projection_of_their_own():
    days = pd.to_datetime(["2020-09-30", "2020-12-31", "2021-06-30"])
    execution = pd.DataFrame({"unit": "A", "project": np.nan, "year": 2021, "period_end": days, "budget": 100.0, "executed_to_date": [10.0, 30, 95],
                              "projected": [np.nan, 98, np.nan]})
    laid = lay_out_courses(execution, fiscal_year_start=7)
    assert laid["month"].tolist() == [3, 6, 12]
    assert laid["own"].fillna(-1).tolist() == [-1, 98, 98]


@pytest.fixture(scope="module")
def philadelphia(tmp_path_factory, pytestconfig, shared_data):
    dataset = import_source(pytestconfig.rootpath / "parameters/sources/philadelphia.yaml", tmp_path_factory.mktemp("phl") / "phl")
    laid = lay_out_courses(dataset.table("execution"), fiscal_year_start=dataset.meta["fiscal_year_start"])
    return laid[laid["level"] == "unit"]


#: Published errors of the city's own projections, weighted by money, at the end of the first, second and third quarter (data/README.md of the real data).
@pytest.mark.parametrize(("month", "published"), [(3, 0.075), (6, 0.051), (9, 0.045)])
def test_philadelphias_year_end_is_projected_better_than_the_city_did(philadelphia, month, published):
    rolled = roll_origins(philadelphia, month, goal=0.8, settled_after=2)
    known = rolled[rolled["year"].between(2009, 2022)].dropna(subset=["projected", "final", "own"])
    assert len(known) > 1050

    def error(column, rows=known):
        return (rows[column] - rows["final"]).abs().sum() / rows["final"].sum()

    assert error("own") == pytest.approx(published, abs=0.0025)
    assert error("projected") < min(error("own"), error("pro_rata"), published)
    share = known.dropna(subset=["last_share"])
    assert error("projected", share) < error("last_share", share)
    judged = known.dropna(subset=["low"])
    assert len(judged) > 900
    assert 0.75 <= judged["final"].between(judged["low"], judged["high"]).mean() <= 0.85
