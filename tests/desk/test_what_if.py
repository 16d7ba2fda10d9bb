"""Changed rules and what they do, on numbers worked out by hand."""

import pandas as pd
import pytest

from perfanalysis.dataset import write_dataset
from perfanalysis.desk.changes import change_framework, change_rulebook, save_rules
from perfanalysis.desk.what_if import compare_frameworks, compare_projects, compare_rulebooks
from perfanalysis.errors import PlanError, RuleError
from perfanalysis.rules.frameworks import load_framework
from perfanalysis.rules.reading import load_rulebook

NOTHING = pd.DataFrame(columns=["table", "unit", "file", "sheet", "row", "severity"])
#: Two categories of one item each, both from 0 to 100, weights 3 and 1.
MINI = {"name": "mini", "title": {"en": "Mini", "zh": "小"}, "categories": [
    {"code": "A", "en": "First", "zh": "甲", "items": [["a", "", "One", 3, "", 0, 100]]},
    {"code": "B", "en": "Second", "zh": "乙", "items": [["b", "", "Two", 1, "", 0, 100]]},
]}


@pytest.fixture
def three_units(tmp_path):
    """u: a 80, b 40; v: a 60, b 90; w: a 10, b 10; v has a declared difficulty of 1.1."""
    values = {"u": (80, 40), "v": (60, 90), "w": (10, 10)}
    assessments = pd.DataFrame([("mini", unit, 2020, item, float(value), float("nan")) for unit, pair in values.items() for item, value in zip("ab", pair, strict=True)],
                               columns=["framework", "unit", "year", "item", "value", "score"])
    units = pd.DataFrame({"unit": list(values), "name": ["甲", "乙", "丙"], "name_en": ["U", "V", "W"], "kind": "district"})
    difficulty = pd.DataFrame({"framework": ["mini"], "unit": ["v"], "year": [2020], "coefficient": [1.1]})
    return write_dataset(tmp_path / "data", {"units": units, "assessments": assessments, "difficulty": difficulty}, set_aside=NOTHING, sources=[])


def of(frame: pd.DataFrame, unit: str) -> pd.Series:
    return frame.set_index("unit").loc[unit]


def test_weighing_double_changes_scores_and_places(three_units):
    # before: u (3·80 + 40)/4 = 70, v (3·60 + 90)/4 = 67.5; B × 6 → weights 3 and 6: u (240 + 240)/9 = 53.33…, v (180 + 540)/9 = 80
    frame = compare_frameworks(three_units, 2020, MINI, change_framework(MINI, times={"B": 6}))
    assert of(frame, "u")[["score_before", "score_after", "rank_before", "rank_after", "rank_change"]].tolist() == pytest.approx([70, 480 / 9, 1, 2, -1])
    assert of(frame, "v")[["score_before", "score_after", "rank_before", "rank_after", "rank_change"]].tolist() == pytest.approx([67.5, 80, 2, 1, 1])
    # shares of the weight A 3/4 → 1/3, B 1/4 → 2/3: for u, whose total was 70, A brings (1/3 − 3/4)·10 = −4.17 and B (2/3 − 1/4)·(−30) = −12.5; together −16.67
    assert of(frame, "u")["moved_by"] == "B"
    assert of(frame, "u")["moved_points"] == pytest.approx(-12.5)
    assert of(frame, "u")["score_change"] == pytest.approx(-50 / 3)
    assert of(frame, "w")["score_change"] == 0 and pd.isna(of(frame, "w")["moved_by"])


def test_places_carry_intervals_and_say_whether_they_meet(three_units):
    frame = compare_frameworks(three_units, 2020, MINI, change_framework(MINI, times={"B": 6}))
    # u before: at weights 3·(1 ± 0.25) and 1·(1 ± 0.25) it leads v where 20·a > 50·b; a = 3, b = 1 is near enough (60 to 50) to turn round in some draws
    assert of(frame, "u")[["rank_low_before", "rank_high_before"]].tolist() == [1, 2]
    # after: 20·a > 50·b would need a/b above 2.5 where it is 0.5 ± : never
    assert of(frame, "u")[["rank_low_after", "rank_high_after"]].tolist() == [2, 2]
    assert not of(frame, "u")["apart"]
    # w is last whatever the weights
    assert of(frame, "w")[["rank_low_before", "rank_high_before", "rank_low_after", "rank_high_after"]].tolist() == [3, 3, 3, 3]


def test_leaving_out_an_item_leaves_the_others_its_weight(three_units):
    changed = change_framework(MINI, leave_out=["b"])
    assert [category.code for category in load_framework(changed).categories] == ["A"]
    frame = compare_frameworks(three_units, 2020, MINI, changed)
    assert of(frame, "u")["score_after"] == 80 and of(frame, "v")["score_after"] == 60


def test_another_difficulty_counts_as_the_declared_one_would(three_units):
    declared = change_framework(MINI, difficulty="multiply")
    frame = compare_frameworks(three_units, 2020, MINI, declared)
    # 67.5 · 1.1 = 74.25; nothing was declared for u and w, which therefore have no score with difficulty
    assert of(frame, "v")["score_after"] == pytest.approx(74.25) and of(frame, "v")["moved_by"] == "difficulty"
    assert pd.isna(of(frame, "u")["score_after"])
    assumed = change_framework(declared, coefficients={"v": 1.2, "u": 1.0}, year=2020)
    frame = compare_frameworks(three_units, 2020, declared, assumed)
    assert of(frame, "v")[["score_before", "score_after"]].tolist() == pytest.approx([74.25, 81])
    assert of(frame, "u")["score_after"] == pytest.approx(70)
    # of another year nothing is assumed
    assert load_framework(assumed).coefficients == {2020: {"v": 1.2, "u": 1.0}}


def test_weights_of_a_category_are_shared_out(three_units):
    about = load_framework(change_framework("district-28", weights={"D6": 24}))
    # D6 has four items of 3 points: 24 points are 6 each
    assert [item.weight for item in about.items if item.category == "D6"] == [6, 6, 6, 6]


def test_what_cannot_be_changed_is_named():
    with pytest.raises(RuleError, match=r"mini has no item or category 'c'; it has: A, B, a, b"):
        change_framework(MINI, times={"c": 2})
    with pytest.raises(RuleError, match="hold for a year"):
        change_framework(MINI, coefficients={"u": 1.2})
    with pytest.raises(RuleError, match="grades 'superb' are not among"):
        change_rulebook("mof-2020", grades={"superb": 95})
    with pytest.raises(RuleError, match=r"grades\.bands"):
        change_rulebook("mof-2020", grades={"excellent": 70})


@pytest.fixture
def tiny_dataset(tiny, tmp_path):
    return write_dataset(tmp_path / "tiny", tiny, set_aside=NOTHING, sources=[])


def test_another_rule_book_project_by_project(tiny_dataset):
    frame = compare_projects(tiny_dataset, 2023, "mof-2020", "mof-2021").set_index("project")
    # tests/data/tiny/README.md: P1's execution gives 9, and 7 under mof-2021; its satisfaction 10 under both: 88.5 − 2
    assert frame.loc["P1", ["score_before", "score_after", "score_change"]].tolist() == pytest.approx([88.5, 86.5, -2.0])
    # P4: 5 for execution becomes 0 at 50 %, satisfaction of 0.88 gives 8 of 10: 0 + 50 + 30 + 8
    assert frame.loc["P4", ["score_before", "score_after", "grade_after"]].tolist() == [95, 88, "good"]
    assert pd.isna(frame.loc["P5", "score_before"])


def test_other_grade_bands_regrade_and_move_nobody(tiny_dataset):
    # P1 88.5 good, P2 100, P3 84.5 good, P4 95: with excellent from 96 P4 alone gets another grade
    frame = compare_rulebooks(tiny_dataset, 2023, "mof-2020", change_rulebook("mof-2020", grades={"excellent": 96}))
    assert frame["regraded"].sum() == 1
    assert frame["score_change"].tolist() == [0.0] * len(frame) and frame["rank_change"].tolist() == [0.0] * len(frame)
    # 101 has P1 and P2: (88.5 + 100)/2 = 94.25, excellent before and good after
    assert of(frame, "101")[["score_before", "grade_before", "grade_after", "scored_before"]].tolist() == [94.25, "excellent", "good", 2]


def test_execution_weighs_more_only_where_forms_are_rescaled(tiny_dataset):
    plain = compare_projects(tiny_dataset, 2023, "mof-2020", change_rulebook("mof-2020", execution_weight=20)).set_index("project")
    assert plain["score_after"].isna().all()
    changed = change_rulebook("mof-2020", execution_weight=20, rescale=True)
    # the groups share 80 instead of 90 as they did
    assert sum(group.weight for group in load_rulebook(changed).weight_sets[0].groups) == pytest.approx(80)
    frame = compare_projects(tiny_dataset, 2023, "mof-2020", changed).set_index("project")
    # P4: 50 % of 20 = 10, indicators 90 of 90: 100 of 110 points, of 100: 90.909… → 90.91
    assert frame.loc["P4", "score_after"] == 90.91


def test_what_is_saved_is_what_was_compared(three_units, tmp_path):
    changed = change_framework(MINI, times={"B": 6})
    path = save_rules(changed, tmp_path / "rules" / "double", title={"en": "Double", "zh": "加倍"})
    assert load_framework(str(path)).written("zh") == "加倍" and load_framework(str(path)).name == "mini"
    pd.testing.assert_frame_equal(compare_frameworks(three_units, 2020, MINI, str(path)), compare_frameworks(three_units, 2020, MINI, changed))
    with pytest.raises(PlanError, match="there already"):
        save_rules(changed, path)
    book = save_rules(change_rulebook("mof-2020", grades={"excellent": 92}), tmp_path / "strict", title={"en": "Strict", "zh": "严格"})
    assert load_rulebook(book).name == "strict" and load_rulebook(book).grades[0].start == 92
