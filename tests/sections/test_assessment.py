"""Assessment reports with frameworks of a user's own: a workbook for the districts, YAML for the departments, and no code."""

import datetime

import numpy as np
import pandas as pd
import pytest
import yaml

from perfanalysis import words
from perfanalysis.dataset import write_dataset
from perfanalysis.display.blocks import Table, Text
from perfanalysis.display.show import make_output
from perfanalysis.reporting.plan import load_plan
from perfanalysis.sections import (
    load_unit,
    section_assessment,
    section_assessment_method,
    section_city_assessment,
    section_city_inspection,
    section_inspection,
    section_pefa,
    section_summary,
)
from perfanalysis.sections.ranks import section_city_ranks, section_ranks

NOTHING_SET_ASIDE = pd.DataFrame({name: pd.Series(dtype="str") for name in ("table", "unit", "file", "sheet", "severity", "problems_en", "problems_zh", "values")}
                                 ).assign(row=pd.Series(dtype="int64"))
#: District d0 is worst in everything, d5 best; 31 items in 7 categories. In 2019 d0 stood where d3 stands.
QUALITY = {2019: [0.7, 0.5, 0.6, 0.7, 0.8, 0.9], 2020: [0.4, 0.5, 0.6, 0.7, 0.8, 0.9]}


def write_workbook(path):
    """31 items in 7 categories, each worth 0 at 0 and 100 at 1; weights 3, but for the last: 10."""
    rows = [(f"N{number:02d}", f"类别{number % 7 + 1}", f"指标{number}", 10 if number == 31 else 3, "%", 0, 1) for number in range(1, 32)]
    frame = pd.DataFrame(rows, columns=["指标编码", "类别", "指标名称", "权重", "计量单位", "零分值", "满分值"])
    with pd.ExcelWriter(path) as book:
        frame.to_excel(book, sheet_name="指标", index=False)
        pd.DataFrame([["编码", "own-31"], ["名称", "自建区级考核体系"]]).to_excel(book, sheet_name="说明", index=False, header=False)


def write_yaml(path):
    """Two aspects with other weights and no difficulty."""
    path.write_text(yaml.safe_dump({
        "name": "own-departments", "title": {"en": "Our departments", "zh": "本市部门考核"}, "difficulty": "none",
        "categories": [{"code": "X", "en": "Money", "zh": "资金", "items": [["x1", "执行", "Execution", 70, "%", 0, 1]]},
                       {"code": "Y", "en": "Results", "zh": "结果", "items": [["y1", "满意", "Satisfaction", 30, "%", 0.5, 1]]}],
    }, allow_unicode=True), encoding="utf-8")


@pytest.fixture
def city(tmp_path):
    units = pd.DataFrame({"unit": [f"d{n}" for n in range(6)] + [f"m{n}" for n in range(6)], "name": [f"{n}区" for n in range(6)] + [f"{n}局" for n in range(6)],
                          "name_en": [f"District {n}" for n in range(6)] + [f"Bureau {n}" for n in range(6)], "kind": ["district"] * 6 + ["department"] * 6})
    rows = [("own-31", f"d{n}", year, f"N{item:02d}", quality, np.nan) for year, all_units in QUALITY.items()
            for n, quality in enumerate(all_units) for item in range(1, 32)]
    # bureaux: execution 0.5 to 1.0, satisfaction 1.0 to 0.5
    rows += [("own-departments", f"m{n}", 2020, item, value, np.nan) for n in range(6) for item, value in (("x1", 0.5 + n / 10), ("y1", 1 - n / 10))]
    rows += [("district-28", "d5", 2020, "D1.1", 0.8, np.nan)]
    assessments = pd.DataFrame(rows, columns=["framework", "unit", "year", "item", "value", "score"])
    problems = pd.DataFrame({
        "problem": ["P1"], "unit": ["d1"], "source": ["audit"], "found_on": [pd.Timestamp(2020, 1, 1)], "due_on": [pd.Timestamp(2020, 6, 30)],
        "closed_on": [pd.NaT], "description": ["未整改"]})
    heads = [("d0", 100.0, 90.0), ("m0", 300.0, 330.0)]
    projects = pd.DataFrame([
        (f"{unit}-p", unit, year, "项目", budget, budget, spent) for unit, budget, spent in heads for year in (2018, 2019, 2020)],
        columns=["project", "unit", "year", "name", "budget_initial", "budget_adjusted", "executed"])
    tables = {"units": units, "assessments": assessments, "problems": problems, "projects": projects}
    dataset = write_dataset(tmp_path / "city", tables, set_aside=NOTHING_SET_ASIDE, sources=[], name="小市", name_en="Tiny City")
    write_workbook(tmp_path / "own.xlsx")
    write_yaml(tmp_path / "departments.yaml")
    return dataset.path, str(tmp_path / "own.xlsx"), str(tmp_path / "departments.yaml")


def facts(section):
    return {fact.measure: fact.value for fact in section.facts}


def test_the_districts_by_a_workbook_of_31_in_7(city):
    path, workbook, _ = city
    section = section_assessment(load_unit(path, "d3", 2020), workbook)
    known = facts(section)
    assert (known["assessment_items"], known["assessment_categories"]) == (31, 7)
    assert known["assessment_score"] == pytest.approx(70)
    assert known["assessment_median"] == pytest.approx(65)  # of 40, 50, 60, 70, 80, 90
    assert (known["assessment_rank"], known["assessment_rank_low"], known["assessment_rank_high"], known["assessment_of"]) == (3, 3, 3, 6)
    assert "difficulty_coefficient" not in known
    assert not [block for block in section.blocks if isinstance(block, Text) and block.code == "assessment.illustrative"]


def test_a_shipped_framework_says_that_it_is_illustrative_and_too_little_gives_no_total(city):
    path, *_ = city
    section = section_assessment(load_unit(path, "d5", 2020), "district-28")
    texts = [block.code for block in section.blocks if isinstance(block, Text)]
    # one item of 28 has a value: 3 of 100 points of weight
    assert texts[:2] == ["assessment.illustrative", "assessment.no_total"]
    assert facts(section)["assessment_score"] is None
    (missing,) = section.findings
    assert (missing.code, missing.values["items"].value) == ("assessment_missing_items", 27)


def test_a_framework_without_data_names_those_that_have_some(city):
    path, *_ = city
    (block,) = section_assessment(load_unit(path, "d3", 2020), "department-25").blocks
    assert (block.code, block.values["others"]) == ("assessment.no_rows", ["own-31"])


def test_departments_by_a_framework_with_other_weights_and_no_difficulty(city):
    path, _, framework = city
    section = section_assessment(load_unit(path, "m2", 2020), framework)
    # execution 0.7 → 70; satisfaction 0.8 between 0.5 and 1 → 60; 0.7 · 70 + 0.3 · 60 = 67
    assert facts(section)["assessment_score"] == pytest.approx(67)
    assert [block.code for block in section.blocks if isinstance(block, Text)].count("assessment.no_difficulty") == 1
    assert not [block for block in section.blocks if isinstance(block, Table) and block.code == "assessment_difficulty"]


def test_the_overview_names_who_fell_and_the_candidates_with_reasons(city):
    path, workbook, _ = city
    unit = load_unit(path, "city", 2020)
    overview = section_city_assessment(unit, workbook)
    (fell,) = overview.findings
    assert [label.code for label in fell.values["names"]] == ["d0"]
    inspection = section_city_inspection(unit, workbook)
    table = next(block for block in inspection.blocks if isinstance(block, Table)).frame
    # d0: 40 is below 60 in total, 30 points lower than 70, and below 50 in all seven categories; d1: 50 in total, overdue from 30 June to 31 December: 184 days
    assert table[table["unit"] == "d0"]["reason"].tolist() == ["low_score", "fell", *["low_category"] * 7]
    assert list(zip(table[table["unit"] == "d1"]["reason"], table[table["unit"] == "d1"]["value"].round(6), strict=True)) == [
        ("low_score", 50), ("overdue", (datetime.date(2020, 12, 31) - datetime.date(2020, 6, 30)).days)]
    assert set(table["unit"]) == {"d0", "d1"}
    assert list(table["unit"].unique()) == ["d0", "d1"]  # most reasons first


def test_a_district_learns_whether_it_is_a_candidate(city):
    path, workbook, _ = city
    assert section_inspection(load_unit(path, "d4", 2020), workbook).findings == ()
    (finding,) = section_inspection(load_unit(path, "d0", 2020), workbook).findings
    assert [label.code for label in finding.values["names"]] == ["low_score", "fell", "low_category"]


def test_pefa_on_three_years(city):
    path, *_ = city
    section = section_pefa(load_unit(path, "city", 2020))
    known = facts(section)
    assert known["pefa_ratio"] == pytest.approx(420 / 400)
    # expected 105 and 315; off by 15 and 15, of 420
    assert known["pefa_variance"] == pytest.approx(30 / 420)
    assert (known["pefa_pi1"], known["pefa_pi2"]) == ("A", "B")
    # the arithmetic of each year: 30 off of 420 expected, and every line with its sum
    assert (known["pefa_off"], known["pefa_expected"], known["pefa_variance_of_year"]) == pytest.approx((30, 420, 30 / 420))
    tables = [block for block in section.blocks if isinstance(block, Table) and block.code == "pefa_heads"]
    assert [table.values["year"].value for table in tables] == [2020, 2019, 2018]
    assert tables[0].frame[["budget", "actual", "expected", "off"]].to_numpy().tolist() == [[300, 330, 315, 15], [100, 90, 105, 15], [400, 420, 420, 30]]


def test_every_page_is_said_in_every_language_and_every_fact_has_one_value(city):
    path, workbook, departments = city
    whole, district = load_unit(path, "city", 2020), load_unit(path, "d0", 2020)
    reports = [
        [section_assessment(district, workbook), section_inspection(district, workbook)],
        [section_assessment(load_unit(path, "m2", 2020), departments)],
        [section_city_assessment(whole, workbook), section_city_inspection(whole, workbook)], [section_pefa(whole)],
    ]
    for sections in reports:
        seen = {}
        for section in (*sections, section_summary(whole, tuple(sections)), section_assessment_method(whole, tuple(sections), workbook)):
            for lang in words.languages():
                assert make_output(section, lang)["text/plain"]
            for fact in section.facts:
                assert seen.setdefault(fact.id, fact.value) == fact.value, fact.id


def test_a_plan_takes_the_path_of_a_framework(city, tmp_path, request):
    path, *_ = city
    (tmp_path / "parameters").mkdir()
    plan = tmp_path / "parameters" / "own.yaml"
    notebook = request.config.rootpath / "notebooks" / "district.ipynb"
    plan.write_text(yaml.safe_dump({
        "title": {"en": "Own", "zh": "自建"}, "notebook": str(notebook), "dataset": str(path), "units": {"kind": "district"}, "parameter": "district",
        "parameters": {"year": 2020, "framework": "own.xlsx"}, "languages": ["en", "zh"]}, allow_unicode=True), encoding="utf-8")
    assert load_plan(plan).parameters["framework"] == str((tmp_path / "own.xlsx").resolve())


def test_the_notebook_runs_with_a_workbook(city, tmp_path, request):
    import nbformat
    import papermill

    path, workbook, _ = city
    papermill.execute_notebook(
        request.config.rootpath / "notebooks" / "district.ipynb", tmp_path / "out.ipynb", progress_bar=False, kernel_name="python3",
        parameters={"dataset": str(path), "district": "d0", "year": 2020, "lang": "zh", "framework": workbook})
    made = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    html = "".join(output["data"].get("text/html", "") for cell in made.cells for output in cell.get("outputs", ()) if "data" in output)
    assert "自建区级考核体系" in html


def test_a_district_learns_how_sure_its_place_is(city):
    path, workbook, departments = city
    # every item puts the districts in the same order: no choice and no item can change a place
    section = section_ranks(load_unit(path, "d3", 2020), workbook)
    known = facts(section)
    assert (known["assessment_rank"], known["assessment_rank_low"], known["assessment_rank_high"]) == (3, 3, 3)
    assert (known["assessment_ahead"], known["assessment_behind"], known["assessment_overlap"]) == (2, 3, 0)
    assert [block.code for block in section.blocks if isinstance(block, Text)] == ["ranks.lead_alone", "ranks.unmoved", "ranks.no_item"]
    # bureaux: execution 0.5 to 1.0 weighs 70, satisfaction falls from 1.0 to 0.5 (goalposts 0.5 and 1) and weighs 30. m5: 70 + 0 = 70; m0: 35 + 30 = 65;
    # each one step of execution more is 7 points up, one of satisfaction less is 6 points down: 65, 66, 67, 68, 69, 70. Without execution the order turns round
    section = section_ranks(load_unit(path, "m5", 2020), departments)
    known = facts(section)
    assert (known["assessment_rank"], known["items_moving"], known["item_shift_largest"], known["rank_without"]) == (1, 1, 5, 6)
    assert known["assessment_rank_high"] > 1
    assert [finding.code for finding in section.findings] == ["rank_uncertain"]
    for lang in words.languages():
        assert make_output(section, lang)["text/plain"]


def test_the_overview_says_what_the_order_hangs_on(city):
    path, workbook, departments = city
    unit = load_unit(path, "city", 2020)
    assert "city_ranks.unmoved" in [block.code for block in section_city_ranks(unit, workbook).blocks]
    section = section_city_ranks(unit, departments)
    table = next(block for block in section.blocks if isinstance(block, Table)).frame.set_index("node")
    # without execution (or its category X) places 1 to 6 become 6 to 1: |5| + |3| + |1| twice, 18 ÷ 6 = 3; without satisfaction nothing changes
    assert table["mean"].to_dict() == {"X": 3, "x1": 3, "Y": 0, "y1": 0}
    assert table.loc["X", "max"] == 5
    for lang in words.languages():
        assert make_output(section, lang)["text/plain"]


def test_too_few_units_have_no_order(city):
    path, *_ = city
    section = section_ranks(load_unit(path, "d5", 2020), "district-28")
    assert [block.code for block in section.blocks] == ["ranks.none"]
    assert [block.code for block in section_city_ranks(load_unit(path, "city", 2020), "district-28").blocks] == ["city_ranks.none"]
