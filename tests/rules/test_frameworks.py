"""Frameworks as data: the shipped ones hold what the article names, and whatever is wrong with a user's is said at once."""

import pandas as pd
import pytest

from perfanalysis.errors import RuleError
from perfanalysis.rules.frameworks import list_frameworks, load_framework

MINI = {
    "name": "mini", "title": {"en": "Mini", "zh": "小"},
    "categories": [
        {"code": "A", "en": "First", "zh": "一", "items": [["a1", "甲", "One", 3, "个", 0, 10], ["a2", "乙", "Two", 1, "天", 20, 0]]},
        {"code": "B", "en": "Second", "zh": "二", "items": [{"code": "b1", "en": "Three", "zh": "丙", "weight": 4, "bands": "60%=50; 80%=80; 90%=100"}]},
    ],
}


@pytest.mark.parametrize("name", list_frameworks()["framework"])
def test_every_shipped_framework_has_names_in_both_languages_and_a_source(name):
    framework = load_framework(name)
    for part in (framework, *framework.categories, *framework.items):
        assert part.title["en"] and part.title["zh"]
    assert framework.source["en"] and framework.source["zh"]


@pytest.mark.parametrize(("name", "items", "categories"), [("district-28", 28, 6), ("department-25", 25, 8)])
def test_the_shape_that_the_article_names(name, items, categories):
    framework = load_framework(name)
    assert (len(framework.items), len(framework.top_categories), framework.frame["weight"].sum()) == (items, categories, 100)
    assert framework.illustrative


def test_bands_as_text_are_from_and_gives():
    bands = load_framework(MINI).items[2].bands
    held = [next(band.gives for band in bands if bool(band.holds(pd.Series([value])).iloc[0])) for value in (0.59, 0.6, 0.8, 0.899, 0.9, 1.2)]
    assert held == [0, 50, 80, 80, 100, 100]


def test_a_change_changes_the_digest():
    assert load_framework(MINI).digest != load_framework({**MINI, "missing": "no_total"}).digest


def test_everything_wrong_is_said_at_once():
    wrong = {
        "name": "wrong", "title": {"en": "Wrong"}, "aggregation": "median", "colour": "red",
        "categories": [
            {"code": "A", "en": "A", "parent": "Z", "items": [["a1", "", "One", "many", "", 5, 5], ["a1", "", "Two", 1, "", 0, 1]]},
            {"code": "B", "en": "B"},
        ],
    }
    with pytest.raises(RuleError) as raised:
        load_framework(wrong)
    message = str(raised.value)
    for part in ("'colour'", "'median' is not one of arithmetic", "'many' is not a number", "two different goalposts", "'a1' stands 2 times",
                 "its parent 'Z' is not a category", "category B: has no items"):
        assert part in message


def test_an_unknown_name_lists_the_shipped_ones():
    with pytest.raises(RuleError, match=r"no framework 'district-29'; near it: district-28, department-25"):
        load_framework("district-29")


def test_a_workbook_with_chinese_headings_and_merged_categories(tmp_path):
    path = tmp_path / "own.xlsx"
    rows = pd.DataFrame({"指标编码": ["x1", "x2", "x3"], "类别": ["组织", None, "公开"], "指标名称": ["甲", "乙", "丙"], "权重（分）": [20, 30, 50],
                         "计量单位": ["%", "天", "%"], "零分值": ["60%", 30, 0.3], "满分值": ["100%", 0, 1], "适用难度": ["是", "否", None]})
    about = pd.DataFrame([["编码", "own-3"], ["名称", "自建体系"], ["难度系数", "相乘"], ["缺失处理", "不计总分"]])
    with pd.ExcelWriter(path) as book:
        about.to_excel(book, sheet_name="说明", index=False, header=False)
        rows.to_excel(book, sheet_name="指标", index=False, startrow=2)
    framework = load_framework(path)
    assert (framework.name, framework.title["en"], framework.difficulty, framework.missing) == ("own-3", "自建体系", "multiply", "no_total")
    assert [(item.code, item.category, item.weight, item.worst, item.best, item.bears_difficulty) for item in framework.items] == [
        ("x1", "C1", 20, 0.6, 1.0, True), ("x2", "C1", 30, 30, 0, False), ("x3", "C2", 50, 0.3, 1, False)]


def test_a_workbook_without_the_headings_says_which_are_needed(tmp_path):
    path = tmp_path / "empty.xlsx"
    pd.DataFrame({"something": [1]}).to_excel(path, index=False)
    with pytest.raises(RuleError, match="no sheet has the headings item, category, name and weight"):
        load_framework(path)
