"""Lights and year-end, by hand."""

import datetime

import pandas as pd
import pytest

from perfanalysis.monitoring import (
    count_months,
    expect_achievement,
    find_worst_lights,
    give_lights,
    measure_lights,
    measure_seasonal_share,
    project_execution,
)
from perfanalysis.rules import load_rulebook

STARTS = (0.6, 0.8, 1.2)


def test_china_2009_in_november_is_green_by_the_official_light():
    # 73.8 % by the end of November: 0.738 ÷ (11/12) = 0.805, at least 0.8
    assert give_lights(pd.Series([0.738 / (11 / 12)]), STARTS).tolist() == ["green"]
    # 2013's seasonal share by November: 114,697 ÷ 139,744 = 0.8208; 0.738 ÷ 0.8208 = 0.899, green as well
    assert give_lights(pd.Series([0.738 / (114_697 / 139_744)]), STARTS).tolist() == ["green"]


def test_a_normal_july_is_yellow_by_the_official_light_and_green_by_the_seasonal():
    # 46 % of a year whose whole is 94 %: seasonal share 0.46 ÷ 0.94 = 0.4894; 0.46 done: 0.46 ÷ (7/12) = 0.789 < 0.8, 0.46 ÷ 0.4894 = 0.94
    lines = pd.DataFrame({"project": "P", "direction": ">=", "target": [100.0], "actual_to_date": [46.0], "measure": "个"})
    lights = measure_lights(lines, elapsed=7 / 12, seasonal=0.46 / 0.94, starts=STARTS)
    assert lights[["official_light", "seasonal_light"]].iloc[0].tolist() == ["yellow", "green"]
    assert lights["official_ratio"].iloc[0] == pytest.approx(0.46 * 12 / 7)
    assert lights["seasonal_ratio"].iloc[0] == pytest.approx(0.94)


def test_rates_and_ceilings_do_not_grow_over_the_year():
    lines = pd.DataFrame({
        "project": ["P", "P", "P", "Q"], "direction": [">=", "<=", "<=", ">="], "target": [0.95, 50.0, 50.0, 10.0],
        "actual_to_date": [0.96, 20.0, 80.0, float("nan")], "measure": ["%", "天", "天", "个"],
    })
    lights = measure_lights(lines, elapsed=0.5, seasonal=0.4, starts=STARTS)
    # the official formula: 0.96 ÷ (0.95 · 0.5) = 2.02; a ceiling kept is 1, one broken 50 ÷ 80 = 0.625; nothing achieved is known of the last
    assert lights["official_light"].fillna("-").tolist() == ["blue", "green", "yellow", "-"]
    # the seasonal one holds the rate against the whole target: 0.96 ÷ 0.95 = 1.01
    assert lights["seasonal_light"].fillna("-").tolist() == ["green", "green", "yellow", "-"]
    worst = find_worst_lights(lines.join(lights))
    assert worst.loc["P"].tolist() == ["yellow", "yellow"]
    assert "Q" not in worst.index


def test_the_bands_are_half_open():
    assert give_lights(pd.Series([0.5999, 0.6, 0.7999, 0.8, 1.1999, 1.2]), STARTS).tolist() == ["red", "yellow", "yellow", "green", "green", "blue"]


def test_months_of_a_fiscal_year():
    assert count_months(datetime.date(2020, 7, 31)) == 7
    assert count_months(datetime.date(2020, 7, 31), 7) == 1
    assert count_months(datetime.date(2021, 6, 30), 7) == 12


def test_the_seasonal_share_is_the_pace_now_over_the_pace_at_the_end():
    pace = pd.DataFrame({"month": range(1, 13), "pace_mid": [0.05 * n for n in range(1, 12)] + [0.9]})
    assert measure_seasonal_share(pace, 6) == pytest.approx(0.3 / 0.9)
    assert pd.isna(measure_seasonal_share(pace.head(11), 6))


def test_projection_stays_between_what_was_executed_and_the_budget():
    execution = pd.DataFrame({
        "unit": "1", "project": ["A", "A", "B", "B", "C"], "year": 2020,
        "period_end": pd.to_datetime(["2020-01-31", "2020-06-30", "2020-01-31", "2020-06-30", "2020-06-30"]),
        "budget": [100.0, 100, 100, 100, 100], "executed_to_date": [5.0, 30, 5, 60, 10], "projected": float("nan"),
    })
    ahead = project_execution(execution, datetime.date(2020, 6, 30), 0.4, first_month=1)
    # A: 30 ÷ 0.4 = 75; B: 60 ÷ 0.4 = 150, at most the budget; C began in June
    assert ahead["projected"].fillna(-1).to_dict() == {"A": 75, "B": 100, "C": -1}
    assert ahead["late_start"].to_dict() == {"A": False, "B": False, "C": True}


def test_expected_achievement_uses_what_monitoring_expects_not_the_year_end():
    lines = pd.DataFrame({
        "project": "P", "year": 2020, "indicator": ["1", "2", "3"], "level1": ["output", "output", "benefit"], "level2": "", "level3": "x",
        "nature": ["quantitative", "quantitative", "qualitative"], "direction": [">=", ">=", None], "target": [10.0, 10.0, float("nan")],
        "measure": "个", "actual": [0.0, 0.0, float("nan")], "reached": [None, None, "no"], "weight": [40.0, 20.0, 30.0], "score": [0.0, 0.0, 0.0],
        "reason": None, "expected": [10.0, 5.0, float("nan")], "likelihood": ["certain", "possible", "certain"],
    })
    # 40 of 40, 5 ÷ 10 of 20 = 10, 30 of 30: 80 of 90
    assert expect_achievement(lines, load_rulebook("mof-2020"))["achievement"].iloc[0] == pytest.approx(80 / 90)
