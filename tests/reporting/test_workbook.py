"""Every table of a report in a workbook, in every language."""

import io

from openpyxl import load_workbook

from perfanalysis.reporting.workbook import make_workbook


def table(lang):
    words = {"en": ("Projects", ("Project", "Grade", "Executed (yuan)"), ("Roads", "=Bridges"), ("good", None)),
             "zh": ("项目情况", ("项目", "等级", "执行数（元）"), ("道路", "=桥梁"), ("良", None))}[lang]
    caption, labels, names, grades = words
    columns = [{"name": name, "label": label, "unit": unit} for name, label, unit in zip(("name", "grade", "executed"), labels, ("text", "text", "money"), strict=True)]
    return {"code": "projects", "caption": caption, "columns": columns, "rows": [[names[0], grades[0], 12.5], [names[1], grades[1], None]]}


def test_words_stand_in_every_language_and_numbers_once():
    sheet = load_workbook(io.BytesIO(make_workbook({lang: [table(lang)] for lang in ("en", "zh")}))).active
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert rows == [
        ["Projects", None, None, None, None],
        ["项目情况", None, None, None, None],
        [None, None, None, None, None],
        ["Project", None, "Grade", None, "Executed (yuan)"],
        [None, "项目", None, "等级", "执行数（元）"],
        ["Roads", "道路", "good", "良", 12.5],
        ["=Bridges", "=桥梁", None, None, None],
    ]
    assert sheet["A7"].data_type == sheet["B7"].data_type == "s" and sheet["A7"].quotePrefix and sheet["B7"].quotePrefix
    assert sheet.freeze_panes == "A6"


def test_one_language_has_every_column_once():
    sheet = load_workbook(io.BytesIO(make_workbook({"zh": [table("zh")]}))).active
    assert [[cell for cell in row] for row in sheet.iter_rows(min_row=3, values_only=True)] == [
        ["项目", "等级", "执行数（元）"], ["道路", "良", 12.5], ["=桥梁", None, None]]


def test_the_same_tables_are_the_same_bytes():
    tables = {lang: [table(lang)] for lang in ("en", "zh")}
    assert make_workbook(tables) == make_workbook(tables)


def test_a_cell_has_its_format_and_no_more_text_than_it_has_room_for():
    columns = [{"name": name, "label": name, "unit": unit} for name, unit in (("day", "date"), ("share", "ratio"), ("note", "text"))]
    rows = [["2020-03-01", 0.123456789012345, "x" * 40_000], [None, None, "\x07bell"]]
    sheet = load_workbook(io.BytesIO(make_workbook({"en": [{"code": "a", "caption": "A", "columns": columns, "rows": rows}]}))).active
    day, share, note = sheet[4]
    assert (day.value.isoformat()[:10], day.number_format) == ("2020-03-01", "yyyy-mm-dd")
    assert (share.value, share.number_format) == (0.123456789012345, "0.0%")
    # a cell of a workbook holds 32,767 characters, and XML no control characters
    assert len(note.value) == 32_767 and sheet["C5"].value == "bell"
