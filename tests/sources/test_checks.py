"""Rows in error are set aside and listed with their unit and reason; what only looks wrong is used and named."""

import json

import pandas as pd
import pytest

from perfanalysis.errors import DataError
from perfanalysis.sources import check_source, read_source
from perfanalysis.sources.plausibility import fiscal_year

HEAD = "项目编码,年度,单位编码,项目名称,年初预算数,全年预算数,全年执行数,起始年度,结束年度,执行率\n"


def one(problems, code):
    [problem] = [problem for problem in problems if problem.code == code]
    return problem


def test_a_row_that_repeats_another_is_set_aside_and_rows_that_differ_all_are(make_folder):
    data = read_source(make_folder(projects=(
        "项目编码,年度,单位编码,项目名称,全年执行数\n"
        "P1,2023,101,a,1\nP2,2023,101,b,2\nP2,2023,101,b,2\nP3,2023,102,c,3\nP3,2023,102,c,4\nP3,2022,102,c,4\n"
    ), indicators=None))
    projects = data.tables["projects"]
    assert list(zip(projects["project"], projects["year"], strict=True)) == [("P1", 2023), ("P2", 2023), ("P3", 2022)]
    assert data.set_aside["row"].tolist() == [4, 5, 6]
    assert data.set_aside["unit"].tolist() == ["101", "102", "102"]
    assert one(data.problems, "repeated_row").say("en") == "projects.csv, row 4: the row repeats row 3 (Project code, Year = P2, 2023); only the first one is used"
    first = next(problem for problem in data.problems if problem.code == "repeated_key")
    assert first.say("en").startswith("projects.csv, row 5: Project code, Year = P3, 2023 stands in several rows that differ (rows 5, 6)")
    assert first.say("zh") == "projects.csv, 第5行: 项目编码、年度（P3, 2023）在多行中重复且内容不一致（第5、6行），无法判断以哪一行为准，均未使用"


def test_what_refers_to_a_row_that_was_set_aside_goes_with_it_and_keeps_its_unit(make_folder):
    data = read_source(make_folder(projects=(
        "项目编码,年度,单位编码,项目名称,全年执行数\nP1,2023,101,a,许多\nP2,2023,102,b,2\n"
    )))
    assert data.tables["projects"]["project"].tolist() == ["P2"]
    assert "indicators" not in data.tables
    aside = data.set_aside
    assert aside["table"].tolist() == ["projects", "indicators", "indicators"] and aside["unit"].tolist() == ["101"] * 3
    assert aside["severity"].unique().tolist() == ["error"]
    assert aside["problems_en"].iloc[0] == "'全年执行数': '许多' cannot be read as an amount of money"
    assert aside["problems_zh"].iloc[1] == "'项目编码': 项目编码、年度（P1, 2023）所引用的“项目”表中的行本身未通过校验"
    assert json.loads(aside["values"].iloc[0]) == {"项目编码": "P1", "年度": "2023", "单位编码": "101", "项目名称": "a", "全年执行数": "许多"}


def test_references_to_nothing(make_folder):
    data = read_source(make_folder(projects="项目编码,年度,单位编码,项目名称\nP1,2023,101,a\nP9,2023,999,b\n"))
    problem = one(data.problems, "unknown_reference")
    assert problem.say("en") == "projects.csv, row 3, '单位编码': Unit code = 999 does not stand in the table 'Departments and districts'"
    # nobody knows whose row it is
    assert data.set_aside["unit"].isna().tolist() == [True]


def test_every_row_is_used_or_listed(make_folder):
    data = read_source(make_folder(projects="项目编码,年度,单位编码,项目名称,自评得分\nP1,2023,101,a,95\nP2,20,101,b,95\nP3,2023,,c,95\nP4,2023,102,d,105\nP5,x,102,d,9\n"))
    used, aside = data.tables["projects"], data.set_aside.query("table == 'projects'")
    assert len(used) + len(aside) == 5
    said = dict(zip(aside["row"], aside["problems_en"], strict=True))
    assert said == {
        3: "'年度': '20' cannot be read as a year; write it like 2024", 4: "'单位编码': the cell is empty, and this column must be filled",
        5: "'自评得分': '105' is more than 100, the most that is possible", 6: "'年度': 'x' cannot be read as a year; write it like 2024",
    }


def test_without_units_nothing_can_be_used(make_folder):
    folder = make_folder(units=None)
    # said once, not once a row
    assert [problem.say("en") for problem in check_source(folder)] == ["the table 'Departments and districts' is missing; rows that refer to it cannot be used"]
    data = read_source(folder)
    assert not data.tables and len(data.set_aside) == 4
    from perfanalysis.dataset import store_source

    with pytest.raises(DataError, match="the table 'Departments and districts' is missing"):
        store_source(data, folder / "out")


WARNINGS = [
    # the project's row, the code, part of the sentence
    ("P1,2023,101,a,100,100,120,,,", "executed_above_budget", "120 was executed, more than the budget of 100"),
    ("P1,2023,101,a,100,100,50,2024,2025,", "year_before_start", "the year lies before the project's first year 2024"),
    ("P1,2023,101,a,100,100,50,2020,2021,", "year_after_end", "the year lies after the project's last year 2021"),
    ("P1,2023,101,a,100,100,50,2023,2021,", "ends_before_start", "the last year 2021 lies before the first year 2023"),
    # 90 typed in 万元 beside 900,000 and 880,000 in yuan, whose middle is 890,000; 890,000 / 90 = 9,889
    ("P1,2023,101,a,90,900000,880000,,,", "money_scale", "looks about 10,000 times too large or too small (÷9,900 against 890,000, the other amounts of this row)"),
    # stated 90 where 90 % was computed: 90 / 0.9 = 100
    ("P1,2023,101,a,100,100,90,,,90", "percent_scale", "100 times too large or too small (×100 against 0.9)"),
]


@pytest.mark.parametrize(("row", "code", "says"), WARNINGS, ids=[code for _, code, _ in WARNINGS])
def test_what_looks_wrong_is_used_and_named(make_folder, row, code, says):
    data = read_source(make_folder(projects=f"{HEAD}{row}\n", indicators=None))
    problem = one(data.problems, code)
    assert says in problem.say("en") and problem.severity == "warning" and problem.row == 2
    assert problem.say("zh") != problem.say("en")
    assert len(data.tables["projects"]) == 1 and data.set_aside.empty
    assert data.to_look_at[["table", "unit", "row", "severity"]].iloc[0].tolist() == ["projects", "101", 2, "warning"]


@pytest.mark.parametrize("row", [
    "P1,2023,101,a,100,100,100,2020,2025,100%", "P1,2023,101,a,100,250,100,,,40%", "P1,2023,101,a,1000000,1000000,100,,,", "P1,2023,101,a,,100,0,,,0", "P1,2023,101,a,100,,,,,",
])
def test_what_is_in_order_or_merely_bad_raises_no_warning(make_folder, row):
    # the third: hardly anything was executed, which is for the report to say and no slip of the pen
    assert check_source(make_folder(projects=f"{HEAD}{row}\n", indicators=None)) == ()


def test_money_is_compared_with_other_years_and_with_the_unit(make_folder):
    rows = [f"P{number},2023,101,a,,{amount},,,," for number, amount in enumerate([800000, 900000, 1000000, 1100000, 1200000, 130], 1)]
    rows += ["Q1,2021,102,b,,5000000,,,,", "Q1,2022,102,b,,5500000,,,,", "Q1,2023,102,b,,520,,,,"]
    found = [problem for problem in check_source(make_folder(projects=HEAD + "\n".join(rows) + "\n", indicators=None)) if problem.code == "money_scale"]
    # 130 against the median of the unit's six projects, 950,000 (in logarithms 948,683); 520 against the median of 5.0 and 5.5 million
    assert [(problem.row, problem.values["compared"].code) for problem in found] == [(7, "unit_projects"), (10, "other_years")]


@pytest.mark.parametrize(("weights", "warned"), [((50, 40), False), ((50, 30), False), ((60, 40), False), ((50, 45), True), ((45.0, 44.999), False)])
def test_weights_add_up_to_100_less_execution(make_folder, weights, warned):
    rows = "".join(f"P1,2023,{number},产出指标,x,{weight}\n" for number, weight in enumerate(weights, 1))
    problems = check_source(make_folder(indicators=f"项目编码,年度,指标编码,一级指标,三级指标,分值\n{rows}"))
    assert [problem.code for problem in problems] == ["weights_do_not_add_up"] * warned
    if warned:
        assert problems[0].say("en") == (
            "indicators.csv, row 2, '分值': the points of the indicators of project P1 in 2023 add up to 95; "
            "expected is 100 less the points for execution, one of 80, 90, 100"
        )


def test_execution_that_falls_and_dates_outside_of_the_year(make_folder):
    data = read_source(make_folder(execution=(
        "单位编码,项目编码,年度,截止日期,预算数,累计执行数\n"
        "101,,2023,2023-01-31,100,10\n101,,2023,2023-02-28,100,8\n101,,2023,2024-01-31,100,30\n101,P7,2023,2023-03-31,100,10\n101,,2023,2023-04-30,100,101\n"
    )))
    assert [(problem.code, problem.row) for problem in data.problems] == [
        ("cumulative_falls", 3), ("cumulative_falls", 4), ("date_outside_year", 4), ("unknown_reference", 5), ("executed_above_budget", 6),
    ]
    assert len(data.tables["execution"]) == 5  # a project that nobody knows is only a warning here: the unit is known


def test_problems_closed_before_they_were_found(make_folder):
    problems = check_source(make_folder(problems=(
        "问题编号,单位编码,问题来源,发现日期,整改期限,整改完成日期,问题描述\nW1,101,审计,2023-05-01,2023-04-01,2023-04-30,x\n"
    )))
    assert [problem.column for problem in problems] == ["整改完成日期", "整改期限"]
    assert problems[0].say("en") == "problems.csv, row 2, '整改完成日期': 30 April 2023 lies before the date of 'Found on', 1 May 2023"
    assert problems[0].say("zh") == "problems.csv, 第2行, '整改完成日期': 2023年4月30日早于“发现日期”2023年5月1日"


def test_monitored_values_are_read_in_the_measure_of_their_indicator(make_folder):
    data = read_source(make_folder(monitoring=(
        "项目编码,年度,监控时点,指标编码,全年目标执行情况,全年预计完成情况\nP1,2023,2023-07-31,1,30个,50\nP1,2023,2023-07-31,2,60%,95\n"
    )))
    monitoring = data.tables["monitoring"]
    assert monitoring["actual_to_date"].tolist() == [30.0, 0.6]
    # 95 could be 95 % or a slip: the indicator is in per cent and the sign is missing
    assert monitoring["expected"].isna().tolist() == [False, True]
    assert one(data.problems, "percent_on_one_side").row == 3


@pytest.mark.parametrize(("start", "first", "last"), [(1, "2023-01-01", "2023-12-31"), (7, "2022-07-01", "2023-06-30"), (4, "2022-04-01", "2023-03-31")])
def test_fiscal_years_are_named_by_their_end(start, first, last):
    begins, ends = fiscal_year(pd.Series([2023], dtype="Int64"), start)
    assert (begins[0], ends[0]) == (pd.Timestamp(first), pd.Timestamp(last))


def test_a_row_whose_year_is_wrong_is_still_its_project_s_unit_s(make_folder):
    data = read_source(make_folder(indicators="项目编码,年度,指标编码,三级指标\nP2,去年,1,x\n"))
    assert data.set_aside[["table", "unit", "row"]].values.tolist() == [["indicators", "102", 2]]
