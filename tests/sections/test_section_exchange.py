"""Exchange with the supervision bureau and the audit department: a calendar as data, and feedback read back from a workbook."""

import datetime

import pandas as pd
import pytest
from openpyxl import Workbook

from perfanalysis.analysis import measure_problems
from perfanalysis.analysis.exchange import list_materials, summarise_feedback
from perfanalysis.dataset import import_source
from perfanalysis.display.blocks import Table
from perfanalysis.errors import RuleError
from perfanalysis.rules.exchange import load_calendar
from perfanalysis.sections import load_unit, section_follow_up
from perfanalysis.sections.exchange import section_exchange_calendar, section_exchange_feedback

CALENDAR = """
materials:
  - {code: a, recipients: [supervision, audit], due: "07-31", tables: [execution], name: {en: Execution, zh: 执行}}
  - {code: b, recipients: [audit], due: "04-30", next_year: true, tables: [projects], name: {en: Results, zh: 结果}}
"""


def test_due_days_and_what_is_there(tmp_path):
    file = tmp_path / "own.yaml"
    file.write_text(CALENDAR, encoding="utf-8")
    due = list_materials(load_calendar(file), 2020, datetime.date(2020, 12, 31), lambda table: table == "projects")
    assert due[["material", "recipient", "state"]].to_numpy().tolist() == [["a", "audit", "missing"], ["a", "supervision", "missing"], ["b", "audit", "ready"]]
    # 31 July to 31 December: 153 days ago; 30 April 2021 lies 120 days ahead
    assert due["days_left"].tolist() == [-153, -153, 120]


@pytest.mark.parametrize(("change", "message"), [
    (("[supervision, audit]", "[police]"), "'a': no recipient 'police'; there are: self, finance, audit"), (("[execution]", "[cash]"), "'a': no table 'cash'"),
    (("07-31", "02-30"), "due '02-30' is not a day of every year"),
])
def test_a_wrong_calendar_is_said_to_be(tmp_path, change, message):
    file = tmp_path / "own.yaml"
    file.write_text(CALENDAR.replace(*change), encoding="utf-8")
    with pytest.raises(RuleError, match=message):
        load_calendar(file)


def test_the_shipped_calendar_says_that_it_is_illustrative():
    assert load_calendar().illustrative


def test_feedback_by_source():
    day = pd.Timestamp
    problems = pd.DataFrame({
        "source": ["audit", "audit", "audit", "supervision"], "amount": [100.0, float("nan"), 50.0, 10.0], "due_on": [day("2020-06-30")] * 4,
        "closed_on": [day("2020-06-30"), day("2020-07-10"), pd.NaT, day("2020-06-01")],
    })
    audit, supervision = summarise_feedback(problems.join(measure_problems(problems, datetime.date(2020, 7, 31)))).to_dict("records")
    assert (audit["found"], audit["closed"], audit["closed_late"], audit["open"], audit["overdue"], audit["longest"], audit["amount"]) == (3, 2, 1, 1, 1, 31, 150)
    assert (supervision["found"], supervision["open"]) == (1, 0)
    assert pd.isna(supervision["longest"])


def test_where_nobody_gave_an_amount_there_is_none():
    problems = pd.DataFrame({"source": ["congress", "congress"], "amount": [float("nan")] * 2, "due_on": [pd.Timestamp("2020-06-30")] * 2, "closed_on": [pd.NaT] * 2})
    summary = summarise_feedback(problems.join(measure_problems(problems, datetime.date(2020, 7, 31))))
    assert summary["amount"].isna().all()  # not 0 yuan


def test_feedback_comes_back_from_a_workbook_with_chinese_headers(tmp_path):
    book = Workbook()
    sheets = {
        "部门和区": [["单位编码", "单位名称", "类别"], ["101", "市教育局", "部门"]],
        "项目": [["项目编码", "年度", "单位编码", "项目名称", "全年预算数"], ["P1", 2020, "101", "校舍维修", 100]],
        "问题及整改": [
            ["问题编号", "单位编码", "问题来源", "发现日期", "整改期限", "整改完成日期", "涉及金额", "问题描述", "整改措施"],
            ["S1", "101", "财政部监管局", "2020-05-01", "2020-10-31", None, 5000, "资金拨付不及时", "正在清理"],
            ["S2", "101", "审计局", "2020-06-01", "2020-08-31", "2020-08-15", None, "台账不全", "已补齐"],
        ],
    }
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "反馈.xlsx")
    unit = load_unit(import_source(tmp_path / "反馈.xlsx", tmp_path / "dataset").path, "101", 2020)
    facts = {fact.measure: fact.value for fact in section_exchange_feedback(unit).facts}
    assert (facts["fed_back"], facts["fed_back_corrected"], facts["fed_back_overdue"], facts["fed_back_amount"]) == (2, 1, 1, 5000)
    follow_up = section_follow_up(unit)
    # 31 October to 31 December
    assert follow_up.findings[0].values["days"].value == 61
    shown = next(block.frame for block in follow_up.blocks if isinstance(block, Table) and block.code == "problems")
    assert shown[["problem", "days_overdue", "measure"]].to_numpy().tolist() == [["S1", 61, "正在清理"]]
    # the calendar says what the data cannot supply
    assert section_exchange_calendar(unit).findings[0].code == "materials_missing"
