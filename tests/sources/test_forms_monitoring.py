"""The official monitoring form: as bureaus know it, and read back as it was written."""

import datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from perfanalysis import words
from perfanalysis.errors import DataError
from perfanalysis.sources.drafts import type_part
from perfanalysis.sources.forms_monitoring import read_monitoring_form, write_monitoring_form

AS_OF = datetime.date(2020, 7, 31)
UNIT = {"unit": "101", "name": "市水务局"}
PROJECT = {"project": "P001", "year": 2020, "unit": "101", "name": "河道治理", "budget_initial": 1_000_000.0}
EXECUTION = {"executed_to_date": 250_000.0, "projected": 900_000.0}
INDICATORS = pd.DataFrame({
    "project": "P001", "year": 2020, "indicator": ["01", "02", "03"], "level1": ["output", "output", "satisfaction"],
    "level2": ["数量指标", "质量指标", "服务对象满意度指标"], "level3": ["治理长度", "验收合格率", "居民满意度"],
    "target": [50, 1.0, 0.9], "target_text": ["≥50公里", "100%", None], "direction": [">=", None, ">="], "measure": ["公里", "%", "%"],
})
MONITORING = pd.DataFrame({
    "project": "P001", "year": 2020, "as_of": pd.Timestamp(AS_OF), "indicator": ["01", "02", "03"],
    "actual_to_date": [20, 0.95, None], "expected": [45.5, 1.0, 0.9], "likelihood": ["impossible", "certain", "possible"],
    "cause": ["funding", None, "other"], "rectification_needed": pd.array([True, False, None], dtype="boolean"),
    "advice": ["加快拨付", None, None], "result": [None, None, None], "explanation": ["资金6月到位", None, "尚未调查"],
})


def write(tmp_path, lang="zh", **more) -> Path:
    given = {"project": PROJECT, "indicators": INDICATORS, "monitoring": MONITORING, "unit": UNIT, "as_of": AS_OF, "execution": EXECUTION, **more}
    project, indicators, monitoring = given.pop("project"), given.pop("indicators"), given.pop("monitoring")
    return write_monitoring_form(tmp_path / "河道治理.xlsx", project, indicators, monitoring, lang, **given)


def typed(source, table: str = "monitoring") -> pd.DataFrame:
    draft, issues = type_part(next(part for part in source.parts() if part.table == table), 0)
    assert not issues, issues
    return draft.frame


COLUMNS = ["project", "year", "as_of", "indicator", "actual_to_date", "expected", "likelihood", "cause", "rectification_needed", "advice", "result"]


def plain(frame: pd.DataFrame) -> list[dict]:
    return frame[COLUMNS].astype(object).where(frame[COLUMNS].notna(), None).to_dict("records")


@pytest.mark.parametrize("lang", words.languages())
def test_written_form_is_read_back(tmp_path, lang):
    source = read_monitoring_form(write(tmp_path, lang, goals="治理50公里", implementing="河道管理处"))
    assert source.problems == ()
    assert plain(typed(source)) == plain(MONITORING)
    assert source.tables["monitoring"]["explanation"].fillna("").tolist() == ["资金6月到位", "", "尚未调查"]
    form = source.forms.iloc[0]
    assert form[["project", "year", "unit", "as_of"]].tolist() == ["P001", 2020, "101", "2020-07-31"]
    execution = typed(source, "execution").iloc[0]
    assert execution[["unit", "project", "year", "period_end"]].tolist() == ["101", "P001", 2020, pd.Timestamp(AS_OF)]
    assert execution[["budget", "executed_to_date", "projected"]].tolist() == [1_000_000, 250_000, 900_000]
    assert typed(source, "projects").loc[0, ["name", "unit", "budget_initial"]].tolist() == ["河道治理", "101", 1_000_000]
    indicators = typed(source, "indicators")
    assert indicators["level1"].tolist() == ["output", "output", "satisfaction"]
    assert indicators["target"].tolist() == [50, 1.0, 0.9]


def test_form_looks_like_the_official_one(tmp_path):
    sheet = load_workbook(write(tmp_path)).active
    texts = {str(cell.value): cell.coordinate for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert (sheet["A1"].value, sheet["A2"].value) == ("项目支出绩效目标执行监控表", "（2020年度）")
    money = [name for name in texts if name.endswith(("预算数", "执行数", "执行率"))]
    assert money == ["年初预算数", "1-7月执行数", "1-7月执行率", "全年预计执行数"]
    row = next(cell.row for cell in sheet["B"] if cell.value == "年度资金总额")
    # 25 of 100 in 万元, 25 %, 90 expected
    assert [cell.value for cell in sheet[row] if cell.value is not None][1:] == [100, 25, 0.25, 90]
    head = next(cell.row for cell in sheet["D"] if cell.value == "三级指标")
    assert [cell.value for cell in sheet[head + 1]][7:16] == [
        "经费保障", "制度保障", "人员保障", "硬件条件保障", "其他", "原因说明", "确定能", "有可能", "完全不可能",
    ]
    assert [cell.value for cell in sheet[head + 2]][4:8] == ["≥50公里", "20公里", "45.5公里", "√"]
    assert f"B{head + 2}:B{head + 3}" in map(str, sheet.merged_cells.ranges)
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)


def test_rectification_columns_stand_only_where_they_hold_something(tmp_path):
    def labels(path):
        return {cell.value for row in load_workbook(path).active.iter_rows() for cell in row}

    assert {"是否需要整改", "整改建议"} <= labels(write(tmp_path))
    bare = MONITORING.drop(columns=["rectification_needed", "advice", "result"])
    assert not {"是否需要整改", "整改建议", "整改结果", "指标编码"} & labels(write(tmp_path, monitoring=bare))


def test_only_this_project_and_day_are_written(tmp_path):
    others = pd.concat([
        MONITORING, MONITORING.assign(as_of=pd.Timestamp(2020, 4, 30), expected=1.0), MONITORING.assign(project="P002"),
        MONITORING.assign(year=2019),
    ], ignore_index=True)
    indicators = pd.concat([INDICATORS, INDICATORS.assign(project="P002")], ignore_index=True)
    source = read_monitoring_form(write(tmp_path, monitoring=others, indicators=indicators))
    assert plain(typed(source)) == plain(MONITORING)


def test_indicator_that_was_not_monitored_keeps_its_row(tmp_path):
    read = typed(read_monitoring_form(write(tmp_path, monitoring=MONITORING.iloc[[0, 2]])))
    assert read["indicator"].tolist() == ["01", "02", "03"]
    assert read.loc[1, ["actual_to_date", "expected", "likelihood", "cause"]].isna().all()


def test_codes_without_places_on_the_form_are_derived_or_written(tmp_path):
    coded = read_monitoring_form(write(tmp_path, indicators=INDICATORS.assign(indicator=["A1", "A2", "A3"]), monitoring=MONITORING.assign(indicator=["A1", "A2", "A3"])))
    assert typed(coded)["indicator"].tolist() == ["A1", "A2", "A3"]


def test_month_in_the_heading_dates_a_form_that_names_no_day(tmp_path):
    path = write(tmp_path)
    book = load_workbook(path)
    for row in book.active.iter_rows():
        for cell in row:
            if cell.value in ("监控时点", "2020-07-31"):
                cell.value = None
    book.save(path)
    assert typed(read_monitoring_form(path))["as_of"].tolist() == [pd.Timestamp(2020, 7, 31)] * 3


def change(path, where: str, value) -> Path:
    """The cell that holds ``where`` gets another value."""
    book = load_workbook(path)
    cell = next(cell for row in book.active.iter_rows() for cell in row if str(cell.value) == where)
    cell.value = value
    book.save(path)
    return path


def test_two_ticks_and_strange_ticks_are_reported(tmp_path):
    path = write(tmp_path)
    book = load_workbook(path)
    sheet = book.active
    first = next(cell.row for cell in sheet["D"] if cell.value == "治理长度")
    sheet.cell(first, 9).value = "√"
    sheet.cell(first + 1, 10).value = "基本"
    book.save(path)
    source = read_monitoring_form(path)
    assert pd.isna(typed(source)["cause"][0])
    said = [problem.say("en") for problem in source.problems]
    assert f"ticked in H{first}, I{first}, where one is allowed" in said[0]
    assert f"'基本' in cell J{first + 1} 'Cause of deviation' is no tick" in said[1]
    assert all(problem.say("zh") for problem in source.problems)


def test_monitoring_and_self_evaluation_of_a_folder_are_one_project(tmp_path):
    """During the year a monitoring form tells of the project; once the self-evaluation has come, that one does."""
    from perfanalysis.sources import read_source
    from perfanalysis.sources.forms_writing import write_form

    write(tmp_path)
    during = read_source(tmp_path)
    assert [during.tables[name].shape[0] for name in ("units", "projects", "indicators", "execution", "monitoring")] == [1, 1, 3, 1, 3]
    assert during.errors == ()
    evaluated = INDICATORS.assign(actual=[52, 1.0, 0.92], weight=30.0, score=30.0, reason=None, actual_text=None)
    write_form(tmp_path / "self.xlsx", {**PROJECT, "executed": 950_000.0, "self_score": 99.0}, evaluated, unit=UNIT)
    after = read_source(tmp_path)
    assert after.errors == ()
    assert after.tables["projects"][["executed", "self_score"]].iloc[0].tolist() == [950_000, 99]
    assert after.tables["indicators"]["actual"].tolist() == [52, 1.0, 0.92]
    assert len(after.tables["monitoring"]) == 3


def test_amount_that_is_no_number_is_reported(tmp_path):
    source = read_monitoring_form(change(write(tmp_path), "25", "约25"))
    assert pd.isna(source.tables["execution"]["executed_to_date"][0])
    assert [problem.code for problem in source.problems] == ["form_unreadable"]


def test_other_workbooks_are_no_monitoring_forms(tmp_path):
    with pytest.raises(DataError, match="no monitoring form"):
        read_monitoring_form(change(write(tmp_path), "全年预计完成情况", "备注"))


LINE = st.fixed_dictionaries({
    "actual_to_date": st.none() | st.integers(0, 10**6).map(lambda hundredths: hundredths / 100),
    "expected": st.none() | st.integers(0, 10**6).map(lambda hundredths: hundredths / 100),
    "likelihood": st.sampled_from(["certain", "possible", "impossible", None]),
    "cause": st.sampled_from(["funding", "rules", "staff", "equipment", "other", None]),
    "rectification_needed": st.sampled_from([True, False, None]), "advice": st.sampled_from([None, "加快进度", "=1+1", "1-7月"]),
    "result": st.sampled_from([None, "已整改"]),
})


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    lines=st.lists(st.tuples(LINE, st.sampled_from(["公里", None]), st.sampled_from(["output", "benefit", None])), min_size=1, max_size=5),
    as_of=st.dates(datetime.date(2020, 1, 31), datetime.date(2020, 12, 31)), lang=st.sampled_from(["en", "zh"]),
)
def test_any_monitoring_is_read_back_as_written(tmp_path, lines, as_of, lang):
    monitored = [line for line, _, _ in lines]
    codes = [f"{number:02d}" for number in range(1, len(lines) + 1)]
    indicators = pd.DataFrame({
        "project": "P001", "year": 2020, "indicator": codes, "level1": [level for *_, level in lines], "level2": None, "level3": [f"指标{code}项" for code in codes],
        "target": 1.0, "target_text": None, "direction": None, "measure": [measure for _, measure, _ in lines],
    })
    monitoring = pd.DataFrame(monitored).assign(project="P001", year=2020, as_of=pd.Timestamp(as_of), indicator=codes)
    read = typed(read_monitoring_form(write(tmp_path, lang, indicators=indicators, monitoring=monitoring, as_of=as_of)))
    expected = [{"project": "P001", "year": 2020, "as_of": pd.Timestamp(as_of), "indicator": code, **line} for code, line in zip(codes, monitored, strict=True)]
    assert plain(read) == expected


def test_a_bare_number_is_written_with_its_sign_and_measure(tmp_path):
    # a table of numbers was read: "50", with ≥ and 公里 in columns of their own
    indicators = INDICATORS.assign(target_text=["50", "100%", None])
    sheet = load_workbook(write(tmp_path, indicators=indicators)).worksheets[0]
    shown = {cell.value for row in sheet.iter_rows() for cell in row}
    assert {"≥50公里", "100%", "≥90%"} <= shown
    assert not {"50", 50} & shown
