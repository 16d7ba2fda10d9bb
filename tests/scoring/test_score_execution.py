"""Execution: proportional and in steps."""

import numpy as np
import pandas as pd
import pytest

from perfanalysis.rules import load_rulebook
from perfanalysis.scoring import score_execution


def score(name="mof-2020", **project):
    return score_execution(pd.DataFrame({key: [value] for key, value in project.items()}), load_rulebook(name)).iloc[0]


@pytest.mark.parametrize(("budget", "executed", "rate", "points"), [
    (250000, 215457.6, 0.8618304, 8.62),   # putuo1, published
    (20000, 9034, 0.4517, 4.52),           # putuo2, published: 4.517 → 4.52
    (43.2, 37.24, 37.24 / 43.2, 8.62),     # langfang
    (100, 120, 1.2, 10),                   # never above the weight
    (100, 0, 0, 0),
    (100, -5, -0.05, 0),
])
def test_proportional(budget, executed, rate, points):
    row = score(budget_adjusted=budget, executed=executed)
    assert row["execution_rate"] == pytest.approx(rate)
    assert (row["execution_points"], row["execution_weight"]) == (points, 10)
    assert row["rule"] == "rule.execution_proportional"


def test_hubei_gives_twenty():
    assert score("hubei", budget_adjusted=10.0, executed=9.0)["execution_points"] == 18


@pytest.mark.parametrize(("executed", "points"), [(100, 10), (99.99, 7), (80, 7), (79.9, 5), (60, 5), (59.9, 0), (0, 0)])
def test_mof_2021_in_steps(executed, points):
    row = score("mof-2021", budget_adjusted=100.0, executed=float(executed))
    assert (row["execution_points"], row["rule"]) == (points, "rule.execution_steps")
    assert row["conventions"] == "convention.completion_by_spending"


def test_mof_2021_says_nothing_of_more_than_the_budget():
    row = score("mof-2021", budget_adjusted=100.0, executed=101.0)
    assert pd.isna(row["execution_points"])
    assert (row["execution_rate"], row["rule"]) == (1.01, "convention.over_budget")


def test_a_rate_at_a_limit_but_for_binary_digits():
    # 0.1 × 3 ÷ 0.375 is 0.8000000000000002 or a hair below, and counts as 80 %
    assert score("mof-2021", budget_adjusted=0.3 / 0.8, executed=0.1 * 3)["execution_points"] == 7
    assert score("mof-2021", budget_adjusted=0.1 + 0.2, executed=0.3)["execution_points"] == 10


def test_initial_budget_only_where_there_is_no_adjusted_one():
    row = score(budget_initial=200.0, budget_adjusted=np.nan, executed=100.0)
    assert (row["budget"], row["execution_points"], row["conventions"]) == (200, 5, "convention.initial_budget")
    assert score(budget_initial=200.0, budget_adjusted=400.0, executed=100.0)["execution_points"] == 2.5


@pytest.mark.parametrize(("project", "rule"), [
    ({"budget_adjusted": 100.0, "executed": np.nan}, "convention.execution_missing"),
    ({"budget_adjusted": np.nan, "executed": 5.0}, "convention.execution_missing"),
    ({"executed": 5.0}, "convention.execution_missing"),
    ({"budget_adjusted": 0.0, "executed": 0.0}, "convention.budget_not_positive"),
])
def test_missing_is_not_zero(project, rule):
    row = score(**project)
    assert pd.isna(row["execution_rate"]) and pd.isna(row["execution_points"])
    assert row["rule"] == rule


def test_sichuan_asks_for_a_reason_below_ninety_per_cent():
    assert score("sichuan", budget_adjusted=100.0, executed=89.0)["needs_reason"]
    assert not score("sichuan", budget_adjusted=100.0, executed=90.0)["needs_reason"]
    assert not score("mof-2020", budget_adjusted=100.0, executed=10.0)["needs_reason"]
