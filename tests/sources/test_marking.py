"""Problems shown in a copy: coloured cells, notes, and a list; nothing in it is a formula that was none."""

import pytest
from openpyxl import Workbook, load_workbook

from perfanalysis.errors import DataError
from perfanalysis.sources import check_source, mark_problems
from perfanalysis.sources.xlsx import put


@pytest.fixture
def workbook(tmp_path):
    book = Workbook()
    page = book.active
    page.title = "units"
    for row in (["单位表", None, None], ["unit", "name", "kind"], ["1", "a", "处室"], ["2", "b", "department"], ["2", "c", "department"]):
        page.append(row)
    put(page["B4"], "=1+1")
    page["B3"].number_format = "0.00"
    path = tmp_path / "units.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize(("lang", "sheet", "says"), [
    ("en", "Problems listed", "error: row not used\n'处室' is not one of department, district"), ("zh", "问题清单", "错误：该行未使用\n“处室”不在允许值范围内，允许值：部门、区"),
])
def test_a_copy_with_every_problem_at_its_cell(workbook, tmp_path, lang, sheet, says):
    before = workbook.read_bytes()
    problems = check_source(workbook)
    assert [problem.code for problem in problems] == ["not_allowed", "repeated_key", "repeated_key"]
    book = load_workbook(mark_problems(workbook, problems, tmp_path / "out" / "marked.xlsx", lang=lang))
    page = book["units"]
    assert page["C3"].comment.text == says and page["C3"].fill.fgColor.rgb == "FFF4B6A6"
    # a problem of the row as a whole stands at its first cell
    assert page["A4"].comment is not None and page["A5"].comment is not None and page["B4"].comment is None
    assert book.sheetnames[0] == sheet and book[sheet].max_row == 4
    assert [cell.value for cell in book[sheet][2]][:4] == ["units.xlsx", "units", 3, "kind"]
    assert (page["B4"].value, page["B4"].data_type) == ("=1+1", "s")
    assert workbook.read_bytes() == before


def test_text_files_become_a_workbook(make_folder, tmp_path):
    folder = make_folder(units="单位编码,单位名称,类别\n101,=cmd|' /C calc'!A0,部门\n102,@x,处室\n")
    problems = check_source(folder)
    book = load_workbook(mark_problems(folder, problems, tmp_path / "marked.xlsx"))
    page = book["units"]
    assert page["C3"].comment is not None
    assert page["B2"].data_type == "s" and page["B2"].value == "=cmd|' /C calc'!A0" and page["B2"].quotePrefix
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    # the row of P2 refers to unit 102, which was set aside
    assert book["projects"]["C3"].comment is not None


def test_a_second_check_of_a_marked_copy_replaces_the_list(workbook, tmp_path):
    first = mark_problems(workbook, check_source(workbook), tmp_path / "units2" / "units.xlsx")
    again = check_source(first)
    assert [problem.code for problem in again] == ["not_allowed", "repeated_key", "repeated_key"]
    book = load_workbook(mark_problems(first, again, tmp_path / "third.xlsx"))
    assert book.sheetnames == ["Problems listed", "units"]


def test_the_source_itself_is_never_overwritten(workbook):
    with pytest.raises(DataError, match="the source itself would be overwritten"):
        mark_problems(workbook, (), workbook)
