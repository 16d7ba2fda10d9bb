"""Everybody else's layout, described by a source file; and a source file that is wrong."""

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from perfanalysis.errors import DataError
from perfanalysis.sources import check_source, read_source

ROOT = Path(__file__).resolve().parents[2]
UNITS = {"file": "units.csv", "columns": {"unit": "code", "name": "name"}, "constants": {"kind": "department"}}


@pytest.fixture
def make_source(tmp_path):
    """A source file beside text files: ``make_source({'tables': …}, units='…')``."""

    def make(content, **texts: str) -> Path:
        for name, text in {"units": "code,name\n1,One\n2,Two\n", **texts}.items():
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        path = tmp_path / "ours.yaml"
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return path

    return make


def execution(data):
    frame = data.tables["execution"].sort_values(["unit", "year", "period_end"])
    return [(row.unit, row.year, f"{row.period_end:%Y-%m-%d}", row.executed_to_date) for row in frame.itertuples()]


def test_wide_months_of_flows_become_amounts_to_date(make_source):
    part = {
        "file": "spent.csv", "money": "万元", "flows": True,
        "wide_to_long": {"columns": {"Jul": 7, "Aug": 8, "Jan": 1}, "name": "m", "value": "spent"},
        "columns": {"unit": "code", "year": "fy", "period_end": {"month": "m"}, "executed_to_date": "spent"},
    }
    data = read_source(make_source(
        {"fiscal_year_start": 7, "tables": {"units": UNITS, "execution": part}}, spent="code,fy,Jul,Aug,Jan\n1,2023-24,1,2,3\n2,2024,5,,\n",
    ))
    # July to June: fiscal year 2024 begins in July 2023; 1, 1 + 2, 1 + 2 + 3 in 万元
    assert execution(data) == [
        ("1", 2024, "2023-07-31", 10_000), ("1", 2024, "2023-08-31", 30_000), ("1", 2024, "2024-01-31", 60_000), ("2", 2024, "2023-07-31", 50_000),
    ]
    assert data.fiscal_year_start == 7


def test_a_gap_in_flows_makes_what_follows_unknown(make_source):
    part = {"file": "spent.csv", "flows": True, "columns": {"unit": "code", "year": "y", "period_end": {"month": "m"}, "executed_to_date": "spent"}}
    data = read_source(make_source({"tables": {"units": UNITS, "execution": part}}, spent="code,y,m,spent\n1,2023,1,10\n1,2023,2,\n1,2023,3月,30\n"))
    assert data.tables["execution"]["executed_to_date"].isna().tolist() == [False, True, True]
    assert [(problem.code, problem.row) for problem in data.problems] == [("gap_in_flows", 4)]


def test_quarters_of_the_fiscal_year_and_years_named_by_their_start(make_source):
    part = {"file": "q.csv", "columns": {"unit": "code", "year": "y", "period_end": {"quarter": "q"}, "executed_to_date": "spent"}}
    data = read_source(make_source(
        {"fiscal_year_start": 4, "fiscal_year_named_by": "start", "tables": {"units": UNITS, "execution": part}},
        q="code,y,q,spent\n1,2022,Q1,1\n1,2022,4,2\n",
    ))
    # April to March: what they call 2022 ends in March 2023; its first quarter ends in June 2022
    assert execution(data) == [("1", 2023, "2022-06-30", 1), ("1", 2023, "2023-03-31", 2)]


def test_the_latest_report_counts_and_amounts_of_one_key_are_added(make_source):
    part = {
        "file": "p.csv", "columns": {"project": "code", "unit": "code", "year": {"fiscal_year_of": "day"}, "name": {"first_of": ["title", "code"]}, "executed": "amount"},
        "keep_latest": ["report"], "same_key": "sum",
    }
    data = read_source(make_source(
        {"fiscal_year_start": 7, "tables": {"units": UNITS, "projects": part}},
        p="code,title,day,report,amount\n1,A,2022-07-01,9,1\n1,A,2023-06-30,10,20\n1,B,2023-06-30,10,300\n2,,2023-07-01,9,4\n2,,2023-07-02,9,\n",
    ))
    projects = data.tables["projects"]
    # report 10 is later than 9, as numbers; both of its rows are added. A missing amount adds nothing; 1 July 2023 is fiscal year 2024
    assert projects[["project", "year", "name", "executed"]].values.tolist() == [["1", 2023, "A", 320.0], ["2", 2024, "2", 4.0]]


def test_parts_that_complete_each_other(make_source):
    parts = [
        {"file": "p.csv", "where": {"kind": kind}, "columns": {"project": "code", "unit": "code", "year": "y", column: "amount"}, "constants": {"name": "All"}}
        for kind, column in (("budget", "budget_adjusted"), ("spent", "executed"))
    ]
    data = read_source(make_source(
        {"complete_by_key": ["projects"], "tables": {"units": UNITS, "projects": parts}}, p="code,y,kind,amount\n1,2023,budget,10\n1,2023,spent,7\n2,2023,Spent ,3\n",
    ))
    projects = data.tables["projects"].set_index("project")
    assert projects[["budget_adjusted", "executed"]].loc["1"].tolist() == [10, 7]
    assert projects[["budget_adjusted", "executed"]].isna().loc["2"].tolist() == [True, False]
    assert data.set_aside.empty


def test_values_fill_join_letters_and_names_of_files(make_source):
    part = {
        "file": "p_*.csv", "header_row": 0, "columns": {"project": {"join": ["@file", "#A"], "with": "/"}, "unit": {"letter": "b"}, "account": {"letter": "C"}, "name": {"letter": "D"}},
        "constants": {"year": 2023}, "values": {"account": {"G": "general_public", "-": ""}}, "fill": {"name": "nameless"},
    }
    source = make_source({"tables": {"units": UNITS, "projects": part}}, p_x="01,1,G,a\n02,2,-,\n", p_y="01,1,政府性基金预算,b\n")
    data = read_source(source)
    projects = data.tables["projects"]
    assert projects["project"].tolist() == ["p_x/01", "p_x/02", "p_y/01"] and projects["name"].tolist() == ["a", "nameless", "b"]
    assert projects["account"].tolist()[::2] == ["general_public", "government_fund"] and projects["account"].isna()[1]
    assert projects["source_file"].tolist() == [1, 1, 2] and projects["source_row"].tolist() == [1, 2, 1]


def test_problems_name_the_place_in_their_file(make_source):
    part = {"file": "p.csv", "columns": {"project": "No", "unit": "code", "year": "Jahr", "name": "No", "executed": "Ausgaben (Tsd)"}, "money": {"executed": "thousand"}}
    data = read_source(make_source({"tables": {"units": UNITS, "projects": part}}, p="Haushalt 2023,,,\nNo,code,Jahr,Ausgaben (Tsd)\na,1,2023,1.5\nb,1,2023,viel\nc,7,2023,1\n"))
    assert data.tables["projects"]["executed"].tolist() == [1500.0]
    assert [problem.say("en") for problem in data.problems] == [
        "p.csv, row 4, 'Ausgaben (Tsd)': 'viel' cannot be read as an amount of money",
        "p.csv, row 5, 'code': Unit code = 7 does not stand in the table 'Departments and districts'",
    ]


WRONG = {"taples": {}, "money": "Gulden", "fiscal_year_start": 13, "complete_by_key": ["project"], "demonstration": "ja", "tables": {
    "unit": {"file": "u.csv", "columns": {}},
    "units": {"file": "units.csv", "columns": {"unit": "code", "nmae": "name", "kind": {"sum": "a"}}, "constants": {"unit": 1}, "same_key": "last", "where": "x"},
    "execution": [{"columns": {"unit": ["a"]}, "flows": "yes"}, "x"],
}}


def test_every_mistake_of_a_source_file_is_named_at_once_with_its_path(make_source):
    problems = check_source(make_source(WRONG))
    said = {problem.column: problem.say("en") for problem in problems}
    assert set(said) == {
        "taples", "money", "fiscal_year_start", "complete_by_key", "demonstration", "tables.unit", "tables.units.columns.nmae", "tables.units.columns.kind",
        "tables.units.columns.kind.sum", "tables.units.constants.unit", "tables.units.same_key", "tables.units.where", "tables.execution[1]",
        "tables.execution[1].columns.unit", "tables.execution[1].flows", "tables.execution[2]",
    }
    assert said["taples"] == "ours.yaml, 'taples': 'taples' is not known here; allowed: tables"
    assert said["tables.units.columns.nmae"] == "ours.yaml, 'tables.units.columns.nmae': 'nmae' is not allowed here; allowed: name"
    assert said["tables.execution[2]"] == "ours.yaml, 'tables.execution[2]': there is text here, but it must be a mapping (key: value)"
    chinese = {problem.column: problem.say("zh") for problem in problems}
    assert chinese["demonstration"] == "ours.yaml, 'demonstration': 此处为文本，应为true 或 false"
    assert chinese["tables.execution[1]"] == "ours.yaml, 'tables.execution[1]': 此处缺少：file"


@pytest.mark.parametrize(("text", "says"), [
    ("tables: [", "ours.yaml, row 1: this is not valid YAML"), ("- a", "there is a list here, but it must be a mapping"), ("tables: {}\ntables: {}", "the key 'tables' stands twice"),
    ("name: x", "something is missing here: tables"), ("tables: !!python/object/apply:os.system ['true']", "not valid YAML"),
])
def test_a_source_file_that_is_none(make_source, text, says):
    with pytest.raises(DataError, match=re.escape(says)):
        read_source(make_source(text))


def test_files_and_headers_that_are_not_there_are_named_together(make_source):
    problems = check_source(make_source({"tables": {
        "units": {**UNITS, "columns": {"unit": "kod", "name": "name"}}, "projects": {"file": "nothing*.csv", "columns": {"project": "x"}},
        "panel": {"file": "units.csv", "columns": {"unit": "code"}, "where": {"land": "x"}},
    }}))
    assert [problem.say("en") for problem in problems] == [
        "ours.yaml, 'tables.units.columns.unit': units.csv has no column 'kod'; it has: code, name",
        "ours.yaml, 'tables.projects.file': no file in the folder '" + problems[1].values["folder"] + "' matches 'nothing*.csv'; there are: units.csv",
        "ours.yaml, 'tables.panel.where.land': units.csv has no column 'land'; it has: code, name",
    ]


def test_the_example_of_the_readme_works(tmp_path):
    from openpyxl import Workbook

    text = (ROOT / "parameters" / "sources" / "README.md").read_text(encoding="utf-8")
    example = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)[1].replace("../../data/某市", ".")
    (tmp_path / "某市.yaml").write_text(example, encoding="utf-8")
    sheets = {
        "部门名单.xlsx": [("名单", [["预算编码", "部门全称"], ["101", "市教育局"]])],
        "项目支出_2023.xlsx": [("说明", [["x"]]), ("汇总表", [
            ["项目支出汇总表"], ["预算编码", "序号", "年份", "项目名称", "资金性质", "调整预算", "累计支出", "自评", "状态"],
            ["101", 1, 2023, "校舍维修", "一般", 100, 90, 95, "在建"], ["101", 2, 2023, "停建项目", "一般", 100, 90, 95, "停建"],
        ])],
    }
    for name, pages in sheets.items():
        book = Workbook()
        book.remove(book.active)
        for title, rows in pages:
            page = book.create_sheet(title)
            for row in rows:
                page.append(row)
        book.save(tmp_path / name)
    (tmp_path / "月度支出.csv").write_text("预算编码,年份,一月,二月,三月\n101,2023,1,2,3\n", encoding="utf-8")
    data = read_source(tmp_path / "某市.yaml")
    assert data.problems == ()
    assert data.tables["projects"][["project", "account", "budget_adjusted", "source_row"]].values.tolist() == [["101-1", "general_public", 1_000_000.0, 3]]
    assert execution(data) == [("101", 2023, "2023-01-31", 10_000), ("101", 2023, "2023-02-28", 30_000), ("101", 2023, "2023-03-31", 60_000)]


@pytest.mark.parametrize("path", sorted((ROOT / "parameters" / "sources").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_source_files_that_we_ship_hold_together(path):
    from perfanalysis.sources.layout_spec import read_spec

    spec = read_spec(path.read_text(encoding="utf-8"), path.name)
    assert spec.parts and not Path(spec.folder).is_absolute() and spec.name_en


def test_a_header_with_its_own_unit_beside_one_without(make_source):
    part = {"file": "p.csv", "columns": {"project": "c", "unit": "c", "year": "y", "name": "c", "executed": "支出（亿元）", "budget_adjusted": "预算"}}
    data = read_source(make_source({"money": "万元", "tables": {"units": UNITS, "projects": part}}, p="c,y,支出（亿元）,预算\n1,2023,0.5,6000\n"))
    row = data.tables["projects"].iloc[0]
    assert (row["executed"], row["budget_adjusted"]) == (50_000_000.0, 60_000_000.0)
    assert pd.isna(row["budget_initial"])
