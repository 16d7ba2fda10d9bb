"""Fixtures for reading: workbooks and folders made in the test, as people make them."""

from collections.abc import Callable
from pathlib import Path

import pytest

UNITS = "单位编码,单位名称,类别\n101,市教育局,部门\n102,市交通局,部门\n"
PROJECTS = (
    "项目编码,年度,单位编码,项目名称,年初预算数,全年预算数,全年执行数,自评得分\n"
    "P1,2023,101,校舍维修,1000000,1000000,900000,95\n"
    "P2,2023,102,公交补贴,500000,600000,300000,88\n"
)
INDICATORS = (
    "项目编码,年度,指标编码,一级指标,三级指标,指标值,完成值,分值,得分\n"
    "P1,2023,1,产出指标,维修校舍数量,≥50个,50,50,50\n"
    "P1,2023,2,效益指标,师生满意度,≥90%,92%,40,40\n"
)


@pytest.fixture
def make_folder(tmp_path) -> Callable[..., Path]:
    """A folder of text files: ``make_folder(units=…, projects=…)``, the good ones unless given; ``None`` leaves one out."""

    def make(**texts: str | bytes | None) -> Path:
        folder = tmp_path / "city"
        folder.mkdir(exist_ok=True)
        for name, text in ({"units": UNITS, "projects": PROJECTS, "indicators": INDICATORS} | texts).items():
            if text is not None:
                content = text if isinstance(text, bytes) else text.encode("utf-8")
                (folder / f"{name}.csv").write_bytes(content)
        return folder

    return make


@pytest.fixture
def chinese_workbook(tmp_path) -> Path:
    """A workbook as a bureau sends it: titles, units in headers, merged cells, percentages as formats, a total row, an explanation."""
    from openpyxl import Workbook

    book = Workbook()
    page = book.active
    page.title = "填表说明"
    page["A1"] = "请于7月底前报送"

    page = book.create_sheet("部门和区")
    for row in (["单位编码", "单位名称", "类别"], ["101", "市教育局", "部门"], ["102", "市交通局", "部门"]):
        page.append(row)

    page = book.create_sheet("项目")
    page["A1"] = "2023年度项目支出情况表"
    page.merge_cells("A1:H1")
    page["A2"] = "金额单位：万元"
    heads = ["序号*", "项目编码", "年度", "单位编码", "项目名称", "预算数（万元）", None, "执行率", "备注"]
    for column, text in enumerate(heads, 1):
        page.cell(3, column, text)
    page["F4"], page["G4"] = "年初预算数", "全年预算数"
    for column in (1, 2, 3, 4, 5, 8, 9):
        page.merge_cells(start_row=3, start_column=column, end_row=4, end_column=column)
    page.merge_cells("F3:G3")
    page.append([1, "P1", "2023年", 101, "校舍维修", 100, "1,000", 0.9, None])
    page.append([2, "P2", 2023, 102, "=1+1", "60.5", 60.5, 0.5, "无"])
    page.append([None, "合计", None, None, None, 160.5, 1060.5, None, None])
    for cell in ("H5", "H6"):
        page[cell].number_format = "0.00%"
    page["E6"].data_type = "s"

    page = book.create_sheet("绩效指标")
    page.append(["项目编码", "年度", "指标编码", "一级指标", "三级指标", "指标值", "完成值", "分值", "完成情况"])
    page.append(["P1", 2023, 1, "产出指标", "维修校舍数量", "≥50个", 50, 50, None])
    page.append([None, None, 2, "效益指标", "师生满意度", 0.9, "９２％", 30, None])
    page.append([None, None, 3, "产出指标", "完成及时性", "及时", "及时", 10, None])
    page.merge_cells("A2:A4")
    page.merge_cells("B2:B4")
    page["F3"].number_format = "0%"
    path = tmp_path / "某市2023.xlsx"
    book.save(path)
    return path
