"""The shipped indicator library holds what it promises, and a user's own is read as people keep it, or refused with every reason."""

import re
import unicodedata

import numpy as np
import pandas as pd
import pytest

from perfanalysis import words
from perfanalysis.errors import DataError, RuleError
from perfanalysis.rules.library import NgramIndex, level_of, load_library, load_wording, search_library, sector_category
from perfanalysis.tables import TABLES

SHIPPED = load_library().frame


@pytest.fixture
def write(tmp_path):
    def put(name, text, encoding="utf-8"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode(encoding))
        return path

    return put


def test_seventeen_generic_and_sixteen_sector_categories_of_twenty_or_more():
    # the counts of the article; 33 × 20 = 660
    counted = load_library().count()
    assert counted["kind"].value_counts().to_dict() == {"generic": 17, "sector": 16}
    assert counted["indicators"].min() >= 20
    assert counted["indicators"].sum() == len(SHIPPED) >= 660
    assert not counted[["category_zh", "category_en"]].isna().any(axis=None)


@pytest.mark.parametrize("category", SHIPPED["category"].unique())
def test_every_shipped_indicator_is_whole_and_says_how_it_is_measured(category):
    rows = SHIPPED[SHIPPED["category"] == category]
    assert not rows.isna().any(axis=None)
    assert rows["direction"].isin([">=", "<=", "="]).all()
    assert {"output", "benefit", "satisfaction", "cost"} == set(rows["level1"])
    assert rows["name"].str.contains("[\u4e00-\u9fff]").all()
    # English is English: no Chinese letters or punctuation in it
    for column in ("name_en", "measure_en", "evidence_en"):
        assert not rows[column].str.contains("[\u3000-\u9fff，、；：？]").any(), column
    # a library of measurable indicators must not hold what it tells others to avoid
    assert not rows["name"].str.contains("情况$|及时性$|明显|较好").any()
    assert rows["illustrative"].all()


def test_no_shipped_indicator_stands_twice():
    for column in ("code", "name", "name_en"):
        folded = SHIPPED[column].map(lambda text: re.sub(r"\W", "", unicodedata.normalize("NFKC", text)).casefold())
        assert SHIPPED.loc[folded.duplicated(keep=False), column].tolist() == []


def test_shipped_levels_and_satisfaction_agree():
    known = {"数量指标": "output", "质量指标": "output", "时效指标": "output", "成本指标": "cost", "经济效益指标": "benefit", "社会效益指标": "benefit",
             "生态效益指标": "benefit", "可持续影响指标": "benefit", "服务对象满意度指标": "satisfaction"}
    assert (SHIPPED["level2"].map(known) == SHIPPED["level1"]).all()
    asked = SHIPPED[SHIPPED["level1"] == "satisfaction"]
    assert asked["name"].str.contains("满意度|安全感").all()
    assert asked["measure"].eq("%").all()


def test_the_library_cannot_be_changed_through_its_frame():
    frame = load_library().frame
    frame["name"] = "x"
    assert load_library().frame["name"].ne("x").all()


def test_jupyter_shows_the_categories_and_that_they_are_illustrative():
    shown = load_library()._repr_html_()
    assert "政府采购" in shown and "Government procurement" in shown
    for lang in words.languages():
        assert words.say("library.illustrative", lang).split("'")[0] in shown


# a user's own library

def test_a_csv_with_official_headers_in_gb18030(write):
    own = load_library(write("库.csv", "三级指标,一级指标,二级指标,方向,计量单位,分类\n学生近视率,效益指标,社会效益,≤,%,教育\n购书数量,,产出数量,不低于,册,阅读\n", "gb18030"))
    rows = own.frame.set_index("name")
    assert rows.loc["学生近视率", ["level1", "level2", "direction", "kind", "category", "category_en"]].tolist() == [
        "benefit", "社会效益指标", "<=", "sector", "education", "Education"]
    # level 1 follows from the known level 2; a category of one's own keeps its name and has no kind
    assert rows.loc["购书数量", ["level1", "direction", "category", "category_zh"]].tolist() == ["output", ">=", "阅读", "阅读"]
    assert pd.isna(rows.loc["购书数量", "kind"])
    assert not own.illustrative
    assert own.frame["code"].tolist() == ["R1", "R2"]


def test_a_workbook_with_a_title_above_the_header_and_a_sheet_a_category(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "教育"
    for row in (["某市绩效指标库"], ["编码", "指标名称", "指标方向"], [101, "学生近视率", "≤"], [None, None, None], [102, "入学率", "≥"]):
        book.active.append(row)
    sheet = book.create_sheet("说明")
    sheet.append(["本表由财政局编制"])
    book.save(tmp_path / "own.xlsx")
    frame = load_library(tmp_path / "own.xlsx").frame
    # a code typed as a number is the text that a person sees
    assert frame[["code", "name", "category", "direction"]].to_numpy().tolist() == [
        ["101", "学生近视率", "education", "<="], ["102", "入学率", "education", ">="]]


def test_yaml_and_a_folder(write, tmp_path):
    write("own/health.yaml", "- {name: 门诊人次, level2: 数量指标, direction: '>='}\n- {指标名称: 床位使用率, 计量单位: '%'}\n")
    write("own/别的.csv", "name\n收藏数量\n")
    frame = load_library(tmp_path / "own").frame.set_index("name")
    assert frame.loc["门诊人次", ["category", "level1"]].tolist() == ["health", "output"]
    assert frame.loc["床位使用率", "measure"] == "%"
    assert frame.loc["收藏数量", "category"] == "别的"


def test_extending_keeps_the_shipped_and_replaces_by_code(write):
    path = write("own.csv", "code,name,category\nG01-01,另一个名称,政府采购\nX1,新增指标,政府采购\n")
    own = load_library(path, extend=True)
    assert len(own) == len(SHIPPED) + 1
    assert own.frame.set_index("code").loc["G01-01", "name"] == "另一个名称"
    assert own.illustrative  # most of it still is
    assert own.frame.set_index("code").loc["X1", "illustrative"] == False  # noqa: E712


def test_everything_wrong_is_said_at_once(write):
    path = write("own.csv", "code,name,level1,direction\nA,甲,产出指标,≧\nA,乙,过程,≥\nB,,产出,≥\n")
    with pytest.raises(DataError) as raised:
        load_library(path)
    said = raised.value.say("en").splitlines()
    assert said == [
        "own.csv, row 2, 'direction': '≧' is not one of ≥, ≤, =",
        "own.csv, row 3, 'level1': '过程' is not one of 产出指标, 效益指标, 满意度指标, 成本指标",
        "own.csv, row 3, 'code': the code 'A' stands twice in the library (first: own.csv, row 2)",
        "own.csv, row 4, 'name': the cell is empty, and this column must be filled",
    ]
    assert "指标编码“A”在指标库中重复（首次出现：own.csv，第2行）" in raised.value.say("zh").replace(", ", "，")


@pytest.mark.parametrize(("name", "content", "said"), [
    ("own.csv", "a,b\n1,2\n", "no column of indicator names was found"),
    ("own.yaml", "name: [", "cannot be read"),
    ("own.yaml", "just text", "not a list of mappings"),
    ("own.xlsx", "no workbook", "cannot be read"),
    ("own.docx", "x", "this kind of file cannot be read"),
])
def test_files_that_are_no_library(write, name, content, said):
    with pytest.raises(DataError, match=said):
        load_library(write(name, content))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="there is no such file"):
        load_library(tmp_path / "none.csv")


# levels, sectors, wording

def test_levels_are_compared_by_what_they_mean():
    level1 = pd.Series(["output", "output", "benefit", None])
    level2 = pd.Series(["数量指标", "产出数量", "其他", "满意度指标"])
    assert level_of(level1, level2).tolist() == ["数量指标", "数量指标", "benefit", "服务对象满意度指标"]


def test_sectors_of_departments_find_their_category():
    assert sector_category("education") == "education"
    assert sector_category("人力资源和社会保障") == "social_security"
    assert sector_category("") is None
    assert sector_category("public_administration") is None


def test_wording_is_data(write):
    wording = load_wording()
    assert re.search(wording.vague, "明显改善") and re.search(wording.vague, "good service") and not re.search(wording.vague, "goods")
    assert re.search(wording.number, "三个工作日内及时办结") and not re.search(wording.number, "进一步提高")
    with pytest.raises(RuleError, match="missing empty"):
        load_wording(write("w.yaml", "{vague: [好], ending: x, number: '[0-9]', source: {}, verified: false}"))
    with pytest.raises(RuleError, match="not a regular expression"):
        load_wording(write("v.yaml", "{vague: [好], empty: [无], ending: x, number: '[', source: {}, verified: false}"))


# n-grams, by hand

def test_similarity_of_two_texts_by_hand():
    # two texts, "ab" and "cd"; with blanks at the ends of words the triples are " ab", "ab " and " cd", "cd ": nothing shared.
    # each gram stands in one of two texts: idf = ln(3/2) + 1; a text that equals one has cosine 1
    index = NgramIndex.build(["ab", "cd"])
    assert index.compare(["ab", "cd", "xy", ""]).toarray() == pytest.approx(np.array([[1, 0], [0, 1], [0, 0], [0, 0]]))
    # Chinese: 甲乙 gives 甲, 乙 and the pair; 甲丙 shares 甲 with it. Singles weigh 1.5, idf of 甲 (both texts) ln(3/3)+1 = 1, of the others
    # w = ln(3/2)+1. 甲乙 = (1.5, 1.5w, w): cosine = 2.25 / (2.25 + 2.25 w² + w²)
    index = NgramIndex.build(["甲乙", "甲丙"])
    w = np.log(1.5) + 1
    assert index.compare(["甲丙"]).toarray()[0, 0] == pytest.approx(2.25 / (2.25 + 3.25 * w**2), rel=1e-6)


def test_grams_that_no_indexed_text_has_count_against_the_likeness():
    index = NgramIndex.build(["甲乙", "丙丁"])
    alone, with_more = index.compare(["甲乙", "甲乙戊己"]).toarray()[:, 0]
    assert alone == pytest.approx(1)
    assert 0.3 < with_more < 0.8


def test_width_case_and_repetition_do_not_matter():
    index = NgramIndex.build(["PM2.5浓度"])
    assert index.compare(["PM2.5浓度\nPM2.5浓度"]).toarray()[0, 0] == pytest.approx(1)
    assert index.compare(["ｐｍ２.５浓度"]).toarray()[0, 0] == pytest.approx(1)


# search

@pytest.mark.parametrize(("text", "first"), [
    ("参训人员满意", "参训人员满意度"), ("公交线路补贴", "公交补贴线路数量"), ("学前教育学位", "新增普惠性学前教育学位数"), ("PM2.5", "细颗粒物（PM2.5）年均浓度"),
    ("satisfaction of passengers", "乘客满意度"), ("pension paid on time", "养老金按时足额发放率"),
])
def test_search_finds_what_is_meant_first(text, first):
    found = search_library(load_library(), text)
    assert found["name"].iloc[0] == first
    assert len(found) <= 20
    assert found["fit"].between(0, 1).all() and found["fit"].is_monotonic_decreasing


def test_search_within_a_category_and_a_level():
    found = search_library(load_library(), "满意度", category="卫生健康", level1="satisfaction")
    assert set(found["name"]) == {"患者满意度", "医务人员满意度"}
    assert search_library(load_library(), "满意度", category="Health", most=1)["category"].tolist() == ["health"]


def test_search_for_nothing_and_for_what_is_not_there():
    assert search_library(load_library(), "  ").empty
    assert search_library(load_library(), "龘靐齉").empty
    with pytest.raises(KeyError, match="no category 'x' in the library; there are: procurement"):
        search_library(load_library(), "满意度", category="x")
    with pytest.raises(KeyError, match="no level 1 'process'"):
        search_library(load_library(), "满意度", level1="process")


def test_levels_of_the_data_model_are_those_of_the_library():
    assert set(SHIPPED["level1"]) == set(TABLES["indicators"].column("level1").choices)
