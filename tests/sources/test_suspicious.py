"""What a sceptical reader found that went through unseen: error cells, points above points, shares in words, a year-end that does not add up."""

import pandas as pd
import pytest
from openpyxl import Workbook

from perfanalysis.sources import check_source, read_source, write_template
from perfanalysis.sources.grid import read_grids
from perfanalysis.sources.targets import read_targets


def codes(problems):
    return [(problem.code, problem.severity, problem.row) for problem in problems]


@pytest.fixture
def broken_workbook(tmp_path):
    """Two units; three projects with an error value, another one, and a formula that no spreadsheet program has worked out."""
    book = Workbook()
    units, projects = book.active, book.create_sheet("项目")
    units.title = "部门和区"
    for row in (["单位编码", "单位名称", "类别"], ["101", "市教育局", "部门"]):
        units.append(row)
    projects.append(["项目编码", "年度", "单位编码", "项目名称", "全年预算数", "全年执行数"])
    for number, amount in enumerate(["#REF!", "#N/A", "#DIV/0!", "=B2*2", 80], 1):
        projects.append([f"P{number}", 2023, "101", "校舍", 100, amount])
    projects["D6"] = "#N/A"
    for row in (2, 3, 4):
        projects.cell(row, 6).data_type = "e"
    projects["D6"].data_type = "e"
    path = tmp_path / "城市.xlsx"
    book.save(path)
    return path


def test_error_cells_and_formulas_without_a_value_are_no_empty_cells(broken_workbook):
    data = read_source(broken_workbook)
    assert codes(data.problems) == [("cell_error", "error", row) for row in (2, 3, 4)] + [("cell_uncalculated", "error", 5), ("cell_error", "error", 6)]
    assert [problem.column for problem in data.problems] == ["全年执行数"] * 4 + ["项目名称"]
    assert "#REF!" in data.problems[0].say("zh") and "Excel" in data.problems[3].say("en")
    assert "projects" not in data.tables and len(data.set_aside) == 5


def test_a_formula_with_its_value_is_that_value(broken_workbook):
    import zipfile

    with zipfile.ZipFile(broken_workbook) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    sheet = "xl/worksheets/sheet2.xml"
    parts[sheet] = parts[sheet].replace(b"<f>B2*2</f><v />", b"<f>B2*2</f><v>90</v>").replace(b"<f>B2*2</f><v/>", b"<f>B2*2</f><v>90</v>")
    with zipfile.ZipFile(broken_workbook, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    assert next(grid for grid in read_grids(broken_workbook, "x")[0] if grid.sheet == "项目").rows[4][5] == 90


def test_an_error_value_in_a_text_file_is_an_error_too(make_folder):
    problems = check_source(make_folder(indicators=None, projects="项目编码,年度,单位编码,项目名称,全年执行数\nP1,2023,101,a,#DIV/0!\nP2,2023,102,b,#N/A\n"))
    assert codes(problems) == [("cell_error", "error", 2), ("cell_error", "error", 3)]


def test_more_points_than_there_are(make_folder):
    # the indicators of P1 have 90 points, so that 10 are left for execution; those of P2 have 100 and say nothing of execution
    data = read_source(make_folder(
        projects="项目编码,年度,单位编码,项目名称,预算执行得分\nP1,2023,101,a,12\nP2,2023,102,b,12\n",
        indicators="项目编码,年度,指标编码,三级指标,分值,得分\nP1,2023,1,x,50,51\nP1,2023,2,y,40,40\nP2,2023,1,x,100,99\n",
    ))
    assert [(problem.code, problem.file, problem.row) for problem in data.problems] == [("score_above_points", "projects.csv", 2), ("score_above_points", "indicators.csv", 2)]
    assert data.problems[0].severity == "warning" and "12" in data.problems[0].say("en") and "10" in data.problems[0].say("en")
    assert len(data.tables["indicators"]) == 3


def test_negative_amounts(make_folder):
    problems = check_source(make_folder(indicators=None, projects="项目编码,年度,单位编码,项目名称,全年预算数,全年执行数\nP1,2023,101,a,100,-5\n"))
    assert codes(problems) == [("negative_amount", "warning", 2)]


def test_a_percentage_is_no_number_of_points(make_folder):
    data = read_source(make_folder(indicators="项目编码,年度,指标编码,三级指标,分值,得分\nP1,2023,1,x,50%,45\n"))
    assert codes(data.problems) == [("percent_for_points", "error", 2)] and "indicators" not in data.tables


@pytest.mark.parametrize(("cells", "found"), [
    ({"target": ">50", "actual": "60"}, [("strict_direction", "target")]), ({"target": "50", "actual": "60", "direction": "＞"}, [("strict_direction", "direction")]),
    ({"target": "≥50", "actual": "60", "direction": ">="}, []), ({"target": "≥90%", "actual": "九成"}, [("unreadable_number", "actual")]),
    ({"target": "效果好", "actual": "九成"}, [("unreadable_number", "actual")]), ({"target": "≥90%", "actual": "九成", "reached": "是"}, [("unreadable_number", "actual")]),
    ({"target": "≥90%", "actual": "部分完成"}, []),
])
def test_strict_directions_and_shares_in_words_are_named(cells, found):
    read = read_targets(pd.DataFrame({name: pd.Series([cell], dtype="object") for name, cell in cells.items()}))
    assert [(code, column) for code, column, rows in read.warnings if rows.any()] == found


EXECUTION = "单位编码,项目编码,年度,截止日期,累计执行数\n"


@pytest.mark.parametrize(("rows", "warned"), [
    # P1 of unit 101 has 900,000 executed: 5 % of it is 45,000
    ("101,,2023,2023-12-31,945000\n", False), ("101,,2023,2023-12-31,946000\n", True), ("101,P1,2023,2023-12-31,90\n", True),
    ("101,P1,2023,2023-11-30,600000\n", False), ("101,P1,2023,2023-12-31,900000\n", False),
])
def test_the_year_end_is_compared_with_the_projects(make_folder, rows, warned):
    problems = check_source(make_folder(execution=EXECUTION + rows))
    assert [problem.code for problem in problems] == ["year_end_differs"] * warned


def test_a_period_that_ends_before_or_after_its_year(make_folder):
    problems = check_source(make_folder(execution=EXECUTION + "101,,2023,2022-12-31,1\n102,,2023,2024-01-31,1\n"))
    assert codes(problems) == [("date_outside_year", "warning", 2), ("date_outside_year", "warning", 3)]


def test_what_causes_an_error_stands_before_what_follows_from_it(make_folder):
    problems = check_source(make_folder(units="单位编码,单位名称,类别\n101,市教育局,委员会\n102,市交通局,部门\n"))
    # unit 101 has no known kind; its project and that project's two indicators go with it
    assert [(problem.file, problem.code) for problem in problems] == [
        ("units.csv", "not_allowed"), ("projects.csv", "refers_to_set_aside"), *[("indicators.csv", "refers_to_set_aside")] * 2,
    ]


def test_a_misnamed_sheet_says_how_many_rows_were_not_read_and_names_tables_by_their_labels(tmp_path, make_folder):
    folder = make_folder()
    (folder / "misc.csv").write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    [problem] = check_source(folder)
    assert "its 3 rows were not read" in problem.say("en") and "Projects (projects)" in problem.say("en")
    assert "其中3行均未读取" in problem.say("zh") and "项目（projects）" in problem.say("zh")


def test_an_unknown_column_names_its_table_in_the_reader_s_language(make_folder):
    [problem] = check_source(make_folder(indicators=None, projects="项目编码,年度,单位编码,项目名称,天气\nP1,2023,101,a,晴\n"))
    assert "“项目”表没有该列" in problem.say("zh") and "projects" not in problem.say("zh").removeprefix("projects.csv")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_sheet_of_the_template_has_a_raw_name(tmp_path, lang):
    from openpyxl import load_workbook

    from perfanalysis.tables import TABLES

    names = load_workbook(write_template(tmp_path / "t.xlsx", lang)).sheetnames
    assert not set(TABLES) & set(names) and all(len(name) <= 31 for name in names)
