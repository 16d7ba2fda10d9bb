"""Filled self-evaluation forms: what is written is read back, moved blocks are found, and what cannot be read is named."""

import csv
import hashlib
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from perfanalysis import words
from perfanalysis.errors import DataError
from perfanalysis.sources.drafts import type_part
from perfanalysis.sources.forms import derive_project_code, derive_unit_code, is_form, read_form, read_forms
from perfanalysis.sources.forms_layout import address, money_unit_in, year_of_title
from perfanalysis.sources.forms_writing import FormContent, write_form, write_forms

UNIT = {"unit": "101", "name": "市水务局"}
PROJECT = {
    "project": "P001", "year": 2020, "unit": "101", "name": "河道治理", "budget_initial": 1_000_000.0, "budget_adjusted": 1_200_000.0,
    "executed": 900_000.0, "execution_rate_stated": 0.75, "execution_score": 7.5, "self_score": 96.5,
}
MONEY = ["budget_initial", "budget_adjusted", "executed"]
COLUMNS = ["indicator", "level1", "level2", "level3", "target", "actual", "measure", "direction", "weight", "score", "reason"]


def indicator_rows(*rows) -> pd.DataFrame:
    """Rows of level1, level2, level3, target_text, actual_text, weight, score."""
    frame = pd.DataFrame(rows, columns=["level1", "level2", "level3", "target_text", "actual_text", "weight", "score"])
    return frame.assign(indicator=[f"{number:02d}" for number in range(1, len(frame) + 1)], reason=None)


INDICATORS = indicator_rows(
    ("output", "数量指标", "治理长度", "≥50公里", "52公里", 50, 50),
    ("benefit", "生态效益指标", "水质改善", "明显改善", "达成预期指标", 30, 30),
    ("satisfaction", "服务对象满意度指标", "居民满意度", ">=90%", "92%", 10, 9),
)


def typed(source, table: str) -> pd.DataFrame:
    """A raw table as the checks read it."""
    part = next(part for part in source.parts() if part.table == table)
    draft, issues = type_part(part, 0)
    assert not [issue for issue in issues if issue.severity == "error"], issues
    return draft.frame


def codes(source) -> list[str]:
    return [problem.code for problem in source.problems]


# -- the eight published forms ------------------------------------------------------------------------------------------------------

SCALES = {"元": ("yuan", 1), "万元": ("ten_thousand_yuan", 10_000)}
#: What no reader can take for a number; the transcription says so itself.
UNREADABLE = {("yangtze", "execution_rate_stated"), ("huanggang", "weight")}


def transcriptions(folder) -> dict[str, tuple[dict, list[dict]]]:
    with (folder / "forms_header.csv").open(encoding="utf-8-sig", newline="") as file:
        headers = {row["form_id"]: row for row in csv.DictReader(file)}
    with (folder / "forms_indicators.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    return {form: (header, [line for line in lines if line["form_id"] == form]) for form, header in headers.items()}


def number(text: str, scale: int = 1) -> float | None:
    """A transcribed number, by decimal arithmetic; None where the transcription is no number."""
    percent = text.endswith("%")
    try:
        value = Decimal(text.removesuffix("%"))
    except ArithmeticError:
        return None
    return float(value / 100 if percent else value * scale)


def write_transcription(path, header: dict, lines: list[dict]):
    """A transcribed form as the workbook that it was: what is a number as a number, everything else as the text that stands there."""
    def cell(text: str):
        value = number(text)
        return text if value is None and text else value

    money, scale = SCALES[header["unit_of_money"]]
    unit = {"unit": derive_unit_code(header["unit"]), "name": header["unit"]}
    project = {
        "project": derive_project_code(header["unit"], header["project"]), "year": int(header["year"]), "name": header["project"],
        "budget_initial": number(header["budget_initial"], scale), "budget_adjusted": number(header["budget_adjusted"], scale),
        "executed": number(header["executed"], scale), "execution_rate_stated": cell(header["exec_rate_reported"]),
        "execution_score": cell(header["exec_score_reported"]), "self_score": cell(header["total_reported"]),
    }
    indicators = pd.DataFrame([
        {
            "indicator": f"{number:02d}", "level1": line["level1"], "level2": line["level2"], "level3": line["level3"],
            "target_text": line["target"], "actual_text": line["actual"], "score": cell(line["score_reported"]),
            "reason": line["deviation_reason"], "weight": None,
        }
        for number, line in enumerate(lines, start=1)
    ], columns=["indicator", "level1", "level2", "level3", "target_text", "actual_text", "score", "reason", "weight"])
    write_form(path, project, indicators, unit=unit, money=money, execution_points=float(header["exec_weight"]))
    book = load_workbook(path)
    sheet = book.active
    head = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "三级指标").row
    for row, line in enumerate(lines, start=head + 1):
        sheet.cell(row, 7).value = cell(line["weight"])
    book.save(path)


@pytest.fixture(scope="session")
def published(shared_data, tmp_path_factory):
    """Form → transcription, what was read of the workbook made from it."""
    folder = tmp_path_factory.mktemp("forms")
    forms = transcriptions(shared_data / "cn_self_eval_forms")
    for form, (header, lines) in forms.items():
        write_transcription(folder / f"{form}.xlsx", header, lines)
    return {form: (header, lines, read_form(folder / f"{form}.xlsx")) for form, (header, lines) in forms.items()}


FORMS = ("putuo1", "putuo2", "langfang", "chizhou", "huanggang", "yangtze", "qingshen", "daying")


@pytest.mark.parametrize("form", FORMS)
def test_published_form_project_equals_transcription(published, form):
    header, _, source = published[form]
    row = source.tables["projects"].iloc[0]
    _, scale = SCALES[header["unit_of_money"]]
    expected = {
        "name": header["project"], "year": int(header["year"]),
        "budget_initial": number(header["budget_initial"], scale), "budget_adjusted": number(header["budget_adjusted"], scale),
        "executed": number(header["executed"], scale), "execution_rate_stated": number(header["exec_rate_reported"]),
        "execution_score": number(header["exec_score_reported"]), "self_score": number(header["total_reported"]),
    }
    assert {name: None if pd.isna(row[name]) else row[name] for name in expected} == expected
    assert source.tables["units"]["name"].tolist() == [header["unit"]]
    assert source.forms["execution_points"].tolist() == [float(header["exec_weight"])]


@pytest.mark.parametrize("form", FORMS)
def test_published_form_indicators_equal_transcription(published, form):
    _, lines, source = published[form]
    read = source.tables["indicators"]
    wanted = pd.DataFrame(
        [[line["level1"], line["level2"], line["level3"], line["target"], line["actual"], line["deviation_reason"]] for line in lines],
        columns=["level1", "level2", "level3", "target", "actual", "reason"],
    )
    pd.testing.assert_frame_equal(read[list(wanted)].fillna("").astype("str"), wanted.astype("str"))
    assert read["weight"].astype(object).where(read["weight"].notna(), None).tolist() == [number(line["weight"]) for line in lines]
    assert read["score"].astype(object).where(read["score"].notna(), None).tolist() == [number(line["score_reported"]) for line in lines]


@pytest.mark.parametrize("form", FORMS)
def test_published_form_reports_exactly_what_is_no_number(published, form):
    source = published[form][2]
    unreadable = {(form, problem.column) for problem in source.problems if problem.code == "form_unreadable"}
    assert unreadable == {place for place in UNREADABLE if place[0] == form}


def test_garbled_rate_is_quoted_with_its_cell(published):
    problem = next(problem for problem in published["yangtze"][2].problems if problem.code == "form_unreadable")
    # title, year, name, unit, heads, then the total of the funds: row 6; the rate is the eighth column
    assert problem.say("en") == (
        "yangtze.xlsx, 绩效自评表, row 6, 'execution_rate_stated': '1 (garbled in the copy)' in cell H6 'Execution rate as stated' "
        "is no number that can be read; taken as not given"
    )


def test_published_targets_are_numbers_of_one_measure(published):
    putuo = typed(published["putuo1"][2], "indicators")
    # =100% 100% | 及时 及时 | >=90% 100%
    assert putuo["target"].iloc[[0, 4]].tolist() == [1.0, 0.9]
    assert putuo["direction"].iloc[[0, 4]].tolist() == ["=", ">="]
    assert putuo["actual"].iloc[[0, 4]].tolist() == [1.0, 1.0]
    assert (putuo["nature"][2], putuo["reached"][2], putuo["target_text"][2]) == ("qualitative", "yes", "及时")
    chizhou = typed(published["chizhou"][2], "indicators")
    assert (chizhou["target"][0], chizhou["measure"][0], chizhou["actual"][0]) == (50, "个", 50)
    assert (chizhou["nature"][2], chizhou["reached"][2]) == ("qualitative", "yes")


def test_published_scores_add_up_as_printed(published):
    # 10 + 10 + 19.6 + 20 + 20 and 20 for execution
    huanggang = published["huanggang"][2]
    assert huanggang.tables["indicators"]["score"].sum() + huanggang.tables["projects"]["execution_score"][0] == pytest.approx(99.6)
    # 10 + 20 + 20 + 30 + 10 and 8.62
    putuo = published["putuo1"][2]
    assert putuo.tables["indicators"]["score"].sum() + putuo.tables["projects"]["execution_score"][0] == pytest.approx(98.62)


def test_total_of_zero_beside_filled_parts_is_flagged(tmp_path):
    """As Chizhou printed it: the row of totals says 0, 0, 0 and the row below 90, 89.974, 89.974."""
    path = write_form(tmp_path / "chizhou.xlsx", PROJECT, INDICATORS, unit=UNIT)
    book = load_workbook(path)
    sheet = book.active
    total = next(cell.row for row in sheet.iter_rows() for cell in row if cell.value == "年度资金总额")
    for column, value in zip((4, 5, 6), (90, 89.974, 89.974), strict=True):
        sheet.cell(total, column).value, sheet.cell(total + 1, column).value = 0, value
    book.save(path)
    source = read_form(path)
    assert source.tables["projects"][MONEY].iloc[0].tolist() == [0, 0, 0]
    flagged = [problem for problem in source.problems if problem.code == "form_total_zero"]
    assert [problem.column for problem in flagged] == MONEY
    assert "89.974 (F9)" in flagged[2].say("en")


# -- writing and reading back -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", words.languages())
def test_written_form_is_read_back(tmp_path, lang):
    path = write_form(tmp_path / "form.xlsx", PROJECT, INDICATORS, lang, unit=UNIT, goals="治理河道\n50公里", goals_reached="已治理52公里", implementing="河道管理处")
    source = read_form(path)
    assert codes(source) == []
    row = source.tables["projects"].iloc[0]
    assert {name: row[name] for name in PROJECT} == PROJECT
    assert source.tables["units"].loc[0, ["unit", "name"]].to_dict() == UNIT
    read = typed(source, "indicators")
    assert read["level1"].tolist() == ["output", "benefit", "satisfaction"]
    assert read["target"].iloc[[0, 2]].tolist() == [50, 0.9]
    assert read["actual"].iloc[[0, 2]].tolist() == [52, 0.92]
    assert read["reached"][1] == "yes"
    assert source.forms[["goals", "goals_reached", "implementing"]].iloc[0].tolist() == ["治理河道\n50公里", "已治理52公里", "河道管理处"]


def test_written_form_looks_like_the_official_one(tmp_path):
    sheet = load_workbook(write_form(tmp_path / "form.xlsx", PROJECT, INDICATORS, unit=UNIT)).active
    assert (sheet["A1"].value, sheet["A2"].value) == ("项目支出绩效自评表", "（2020年度）")
    assert "A1:I1" in map(str, sheet.merged_cells.ranges)
    assert [sheet.cell(7, column).value for column in range(4, 10)] == ["年初预算数", "全年预算数", "全年执行数", "分值", "执行率", "得分"]
    assert [sheet.cell(8, column).value for column in range(4, 10)] == [100, 120, 90, 10, 0.75, 7.5]
    assert sheet["A7"].value == "项目资金（万元）"
    # 50 + 30 + 10 for the indicators and 10 for execution
    assert [sheet.cell(sheet.max_row, column).value for column in (1, 7, 8)] == ["总分", 100, 96.5]
    assert (sheet.page_setup.paperSize, sheet.page_setup.fitToWidth, sheet.sheet_properties.pageSetUpPr.fitToPage) == (9, 1, True)
    rows = range(3, sheet.max_row + 1)
    assert all((sheet.cell(row, 1).border.left.style, sheet.cell(row, 9).border.right.style) == ("thin", "thin") for row in rows)


def test_formula_like_text_stays_text(tmp_path):
    rows = indicator_rows(("output", "数量指标", "=HYPERLINK(\"http://x\")", "=100%", "100%", 90, 90))
    path = write_form(tmp_path / "form.xlsx", {**PROJECT, "name": "+1 & <b>"}, rows, unit=UNIT)
    assert all(cell.data_type != "f" for row in load_workbook(path).active.iter_rows() for cell in row)
    source = read_form(path)
    assert source.tables["projects"]["name"][0] == "+1 & <b>"
    assert typed(source, "indicators")[["level3", "target", "direction"]].iloc[0].tolist() == ['=HYPERLINK("http://x")', 1.0, "="]


def test_target_that_excel_took_for_a_formula_is_what_was_typed(tmp_path):
    path = write_form(tmp_path / "form.xlsx", PROJECT, INDICATORS, unit=UNIT)
    book = load_workbook(path)
    cell = next(cell for row in book.active.iter_rows() for cell in row if cell.value == "≥50公里")
    cell.value = "=50"
    book.save(path)
    assert typed(read_form(path), "indicators")[["target", "direction"]].iloc[0].tolist() == [50, "="]


def test_error_values_in_a_form_are_no_empty_cells(tmp_path):
    from perfanalysis.sources import check_source

    path = write_form(tmp_path / "form.xlsx", PROJECT, INDICATORS, unit=UNIT)
    before = {problem.code for problem in check_source(path)}
    book = load_workbook(path)
    for typed_in, error in (("52公里", "#REF!"), ("92%", "=Z99*2")):
        cell = next(cell for row in book.active.iter_rows() for cell in row if cell.value == typed_in)
        cell.value, cell.data_type = error, "e" if error.startswith("#") else "f"
    book.save(path)
    problems = [problem for problem in check_source(path) if problem.code not in before and problem.severity == "error"]
    assert [(problem.code, problem.severity) for problem in problems] == [("cell_error", "error"), ("cell_uncalculated", "error")]


def test_percent_signs_are_read_as_they_are_shown(tmp_path):
    """0.75 shown as 75% is 75 %; so is 75 with the sign as mere text behind it."""
    path = write_form(tmp_path / "form.xlsx", PROJECT, INDICATORS, unit=UNIT)
    assert read_form(path).tables["projects"]["execution_rate_stated"][0] == 0.75
    book = load_workbook(path)
    book.active["H8"].value, book.active["H8"].number_format = 75, '0.00"%"'
    book.save(path)
    assert read_form(path).tables["projects"]["execution_rate_stated"][0] == 0.75


def test_forms_of_one_workbook_and_of_a_folder(tmp_path):
    other = {**PROJECT, "project": "P002", "name": "供水管网", "year": 2021}
    write_forms(tmp_path / "a" / "forms.xlsx", [FormContent(PROJECT, INDICATORS, UNIT), FormContent(other, INDICATORS.head(1), UNIT)])
    write_form(tmp_path / "b" / "forms.xlsx", {**PROJECT, "project": "P003"}, INDICATORS, unit={"unit": "102", "name": "市园林局"})
    (tmp_path / "notes.txt").write_text("not a form", encoding="utf-8")
    source = read_forms(tmp_path)
    assert source.tables["projects"]["project"].tolist() == ["P001", "P002", "P003"]
    assert source.tables["units"]["unit"].tolist() == ["101", "102"]
    assert source.tables["indicators"].groupby("project").size().to_dict() == {"P001": 3, "P002": 1, "P003": 3}
    assert source.tables["projects"]["source_file"].tolist() == ["a/forms.xlsx", "a/forms.xlsx", "b/forms.xlsx"]
    assert [record["file"] for record in source.sources] == ["a/forms.xlsx", "b/forms.xlsx"]
    assert source.sources[1]["sha256"] == hashlib.sha256((tmp_path / "b" / "forms.xlsx").read_bytes()).hexdigest()


TEXT = st.text(st.sampled_from("河道治理工程abcXYZ019 =<>&'\"%+@（）()，。\n①é"), min_size=1, max_size=30).map(lambda text: f"项{text.strip()}")
CENTS = st.none() | st.integers(0, 10**13).map(lambda cents: cents / 100)
POINTS = st.none() | st.integers(0, 10_000).map(lambda hundredths: hundredths / 100)
LINE = st.fixed_dictionaries({
    "level1": st.sampled_from(["output", "benefit", "satisfaction", "cost"]), "level2": st.none() | st.sampled_from(["数量指标", "质量指标"]) | TEXT,
    "level3": TEXT, "weight": POINTS, "score": POINTS, "reason": st.none() | TEXT,
    "measure": st.sampled_from(["%", "个", "万元", None]), "direction": st.sampled_from([">=", "<=", "=", None]),
    "target": st.integers(0, 10**6).map(lambda thousandths: thousandths / 1000), "actual": st.integers(0, 10**6).map(lambda thousandths: thousandths / 1000),
})


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    name=TEXT, unit=TEXT, code=st.none() | st.from_regex(r"[A-Z]{2}[0-9]{1,6}", fullmatch=True), year=st.integers(1990, 2099),
    money=st.tuples(CENTS, CENTS, CENTS), rate=st.none() | st.integers(0, 20_000).map(lambda parts: parts / 10_000), points=st.tuples(POINTS, POINTS),
    lines=st.lists(LINE, max_size=6), scale=st.sampled_from(["yuan", "ten_thousand_yuan"]), lang=st.sampled_from(["en", "zh"]),
)
def test_any_form_is_read_back_as_written(tmp_path, name, unit, code, year, money, rate, points, lines, scale, lang):
    unit_code = code or derive_unit_code(unit)
    project = {
        "project": code or derive_project_code(unit, name), "year": year, "unit": unit_code, "name": name, **dict(zip(MONEY, money, strict=True)),
        "execution_rate_stated": rate, "execution_score": points[0], "self_score": points[1],
    }
    indicators = pd.DataFrame(lines).reindex(columns=COLUMNS)
    indicators["indicator"] = [f"{number:02d}" for number in range(1, len(lines) + 1)]
    path = write_form(tmp_path / "any.xlsx", project, indicators, lang, unit={"unit": unit_code, "name": unit}, money=scale)
    source = read_form(path)
    row = source.tables["projects"].iloc[0]
    assert {column: None if pd.isna(row[column]) else row[column] for column in project} == project
    read = typed(source, "indicators")
    exact = ["indicator", "level1", "level2", "level3", "weight", "score", "reason", "direction", "measure"]
    assert read[exact].astype(object).where(read[exact].notna(), None).to_dict("records") == [
        {"indicator": f"{number:02d}", **{column: line[column] for column in exact[1:]}} for number, line in enumerate(lines, start=1)
    ]
    # a percentage is divided by 100 on the way back: the last bit may differ
    assert read["target"].tolist() == pytest.approx([line["target"] for line in lines], rel=1e-15)
    assert read["actual"].tolist() == pytest.approx([line["actual"] for line in lines], rel=1e-15)


# -- layouts of others --------------------------------------------------------------------------------------------------------------


def save(tmp_path, rows, name="form.xlsx"):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / name)
    return tmp_path / name


#: A form of another province: columns elsewhere, nothing merged, full-width and spaced labels, unit of money by itself, points in brackets.
ELSEWHERE = [
    ["２０２０年度项目绩效自评表"],
    ["填报日期：2021年3月15日", None, None, None, None, "金额单位：万元"],
    [None, "项 目 名 称：水土保持监测"],
    [None, "实施单位", "水土保持研究所", "联系人", "张三"],
    [],
    ["预算执行情况（20分）", None, "预算数（A）", "执行数（B）", "执行率（B/A）", "得分（20分×执行率）"],
    [None, "年度财政资金总额", "１０", "10.00", "100%", 20],
    ["序号", "一级\n指标", "二级指标", "三级指标", "年初目标值（A）", "实际完成值（B）", "权重", "得分", "未完成原因和改进措施"],
    [1, "产出指标（40分）", "质量指标", "监测数据合格率", "≥95％", 0.97, 40, 40, None],
    [2, None, None, "监测报告数", "12份", "11份", "20", 18.5, "一份延期"],
    [None, None, None, "……"],
    [3, "效益指标(40分)", "社会效益", "资料利用", "持续利用", "达成预期指标", "20分", "/", None],
    ["总分", None, None, None, None, None, 100, "98.5"],
    ["说明：得分一档最高不能超过该指标分值上限。"],
]


def test_moved_columns_and_unmerged_cells(tmp_path):
    path = save(tmp_path, ELSEWHERE)
    book = load_workbook(path)
    book.active["F9"].number_format = "0%"
    book.save(path)
    source = read_form(path)
    row = source.tables["projects"].iloc[0]
    assert (row["name"], row["year"], row["budget_adjusted"], row["executed"]) == ("水土保持监测", 2020, 100_000, 100_000)
    assert (row["execution_rate_stated"], row["execution_score"], row["self_score"]) == (1.0, 20, 98.5)
    assert pd.isna(row["budget_initial"])
    assert source.forms["execution_points"][0] == 20
    read = typed(source, "indicators")
    assert read["indicator"].tolist() == ["1", "2", "3"]
    assert read["level1"].tolist() == ["output", "output", "benefit"]
    assert read["level2"].tolist() == ["质量指标", "质量指标", "社会效益"]
    assert read["target"].iloc[:2].tolist() == [0.95, 12]
    assert read["actual"].iloc[:2].tolist() == [0.97, 11]
    assert read["weight"].tolist() == [40, 20, 20]
    assert pd.isna(read["score"][2])
    assert source.tables["indicators"]["source_row"].tolist() == [9, 10, 12]
    assert codes(source) == ["form_codes_derived"]


def test_level_2_does_not_go_on_under_another_level_1(tmp_path):
    rows = [[None if cell == "社会效益" else cell for cell in row] for row in ELSEWHERE]
    assert read_form(save(tmp_path, rows)).tables["indicators"]["level2"].fillna("").tolist() == ["质量指标", "质量指标", ""]


def test_codes_come_from_names_and_spaces_do_not_matter(tmp_path):
    source = read_form(save(tmp_path, ELSEWHERE))
    # sha256 of the unit's name, and of unit, line break, project, computed here again
    unit = hashlib.sha256("水土保持研究所".encode()).hexdigest()[:8]
    project = hashlib.sha256("水土保持研究所\n水土保持监测".encode()).hexdigest()[:8]
    assert source.tables["projects"][["unit", "project"]].iloc[0].tolist() == [f"U{unit}", f"P{project}"]
    assert derive_project_code("水土保持研究所 ", "水土 保持监测") == f"P{project}"
    known = pd.DataFrame({"unit": ["205"], "name": ["水土保持研究所"]})
    assert read_form(save(tmp_path, ELSEWHERE), units=known).tables["projects"]["unit"][0] == "205"


def test_department_with_its_code(tmp_path):
    rows = [*ELSEWHERE[:3], [None, "主管部门及代码", "[101001]市水务局", "实施单位", "水土保持研究所"], *ELSEWHERE[4:]]
    source = read_form(save(tmp_path, rows))
    assert source.tables["units"][["unit", "name"]].iloc[0].tolist() == ["101001", "市水务局"]
    assert source.forms["implementing"][0] == "水土保持研究所"


def test_two_forms_below_each_other(tmp_path):
    second = [[cell.replace("水土保持监测", "河道清淤") if isinstance(cell, str) else cell for cell in row] for row in ELSEWHERE[:-1]]
    source = read_form(save(tmp_path, [*ELSEWHERE[:-1], [], *second]))
    assert source.tables["projects"]["name"].tolist() == ["水土保持监测", "河道清淤"]
    assert source.tables["projects"]["year"].tolist() == [2020, 2020]
    assert source.tables["indicators"]["source_row"].tolist() == [9, 10, 12, 23, 24, 26]


def without(*labels):
    return [row for row in ELSEWHERE if not any(isinstance(cell, str) and label in cell for cell in row for label in labels)]


@pytest.mark.parametrize(("rows", "code"), [
    (without("金额单位"), "form_no_money_unit"),
    (without("总分"), "form_no_total"),
    (without("预算数", "资金总额"), "form_no_money"),
    (without("资金总额"), "form_no_total_funds"),
    (ELSEWHERE[:7], "form_no_indicators"),
    (without("年度项目"), "form_missing_part"),
    (without("实施单位"), "form_missing_part"),
    ([[cell if cell != "权重" else "备注" for cell in row] for row in ELSEWHERE], "form_missing_columns"),
    ([[cell if cell != "98.5" else None for cell in row] for row in ELSEWHERE], "form_total_empty"),
    ([[cell if cell != "10.00" else "约10" for cell in row] for row in ELSEWHERE], "form_unreadable"),
])
def test_missing_parts_are_reported_in_both_languages(tmp_path, rows, code):
    source = read_form(save(tmp_path, rows))
    problem = next(problem for problem in source.problems if problem.code == code)
    assert all(problem.say(lang) for lang in words.languages())


def test_amounts_without_a_unit_are_not_guessed(tmp_path):
    path = save(tmp_path, without("金额单位"))
    assert read_form(path).tables["projects"][MONEY].isna().all(axis=None)
    assert read_form(path, money=10_000).tables["projects"]["executed"][0] == 100_000


def test_year_of_the_caller_is_used_only_where_the_form_names_none(tmp_path):
    assert read_form(save(tmp_path, without("年度项目")), year=2019).tables["projects"]["year"][0] == 2019
    assert read_form(save(tmp_path, ELSEWHERE), year=2019).tables["projects"]["year"][0] == 2020


def test_other_files_are_no_forms(tmp_path):
    table = save(tmp_path, [["项目编码", "项目名称", "年初预算数", "全年预算数"], ["P1", "道路", 3, 3]], "table.xlsx")
    assert not is_form(table)
    assert not is_form(save(tmp_path, [["项目编码", "项目名称", "一级指标", "三级指标", "指标值", "完成值"], ["P1", "道路", "产出", "长度", 3, 3]], "list.xlsx"))
    assert is_form(save(tmp_path, ELSEWHERE))
    with pytest.raises(DataError, match="is no self-evaluation form"):
        read_form(table)
    (tmp_path / "broken.xlsx").write_bytes(b"not a workbook")
    with pytest.raises(DataError, match=r"broken\.xlsx: cannot be opened as a workbook"):
        read_form(tmp_path / "broken.xlsx")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no self-evaluation form"):
        read_forms(tmp_path / "empty")


@pytest.mark.parametrize(("texts", "year"), [
    (["（2022年度）"], 2022), (["２０２２ 年度项目支出绩效自评表"], 2022), (["2022年项目自评表", "填报日期：2023年2月1日"], 2022),
    (["填报时间：2023年", "2022年项目自评表"], 2022), (["填报日期：2023年2月1日"], None), (["2023年2月"], None), (["2021-2023年度"], None), (["（fiscal year 2020）"], 2020), (["绩效自评表"], None),
])
def test_year_of_title(texts, year):
    assert year_of_title(texts) == year


@pytest.mark.parametrize(("text", "unit"), [
    ("项目资金（万元）", ("万元", 1e4)), ("预算数（A，元）", ("元", 1.0)), ("单位：亿元", ("亿元", 1e8)), ("金额单位:千元", ("千元", 1e3)),
    ("项目资金 万元", ("万元", 1e4)), ("执行数（B）", None), ("Project funds (ten thousand yuan)", ("ten thousand yuan", 1e4)), ("单位公章", None),
])
def test_unit_of_money(text, unit):
    assert money_unit_in(text) == unit


def test_cell_addresses():
    assert [address(1, 1), address(14, 26), address(14, 27), address(2, 703)] == ["A1", "Z14", "AA14", "AAA2"]


# -- from a form to its score -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def scored(shared_data, tmp_path_factory):
    """Form → its score and every disagreement, through the whole way that a bureau's file goes."""
    from perfanalysis.rules import load_rulebook
    from perfanalysis.scoring import compare_scores, score_projects
    from perfanalysis.sources import read_source

    folder = tmp_path_factory.mktemp("scored")
    books = dict.fromkeys(FORMS, "mof-2020") | {"huanggang": "hubei", "yangtze": "hubei", "qingshen": "sichuan", "daying": "sichuan"}
    results = {}
    for form, (header, lines) in transcriptions(shared_data / "cn_self_eval_forms").items():
        write_transcription(folder / f"{form}.xlsx", header, lines)
        data = read_source(folder / f"{form}.xlsx")
        rulebook, projects, indicators = load_rulebook(books[form]), data.tables["projects"], data.tables.get("indicators")
        results[form] = (score_projects(projects, indicators, rulebook).iloc[0], compare_scores(projects, indicators, rulebook))
    return results


def differences(scored, form: str) -> dict[str, tuple[float, float]]:
    frame = scored[form][1]
    return {kind: (row["submitted"], row["recomputed"]) for kind, row in frame.drop_duplicates("kind").set_index("kind").iterrows()}


def test_putuo1_scores_9862_and_its_rate_is_flagged(scored):
    # 215,457.60 / 250,000 = 0.8618304: 86.18 %, printed as 86.19 %; 8.62 + 10 + 20 + 20 + 30 + 10
    assert scored["putuo1"][0]["recomputed"] == 98.62
    assert list(differences(scored, "putuo1")) == ["execution_rate"]
    assert differences(scored, "putuo1")["execution_rate"] == pytest.approx((0.8619, 0.8618304))


def test_putuo2_execution_gives_452(scored):
    # 9,034 / 20,000 = 0.4517
    assert scored["putuo2"][0]["execution_points"] == 4.52
    assert differences(scored, "putuo2") == {}


def test_langfang_printed_9_where_its_numbers_give_862(scored):
    # 37.24 / 43.2 = 0.86204
    assert differences(scored, "langfang")["execution_points"] == (9, 8.62)


def test_huanggang_adds_up_as_submitted(scored):
    assert scored["huanggang"][0][["submitted", "submitted_sum"]].tolist() == [99.6, 99.6]
    assert "sum" not in differences(scored, "huanggang")


def test_chizhou_printed_no_execution_beside_what_it_spent(scored):
    found = differences(scored, "chizhou")
    assert found["execution_rate"] == (0, 1)
    assert found["execution_points"] == (0, 10)
