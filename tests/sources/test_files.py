"""Folders, workbooks and text files as people make them."""

import hashlib
import math

import pandas as pd
import pytest

from perfanalysis.errors import DataError
from perfanalysis.sources import check_source, read_source
from perfanalysis.sources.grid import read_grids


def codes(problems, severity=None):
    return [problem.code for problem in problems if severity in (None, problem.severity)]


def test_a_chinese_workbook_loads_as_it_is(chinese_workbook):
    data = read_source(chinese_workbook)
    assert {name: len(frame) for name, frame in data.tables.items()} == {"units": 2, "projects": 2, "indicators": 3}
    assert data.set_aside.empty and data.name == "某市2023"
    projects = data.tables["projects"].set_index("project")
    # 100 and 1,000 in 万元 (title line and the upper of two header rows); 60.5 万元 as text
    assert projects.loc["P1", ["budget_initial", "budget_adjusted"]].tolist() == [1_000_000.0, 10_000_000.0]
    assert projects.loc["P2", "budget_initial"] == pytest.approx(605_000.0)
    # a cell that shows 90.00%
    assert projects["execution_rate_stated"].tolist() == [0.9, 0.5]
    # text that looks like a formula is the project's name
    assert projects.loc["P2", "name"] == "=1+1"
    indicators = data.tables["indicators"]
    assert indicators["project"].tolist() == ["P1"] * 3  # merged over three rows
    assert indicators["target"].tolist()[:2] == [50.0, 0.9] and indicators["actual"].tolist()[:2] == [50.0, 0.92]
    assert indicators["measure"].tolist()[:2] == ["个", "%"] and indicators["direction"].tolist()[0] == ">="
    assert indicators.loc[2, "reached"] == "yes" and indicators.loc[2, "nature"] == "qualitative"
    assert indicators["source_row"].tolist() == [2, 3, 4] and projects["source_row"].tolist() == [5, 6]


def test_what_a_workbook_holds_beside_data_is_said(chinese_workbook):
    problems = check_source(chinese_workbook)
    assert [(problem.code, problem.column) for problem in problems if problem.sheet == "项目"] == [
        ("unknown_column", "序号*"), ("unknown_column", "备注"), ("total_row", ""),
    ]
    total = next(problem for problem in problems if problem.code == "total_row")
    assert total.say("en") == "某市2023.xlsx, 项目, row 7: '合计' is a row of totals and was not read as data"
    assert total.say("zh") == "某市2023.xlsx, 项目, 第7行: “合计”为合计行，未作为数据读取"


def test_a_folder_records_its_files(make_folder):
    folder = make_folder()
    data = read_source(folder)
    assert [source["file"] for source in data.sources] == ["indicators.csv", "projects.csv", "units.csv"]
    content = (folder / "units.csv").read_bytes()
    assert data.sources[2] == {"file": "units.csv", "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    assert data.tables["units"]["source_file"].tolist() == [2, 2]
    assert data.problems == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_encoding_and_delimiter_that_spreadsheets_write(make_folder, encoding, delimiter):
    text = "单位编码,单位名称,类别\n101,市教育局,部门\n102,市交通局,部门\n".replace(",", delimiter)
    data = read_source(make_folder(units=text.encode(encoding)))
    assert data.tables["units"]["name"].tolist() == ["市教育局", "市交通局"]


def test_row_numbers_are_the_lines_of_the_file(make_folder):
    # the second row's name is written over two lines, and an empty line follows
    data = read_source(make_folder(units='单位编码,单位名称,类别\n101,"市教\n育局",部门\n\n102,市交通局,处室\n'))
    assert data.tables["units"]["source_row"].tolist() == [2]
    [problem] = [problem for problem in data.problems if problem.code == "not_allowed"]
    assert problem.say("en") == "units.csv, row 5, '类别': '处室' is not one of department, district"
    assert problem.say("zh") == "units.csv, 第5行, '类别': “处室”不在允许值范围内，允许值：部门、区"


def test_columns_unknown_repeated_and_missing(make_folder):
    folder = make_folder(
        units="单位编码,部门编码,类別,单位名称\n101,101,部门,市教育局\n",
        projects="项目编码,年度,单位编码,项目名称,全年预算数,预算数\nP1,2023,101,a,10,20\n", indicators=None,
    )
    problems = check_source(folder)
    assert ("repeated_column", "部门编码") in [(problem.code, problem.column) for problem in problems]
    near = next(problem for problem in problems if problem.column == "类別")
    assert near.say("en") == "units.csv, row 1, '类別': this column is not known in the table 'Departments and districts' and was not read; did you mean: Kind (kind)?"
    assert near.say("zh") == "units.csv, 第1行, '类別': “部门和区”表没有该列，未读取；是否应为：类别（kind）？"
    missing = next(problem for problem in problems if problem.code == "missing_column")
    assert missing.severity == "error" and "Kind (kind)" in missing.say("en") and "类别（kind）" in missing.say("zh")
    data = read_source(folder)
    # the label 全年预算数 goes before its alias 预算数; without units no row can be used
    assert "projects" not in data.tables
    assert data.set_aside.query("table == 'projects'")["problems_en"].tolist() == ["'单位编码': Unit code = 101 refers to a row of the table 'Departments and districts' that was set aside itself"]


def test_a_row_with_more_cells_than_the_header_is_set_aside(make_folder):
    data = read_source(make_folder(units="单位编码,单位名称,类别\n101,市教育局,部门\n102,市交通局,部门,多\n"))
    assert data.tables["units"]["unit"].tolist() == ["101"]
    assert "the row has 4 cells but the header only 3" in data.set_aside.query("table == 'units'")["problems_en"].iloc[0]


def test_a_workbook_named_after_a_table_may_call_its_sheet_anything(tmp_path):
    from openpyxl import Workbook

    for name, rows in {"units": [["unit", "name", "kind"], ["1", "a", "department"]]}.items():
        book = Workbook()
        book.active.title = "自评表"
        for row in rows:
            book.active.append(row)
        book.save(tmp_path / f"{name}.xlsx")
    data = read_source(tmp_path)
    assert data.tables["units"]["source_sheet"].tolist() == ["自评表"]


def test_parquet_rows_count_from_one(tmp_path):
    pd.DataFrame({"unit": ["1", "2"], "name": ["a", None], "kind": ["department", "district"]}).to_parquet(tmp_path / "units.parquet")
    data = read_source(tmp_path)
    assert data.tables["units"]["source_row"].tolist() == [1]
    assert data.set_aside["row"].tolist() == [2]


@pytest.mark.parametrize(("name", "content", "code"), [
    ("units.csv", b"", "empty_sheet"), ("units.csv", b"a,b\n1,2\n", "no_header"), ("units.xlsx", b"no zip", "unreadable_file"),
    ("units.csv", b"\x81\x00\xff\xff,\x80", "unreadable_encoding"), ("notes.csv", b"a,b\n1,2\n", "no_tables"),
])
def test_a_source_without_any_table_says_why(tmp_path, name, content, code):
    (tmp_path / name).write_bytes(content)
    assert code in codes(check_source(tmp_path))
    with pytest.raises(DataError):
        read_source(tmp_path)


def test_no_such_source_and_no_such_kind(tmp_path):
    with pytest.raises(DataError, match="there is no such file or folder"):
        read_source(tmp_path / "nowhere")
    (tmp_path / "units.docx").write_bytes(b"x")
    with pytest.raises(DataError, match=r"this kind of file cannot be read; those that can: \.xlsx"):
        read_source(tmp_path / "units.docx")


def test_an_unknown_sheet_is_named_with_what_is_near(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "units"
    for row in (["unit", "name", "kind"], ["1", "a", "department"]):
        book.active.append(row)
    book.create_sheet("project").append(["x"])
    book.create_sheet("空")
    book.save(tmp_path / "city.xlsx")
    [problem] = check_source(tmp_path / "city.xlsx")
    assert problem.say("en").startswith("city.xlsx, project: 'project' is not the name of a table: its 1 row was not read; did you mean: Projects (projects)")
    assert problem.severity == "warning"


def test_percent_formats_are_only_those_of_percent(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    page = book.active
    for row, (value, form) in enumerate([(0.5, "0%"), (0.5, "0.0"), (0.256, '0.0"%"'), ("0.5", "0%"), (1, "0.00%")], 1):
        page.cell(row, 1, value).number_format = form
    book.save(tmp_path / "a.xlsx")
    [grid], problems = read_grids(tmp_path / "a.xlsx", "a.xlsx")
    # a quoted % is shown as well, but the number is not multiplied by it
    assert [row[0] for row in grid.rows] == ["50%", 0.5, "0.256%", "0.5", "100%"] and not problems


def test_missing_stays_missing(make_folder):
    data = read_source(make_folder(projects="项目编码,年度,单位编码,项目名称,全年预算数,全年执行数\nP1,2023,101,a,—,\n"))
    row = data.tables["projects"].iloc[0]
    assert math.isnan(row["budget_adjusted"]) and math.isnan(row["executed"]) and pd.isna(row["start_year"])
