"""Indicators beside the library: what is flagged, what is nearest, what is proposed. The tiny city's indicators are in tests/data/tiny."""

import numpy as np
import pandas as pd
import pytest

from perfanalysis.analysis.library_match import (
    FLAGS,
    check_indicators,
    match_indicators,
    propose_for_sets,
    propose_indicators,
)
from perfanalysis.rules.library import load_library

LIBRARY = load_library()
KNOWN = ["project", "year", "indicator"]


@pytest.fixture
def indicators(tiny):
    frame = tiny["indicators"]
    return frame[frame["year"] == 2023].reset_index(drop=True)


def make(rows, columns=("project", "level1", "level2", "level3", "direction", "target", "target_text", "measure")):
    frame = pd.DataFrame(rows, columns=list(columns))
    texts = [name for name in columns if name != "target"]
    return frame.astype(dict.fromkeys(texts, "str")).assign(year=2023, indicator=[str(n) for n in range(1, len(frame) + 1)], target=frame["target"].astype("float64"))


def keys(frame, rows):
    return (frame.loc[rows, "project"] + "/" + frame.loc[rows, "indicator"]).tolist()


def test_the_tiny_city_has_four_vague_targets_and_one_without_a_direction(indicators):
    before = indicators.copy()
    flags = check_indicators(indicators)
    # 及时, 明显改善, 改善 and 满意; P6/2 is 36 without a sign
    assert keys(indicators, flags["vague"]) == ["P1/3", "P3/3", "P5/3", "P6/4"]
    assert keys(indicators, flags["no_direction"]) == ["P6/2"]
    assert not flags[["unmeasurable", "duplicate", "no_measure", "output_only"]].any(axis=None)
    assert flags.columns.tolist() == list(FLAGS) and flags.dtypes.eq(bool).all() and flags.index.equals(indicators.index)
    pd.testing.assert_frame_equal(indicators, before)


@pytest.mark.parametrize(("text", "flag"), [
    ("及时", "vague"), ("明显改善", "vague"), ("significantly improved", "vague"), ("Timely", "vague"),
    ("三个工作日内及时办结", None), ("提高10个百分点", None), ("进一步提高", "vague"), ("12月底前及时完成", None), ("goods delivered", None),
    ("", "unmeasurable"), (None, "unmeasurable"), ("无", "unmeasurable"), (" 按要求 ", "unmeasurable"), ("As planned", "unmeasurable"), ("／", "unmeasurable"),
    ("通过验收", None),
])
def test_targets_in_words(text, flag):
    flags = check_indicators(make([("A", "benefit", "社会效益指标", "某指标", None, np.nan, text, None)]))
    assert [name for name in FLAGS if flags[name].iloc[0]] == ([flag] if flag else [])


def test_a_number_is_never_vague_whatever_its_text():
    flags = check_indicators(make([("A", "benefit", "社会效益指标", "改善率", ">=", 0.9, "明显改善", "%")]))
    assert not flags.any(axis=None)


def test_duplicates_are_those_of_the_same_project_and_year_by_folded_name():
    frame = make([
        ("A", "output", "数量指标", "培训 人次（线上）", ">=", 1, "", "人次"), ("A", "output", "数量指标", "培训人次(线上)", ">=", 2, "", "人次"),
        ("A", "benefit", "社会效益指标", "培训人次", ">=", 1, "", "人次"), ("B", "benefit", "社会效益指标", "培训人次", ">=", 1, "", "人次"),
    ])
    assert check_indicators(frame)["duplicate"].tolist() == [True, True, False, False]
    # the same name in another year of the same project is its continuation
    assert not check_indicators(frame.iloc[[2, 3]].assign(project="A", year=[2022, 2023]))["duplicate"].any()


def test_direction_and_measure_are_missed_only_where_the_source_has_them():
    frame = make([("A", "benefit", "", "甲", ">=", 1, "", "个"), ("A", "benefit", "", "乙", None, 1, "", None)])
    assert check_indicators(frame)[["no_direction", "no_measure"]].to_numpy().tolist() == [[False, False], [True, True]]
    without = frame.assign(direction=pd.Series([np.nan, np.nan], dtype="str"), measure=pd.Series([np.nan, np.nan], dtype="str"))
    assert not check_indicators(without).any(axis=None)


def test_without_indicators_there_is_nothing_to_flag():
    flags = check_indicators(make([]))
    assert flags.empty and set(flags.dtypes.astype(str)) == {"bool"}


def test_a_set_of_outputs_and_costs_alone_is_flagged_in_every_row_and_an_unknown_level_is_not_judged():
    frame = make([
        ("A", "output", "数量指标", "甲", ">=", 1, "", "个"), ("A", "cost", "成本指标", "乙", "<=", 1, "", "元"),
        ("B", "output", "数量指标", "丙", ">=", 1, "", "个"), ("B", "satisfaction", "满意度指标", "丁", ">=", 1, "", "%"),
        ("C", "output", "数量指标", "戊", ">=", 1, "", "个"), ("C", None, "其他", "己", ">=", 1, "", "个"),
        ("D", "output", "数量指标", "庚", ">=", 1, "", "个"), ("D", None, "社会效益", "辛", ">=", 1, "", "个"),
        ("E", None, "产出数量", "壬", ">=", 1, "", "个"),
    ])
    # C's second level is unknown; D's follows from level 2 (a benefit) and E's too (an output)
    assert check_indicators(frame)["output_only"].tolist() == [True, True, False, False, False, False, False, False, True]


def test_an_exact_name_is_nearest_with_a_likeness_of_one(indicators):
    nearest = match_indicators(indicators, LIBRARY, most=1)
    exact = nearest[nearest["similarity"] == 1]
    # of the tiny city's names these two stand in the shipped library letter by letter
    assert exact["name"].tolist() == ["乘客满意度", "治理河道长度"]
    assert (exact["project"] + "/" + exact["indicator"]).tolist() == ["P3/4", "P5/1"]
    assert nearest["similarity"].between(LIBRARY.least_similarity, 1).all()
    assert nearest["row"].is_unique and nearest["row"].is_monotonic_increasing


def test_matches_are_ranked_and_limited(indicators):
    nearest = match_indicators(indicators, LIBRARY, most=3)
    for _, rows in nearest.groupby("row"):
        assert rows["rank"].tolist() == list(range(1, len(rows) + 1)) and len(rows) <= 3
        assert rows["similarity"].is_monotonic_decreasing
    first = nearest[nearest["rank"] == 1].set_index("row")["name"]
    assert first[indicators.index[indicators["level3"] == "养护道路里程"][0]] == "公路养护里程"
    assert first[indicators.index[indicators["level3"] == "师生满意度"][0]] == "学生满意度"


def test_an_english_name_is_matched_whichever_column_it_stands_in():
    chinese = make([("A", "satisfaction", "", "满意", ">=", 1, "", "%")]).assign(level3_en="Satisfaction of passengers")
    english = make([("A", "satisfaction", "", "Passenger satisfaction", ">=", 1, "", "%")])
    assert match_indicators(chinese, LIBRARY, most=1)["name"].tolist() == ["乘客满意度"]
    # level3 alone in English, as in an English source
    assert match_indicators(english.assign(level3_en=english["level3"]), LIBRARY, most=1)["name"].tolist() == ["乘客满意度"]


def test_nothing_near_gives_no_row_and_nothing_in_gives_nothing_out(indicators):
    assert match_indicators(indicators.assign(level3="龘靐齉"), LIBRARY).empty
    none = match_indicators(indicators.iloc[:0], LIBRARY)
    assert none.empty and none.columns.tolist() == match_indicators(indicators, LIBRARY).columns.tolist()


def test_matching_does_not_depend_on_the_rows_around(indicators):
    whole = match_indicators(indicators, LIBRARY, most=2)
    alone = pd.concat([match_indicators(indicators.loc[[row]], LIBRARY, most=2) for row in indicators.index], ignore_index=True)
    pd.testing.assert_frame_equal(whole, alone)


def test_proposals_for_the_tiny_city_are_measurable_and_of_the_same_level(indicators):
    names = {"P1": "校舍维修", "P3": "公交补贴", "P5": "河道治理", "P6": "水质监测"}
    flags = check_indicators(indicators)
    proposed = propose_indicators(indicators.assign(project_name=indicators["project"].map(names)), flags, LIBRARY)
    found = dict(zip(proposed["project"] + "/" + proposed["indicator"], proposed["name"], strict=True))
    assert found["P3/3"] == "公共交通机动化出行分担率"  # 改善市民出行, in a project on buses
    assert found["P6/2"] == "水质监测断面数"
    assert found["P5/3"].endswith("水质达标率")
    assert proposed["direction"].notna().all() and proposed["measure"].notna().all()
    own = indicators.loc[proposed["row"], "level1"].tolist()
    assert proposed["level1"].tolist() == own


def test_proposals_stay_within_the_categories_asked_for(indicators):
    flags = check_indicators(indicators)
    proposed = propose_indicators(indicators, flags, LIBRARY, categories=["health"], most=5)
    assert set(proposed["category"]) <= {"health"}
    assert propose_indicators(indicators, flags, LIBRARY, categories=[]).empty


def test_of_two_equally_near_the_same_level_2_is_proposed(tmp_path):
    (tmp_path / "own.csv").write_text("指标名称,二级指标,方向,计量单位\n办结率,质量指标,≥,%\n办结率,时效指标,≥,%\n", encoding="utf-8")
    vague = make([("A", "output", "时效指标", "办结及时性", None, np.nan, "及时", None)])
    proposed = propose_indicators(vague, check_indicators(vague), load_library(tmp_path / "own.csv"))
    assert proposed["level2"].tolist() == ["时效指标"]


def test_what_is_sound_or_merely_repeated_gets_no_proposal(indicators):
    flags = check_indicators(indicators).assign(vague=False, no_direction=False)
    assert propose_indicators(indicators, flags, LIBRARY).empty
    assert propose_indicators(indicators, flags.assign(duplicate=True), LIBRARY).empty


def test_a_set_of_outputs_alone_is_given_a_benefit_and_a_satisfaction_of_its_own_category(indicators):
    names = {"P1": "校舍维修", "P2": "教师培训", "P3": "公交补贴", "P4": "道路养护", "P5": "河道治理", "P6": "水质监测"}
    outputs = indicators[indicators["level1"] == "output"].assign(project_name=lambda frame: frame["project"].map(names))
    proposed = propose_for_sets(outputs, check_indicators(outputs), LIBRARY)
    assert proposed["level1"].tolist() == ["benefit", "satisfaction"] * 6
    category = proposed.groupby("project")["category"].agg(set)
    assert category["P2"] == {"training"} and category["P3"] == category["P4"] == {"transport"} and category["P6"] == {"water"}
    of_p3 = proposed[(proposed["project"] == "P3") & (proposed["level1"] == "satisfaction")]
    assert of_p3["name"].tolist() == ["乘客满意度"]
    assert propose_for_sets(indicators, check_indicators(indicators), LIBRARY).empty
