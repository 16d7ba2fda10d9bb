"""Double monitoring: quadrants and unspent money, by hand."""

import pandas as pd
import pytest

from perfanalysis.monitoring import measure_achievement, monitor_projects


def test_achievement_leaves_out_what_could_not_be_scored():
    achieved = measure_achievement(pd.DataFrame({
        "project": ["P5"] * 4, "year": [2023] * 4, "weight": [30.0, 20.0, 30.0, 10.0], "points": [30.0, float("nan"), 15.0, 10.0],
    })).iloc[0]
    assert achieved["achievement"] == pytest.approx(55 / 70)  # (30 + 15 + 10) ÷ (30 + 30 + 10)
    assert (achieved["indicators"], achieved["unscored"]) == (4, 1)


def test_achievement_is_missing_where_nothing_was_scored():
    achieved = measure_achievement(pd.DataFrame({"project": ["P"], "year": [2023], "weight": [10.0], "points": [float("nan")]}))
    assert achieved["achievement"].isna().all()


@pytest.mark.parametrize(("rate", "achievement", "quadrant"), [
    (0.80, 0.95, "met_spent"),  # both thresholds are reached exactly
    (0.7999, 0.95, "met_unspent"),
    (0.80, 0.9499, "missed_spent"),
    (0.5, 0.5, "missed_unspent"),
])
def test_quadrants_are_half_open(rate, achievement, quadrant):
    frame = pd.DataFrame({"execution_rate": [rate], "achievement": [achievement], "budget": [100.0], "executed": [rate * 100]})
    assert monitor_projects(frame, targets_met=0.95, execution_from=0.8)["quadrant"].tolist() == [quadrant]


def test_an_unknown_side_gives_no_quadrant_and_an_excess_is_not_negative_money():
    frame = pd.DataFrame({
        "execution_rate": [float("nan"), 1.2], "achievement": [1.0, 1.0], "budget": [float("nan"), 100.0], "executed": [50.0, 120.0]}, index=[7, 3])
    placed = monitor_projects(frame, targets_met=0.95, execution_from=0.8)
    assert placed.index.tolist() == [7, 3]
    assert placed["quadrant"].isna().tolist() == [True, False]
    assert placed["unspent"].isna().tolist() == [True, False] and placed["unspent"].iloc[1] == 0
