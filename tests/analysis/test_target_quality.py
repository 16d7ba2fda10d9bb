"""Easy, copied and bunched: by hand."""

import pandas as pd
import pytest

from perfanalysis.analysis import find_copied_sets, find_easy_targets, measure_bunching


def test_a_target_is_easy_from_the_threshold_on():
    easy = find_easy_targets(pd.DataFrame({"attainment": [2.0, 1.999, 1.3, float("nan")]}, index=[4, 3, 2, 1]), easy_from=2.0)
    assert easy.to_dict() == {4: True, 3: False, 2: False, 1: False}


def sets(*projects):
    rows = [("101", p, 2023, i, name, target, None) for p, lines in projects for i, (name, target) in enumerate(lines)]
    return pd.DataFrame(rows, columns=["unit", "project", "year", "indicator", "level3", "target", "target_text"])


def test_a_copied_set_has_the_same_names_and_targets():
    same = [("覆盖率", 1.0), ("合格率", 0.9), ("满意度", 0.9)]
    other = [("覆盖率", 1.0), ("合格率", 0.95), ("满意度", 0.9)]
    copied = find_copied_sets(sets(("P1", same), ("P2", list(reversed(same))), ("P3", other)))
    assert copied["project"].tolist() == ["P1", "P2"]
    assert copied["copies"].tolist() == [2, 2]


def test_indicators_without_a_target_can_be_copies_too():
    same = [("覆盖率", None), ("合格率", 0.9), ("满意度", None)]
    assert find_copied_sets(sets(("P1", same), ("P2", same)))["project"].tolist() == ["P1", "P2"]


def test_two_indicators_are_too_common_to_be_a_copy():
    same = [("覆盖率", 1.0), ("满意度", 0.9)]
    assert find_copied_sets(sets(("P1", same), ("P2", same))).empty


def test_bunching_counts_half_open_bins_on_both_sides():
    bunching = measure_bunching(pd.Series([90.0, 90.99, 91.0, 89.99, 88.99, float("nan")]), (90.0,), width=1.0).iloc[0]
    # just above: 90.0 and 90.99; just below: 89.99; five scores are known
    assert (bunching["just_above"], bunching["just_below"], bunching["scores"]) == (2, 1, 5)
    assert bunching["share"] == pytest.approx(0.4)


def test_no_scores_have_no_share():
    assert measure_bunching(pd.Series([], dtype="float64"), (90.0,), width=1.0)["share"].isna().all()
