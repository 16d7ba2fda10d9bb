"""The chance to meet targets, from those who looked alike at the same time of earlier years."""

import numpy as np
import pandas as pd
import pytest

from perfanalysis.monitoring.target_chance import LEAST_CASES, gather_cases, measure_target_chance
from perfanalysis.rules import load_rulebook


def cases(expected, achieved):
    return pd.DataFrame({"expected": expected, "achieved": achieved})


def test_the_chance_is_the_share_of_the_nearest_fifty():
    # 100 who expected 0.9, of whom 20 met their targets, and 50 who expected 1, of whom 45 did
    known = cases([0.9] * 100 + [1.0] * 50, [0.96] * 20 + [0.9] * 80 + [1.0] * 45 + [0.9] * 5)
    chance = measure_target_chance(pd.Series([1.0, 0.91, np.nan], index=[7, 8, 9]), known, targets_met=0.95)
    # (45 + 1) ÷ 52; all 100 who are equally near count: (20 + 1) ÷ 102
    assert chance.loc[[7, 8]].tolist() == pytest.approx([46 / 52, 21 / 102])
    assert pd.isna(chance.loc[9])


def test_too_few_earlier_projects_give_no_chance():
    few = cases([1.0] * (LEAST_CASES - 1), [1.0] * (LEAST_CASES - 1))
    assert measure_target_chance(pd.Series([1.0]), few, targets_met=0.95).isna().all()


def test_only_the_same_month_of_earlier_years_is_a_case():
    lines = pd.DataFrame({"project": "P", "year": [2018, 2019, 2020], "indicator": "1", "nature": "quantitative", "direction": ">=", "target": 10.0, "actual": [5.0, 10.0, 10.0],
                          "weight": 50.0, "measure": "km", "reached": None, "score": np.nan, "reason": None, "target_text": None, "actual_text": None, "level1": "output", "level3": "x"})
    seen = pd.DataFrame({"project": "P", "year": [2018, 2019, 2019, 2020], "as_of": pd.to_datetime(["2018-07-31", "2019-04-30", "2019-07-31", "2020-07-31"]),
                         "indicator": "1", "expected": [9.0, 1.0, 8.0, 10.0], "likelihood": "possible"})
    found = gather_cases(seen, lines, load_rulebook("mof-2020"), 2020, 7)
    # 2019: 8 of 10 expected, 10 achieved; 2018: 9 of 10 and 5
    assert found[["year", "expected", "achieved"]].to_numpy().tolist() == [[2019, 0.8, 1.0], [2018, 0.9, 0.5]]
    assert gather_cases(seen, lines, load_rulebook("mof-2020"), 2018, 7).empty
