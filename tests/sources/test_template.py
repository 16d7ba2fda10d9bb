"""The empty template, read back in both languages, and the data dictionary."""

from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from perfanalysis.sources import data_dictionary, dictionary_markdown, read_source, write_template
from perfanalysis.sources.headers import match_table
from perfanalysis.tables import TABLES, fold_header

ROOT = Path(__file__).resolve().parents[2]
#: One cell for each kind of column, as a person would fill it, and what it means.
FILLED = {"code": "001", "text": "=SUM(A1)", "money": "1,234.5", "ratio": "86.18%", "points": 9.5, "number": 7, "year": 2023, "date": "2023-07-31"}
MEANT = {"code": "001", "text": "=SUM(A1)", "money": 1234.5, "ratio": 0.8618, "points": 9.5, "number": 7.0, "year": 2023, "date": pd.Timestamp("2023-07-31"), "flag": True}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_filled_template_reads_back(tmp_path, lang):
    path = write_template(tmp_path / "t.xlsx", lang)
    book = load_workbook(path)
    for table in TABLES.values():
        page = next(book[name] for name in book.sheetnames if match_table(name) is table)
        for number, column in enumerate(table.columns, 1):
            texts = {"flag": "是" if lang == "zh" else "yes", "choice": column.choices and column.choice_label(next(iter(column.choices)), lang)}
            cell = page.cell(2, number, texts.get(column.kind, FILLED.get(column.kind)))
            cell.data_type = "n" if isinstance(cell.value, int | float) else "s"
    book.save(path)
    data = read_source(path)
    assert [problem.say("en") for problem in data.problems if problem.severity == "error"] == []
    assert set(data.tables) == set(TABLES)
    for table in TABLES.values():
        row = data.tables[table.name].iloc[0]
        for column in table.columns:
            wanted = next(iter(column.choices)) if column.kind == "choice" else MEANT[column.kind]
            assert row[column.name] == wanted, (table.name, column.name)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_template_helps(tmp_path, lang):
    book = load_workbook(write_template(tmp_path / "t.xlsx", lang))
    for table in TABLES.values():
        page = next(book[name] for name in book.sheetnames if match_table(name) is table)
        assert page.freeze_panes == "A2" and page.max_column == len(table.columns)
        rules = {str(rule.sqref).split("2:")[0]: rule for rule in page.data_validations.dataValidation}
        for cell, column in zip(page[1], table.columns, strict=True):
            assert fold_header(cell.value) in column.headers() and cell.comment is not None and column.name in cell.comment.text
            assert cell.value.endswith("*") == column.required
            assert (cell.column_letter in rules) == (bool(column.choices) or column.kind == "flag")
            if column.kind == "money":
                assert cell.value.rstrip("*").endswith("（元）" if lang == "zh" else "(yuan)")
            if column.kind == "code":
                assert page.column_dimensions[cell.column_letter].number_format == "@"
            if column.choices:
                sheet, area = rules[cell.column_letter].formula1.split("!")
                listed = [row[0].value for row in book[sheet.strip("'")][area.replace("$", "")]]
                assert listed == [column.choice_label(value, lang) for value in column.choices]


def test_an_empty_template_is_no_data_and_no_crash(tmp_path):
    data = read_source(write_template(tmp_path / "t.xlsx"))
    assert not data.tables and data.set_aside.empty


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_dictionary_has_every_column(lang):
    frame = data_dictionary(lang)
    assert len(frame) == sum(len(table.columns) for table in TABLES.values())
    assert list(zip(frame["table"], frame["column"], strict=True)) == [(table.name, column.name) for table in TABLES.values() for column in table.columns]
    assert frame.notna().all(axis=None)


@pytest.mark.parametrize(("lang", "name"), [("en", "data-dictionary.md"), ("zh", "data-dictionary.zh.md")])
def test_the_dictionary_in_docs_is_in_step(lang, name):
    """If red: write ``dictionary_markdown(lang)`` into docs/ again."""
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == dictionary_markdown(lang)
