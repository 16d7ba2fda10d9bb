"""What people type, read as they mean it, and never guessed."""

import datetime
import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from perfanalysis.sources.text import (
    DTYPES,
    money_scale,
    read_choices,
    read_codes,
    read_column,
    read_dates,
    read_flags,
    read_money,
    read_numbers,
    read_ratios,
    read_texts,
    read_years,
)
from perfanalysis.tables import TABLES

NUMBERS = [
    # cell, value, measure, direction: from the forms in cn_self_eval_forms and from what spreadsheets export
    ("≥90%", 0.9, "%", ">="), (">=90%", 0.9, "%", ">="), ("=100%", 1.0, "%", "="), ("100 %", 1.0, "%", ""), ("１００ ％", 1.0, "%", ""),
    ("≥100百分比", 1.0, "%", ">="), ("百分之95", 0.95, "%", ""), ("≥50个", 50.0, "个", ">="), ("≤90万元", 90.0, "万元", "<="), ("5人次", 5.0, "人次", ""),
    ("1,234.5", 1234.5, "", ""), ("12,345,678", 12345678.0, "", ""), ("1 234", 1234.0, "", ""), ("(1,234)", -1234.0, "", ""), ("（1,234）", -1234.0, "", ""),
    ("-5.2", -5.2, "", ""), ("−5", -5.0, "", ""), ("不低于95%", 0.95, "%", ">="), ("90%以上", 0.9, "%", ">="), ("10天以内", 10.0, "天", "<="),
    ("at least 3", 3.0, "", ">="), ("3次/年", 3.0, "次/年", ""), ("29%", 0.29, "%", ""), (" 7 ", 7.0, "", ""), (7, 7.0, "", ""), (2.5, 2.5, "", ""), ("1e3", 1000.0, "", ""),
]
NO_NUMBERS = ["约90%", "90-95%", "90%~95%", "1,5", "1,23,456", "2020年12月底前", "12月底前", "2020年", "=SUM(A1:A9)", "=1+1", "+cmd|'/c calc'!A0", "inf", "1_000", "0x10", "三个", "及时", "5至6", "1/2", True]
MISSING = ["", " ", "-", "—", "——", "/", "无", "N/A", "nan", None, math.nan, np.nan]


@pytest.mark.parametrize(("cell", "value", "measure", "direction"), NUMBERS)
def test_a_number_is_read_with_its_direction_and_measure(cell, value, measure, direction):
    reading = read_numbers(pd.Series([cell], dtype="object"))
    assert (reading.values[0], reading.measure[0], reading.direction[0], reading.unreadable[0]) == (value, measure, direction, False)


@pytest.mark.parametrize("cell", NO_NUMBERS)
def test_what_is_no_single_number_is_named_and_left_missing(cell):
    reading = read_numbers(pd.Series([cell, 1], dtype="object"))
    assert reading.unreadable.tolist() == [True, False]
    assert math.isnan(reading.values[0])


@pytest.mark.parametrize("cell", MISSING)
@pytest.mark.parametrize("read", [read_numbers, read_money, read_ratios, read_years, read_dates])
def test_nothing_typed_is_missing_and_not_unreadable(read, cell):
    reading = read(pd.Series([cell], dtype="object"))
    assert reading.values.isna()[0]
    assert not reading.unreadable[0]


@pytest.mark.parametrize(("cell", "scale", "amount"), [
    ("43.2万元", 1.0, 432_000.0), ("1.5亿", 1.0, 150_000_000.0), ("1.5亿", 1e4, 150_000_000.0), ("43.2", 1e4, 432_000.0), (43.2, 1e4, 432_000.0),
    ("(1,234)", 1.0, -1234.0), ("¥1,234", 1.0, 1234.0), ("3 million", 1.0, 3_000_000.0), ("900元", 1e4, 900.0), ("3千元", 1.0, 3000.0),
])
def test_money_takes_the_unit_of_the_cell_before_that_of_the_header(cell, scale, amount):
    assert read_money(pd.Series([cell], dtype="object"), scale=scale).values[0] == pytest.approx(amount)


@example(Decimal("90842798.43"))
@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_scaled_amounts_keep_the_digits_that_were_typed(amount):
    # exact decimal arithmetic, then the nearest float
    assert read_money(pd.Series([str(amount), float(amount), f"{amount}万元"], dtype="object"), scale=1e4).values.tolist() == [float(amount * 10_000)] * 3


@pytest.mark.parametrize("cell", ["5%", "43万美元", "≥5", "5个"])
def test_money_of_another_kind_is_not_read(cell):
    assert read_money(pd.Series([cell])).unreadable[0]


@pytest.mark.parametrize(("cell", "scale", "ratio"), [("86.18%", 1.0, 0.8618), ("86.18", 0.01, 0.8618), (0.8618, 1.0, 0.8618), ("86.18%", 0.01, 0.8618)])
def test_ratios(cell, scale, ratio):
    assert read_ratios(pd.Series([cell], dtype="object"), scale=scale).values[0] == pytest.approx(ratio)


JULY = pd.Timestamp("2020-07-31")


@pytest.mark.parametrize("cell", [
    "2020-07-31", "2020/7/31", "2020.7.31", "2020年7月31日", "20200731", "2020.7", "2020年7月", 44043, 44043.0, "44043", 20200731, datetime.date(2020, 7, 31),
    datetime.datetime(2020, 7, 31, 12), JULY, "2020-07-31 00:00:00", "31 July 2020", "Jul 31, 2020", "31/7/2020", "7/31/2020", "２０２０－０７－３１", 2020.7,
])
def test_a_date_in_every_form_that_means_one_day(cell):
    # 44043 is the serial that a spreadsheet shows as 2020-07-31 (days since 1899-12-30)
    assert read_dates(pd.Series([cell], dtype="object")).values[0] == JULY


@pytest.mark.parametrize("cell", ["03/04/2020", 2020.1, "2020-02-30", "2020-13-01", "1", "soon", "2020"])
def test_a_date_that_could_be_another_is_not_read(cell):
    assert read_dates(pd.Series([cell], dtype="object")).unreadable[0]


def test_quarters_and_whole_years():
    dates = read_dates(pd.Series(["2020Q2", "2020年第2季度", "2020年二季度"])).values
    assert dates.tolist() == [pd.Timestamp("2020-06-30")] * 3
    assert read_dates(pd.Series(["2020"]), whole_year=True).values[0] == pd.Timestamp("2020-12-31")


def test_years_flags_codes_and_choices():
    years = read_years(pd.Series(["2020年", "２０２０", 2020.0, "FY2020", "2019-20", "20"], dtype="object"))
    assert years.values[:4].tolist() == [2020] * 4 and years.unreadable.tolist() == [False] * 4 + [True] * 2
    flags = read_flags(pd.Series(["是", "√", "yes", 1, True, "否", "×", "no", 0, False, "也许"], dtype="object"))
    assert flags.values[:10].tolist() == [True] * 5 + [False] * 5 and flags.unreadable[10]
    assert read_codes(pd.Series(["００１", 101.0, 101, " A  b ", "NA", None], dtype="object")).values.tolist()[:5] == ["001", "101", "101", "A b", "NA"]
    direction = read_choices(pd.Series(["≥", "不低于", "＞=", "≧"]), TABLES["indicators"].column("direction").meanings())
    assert direction.values[:3].tolist() == [">="] * 3 and direction.unreadable[3]
    reached = read_choices(pd.Series(["及时", "达成预期指标", "部分达成", "否"]), TABLES["indicators"].column("reached").meanings())
    assert reached.values.tolist() == ["yes", "yes", "partly", "no"]


def test_formula_like_text_stays_text():
    assert read_texts(pd.Series(["=HYPERLINK(\"http://x\")", "@SUM", "<script>"])).values.tolist() == ["=HYPERLINK(\"http://x\")", "@SUM", "<script>"]


def test_units_of_money():
    assert [money_scale(text) for text in ("万元", "亿元", "元", "thousand", "百万元", "个")] == [1e4, 1e8, 1.0, 1e3, 1e6, None]


@pytest.mark.parametrize("column", [column for table in TABLES.values() for column in table.columns], ids=lambda column: column.name)
def test_every_column_is_read_into_its_type_without_touching_the_input(column):
    cells = pd.Series(["1", None, "x"], dtype="object", index=[5, 7, 9])
    reading = read_column(cells, column)
    assert str(reading.values.dtype) == DTYPES[column.kind]
    assert reading.values.index.tolist() == reading.unreadable.index.tolist() == [5, 7, 9]
    assert cells.tolist() == ["1", None, "x"]


@given(st.floats(min_value=-1e14, max_value=1e14, allow_nan=False))
def test_any_number_survives_being_written_plain_or_grouped(number):
    written = pd.Series([repr(number), f"{number:,.4f}", f"{abs(number):,.4f} 个"])
    values = read_numbers(written).values
    assert values[0] == number
    assert values[1] == pytest.approx(number, abs=1e-4) and values[2] == pytest.approx(abs(number), abs=1e-4)


@given(st.decimals(min_value=0, max_value=500, places=2))
def test_any_percentage_is_the_same_ratio_in_every_script(percent):
    full_width = str(percent).translate(str.maketrans("0123456789.%", "０１２３４５６７８９．％"))
    values = read_numbers(pd.Series([f"{percent}%", f"{full_width}％", f"≥{percent} 百分比"])).values
    assert values.tolist() == [float(percent / 100)] * 3


@given(st.dates(min_value=datetime.date(1960, 1, 1), max_value=datetime.date(2100, 12, 31)))
def test_any_date_survives_every_way_of_writing_it(day):
    serial = (day - datetime.date(1899, 12, 30)).days
    cells = pd.Series([day.isoformat(), f"{day.year}年{day.month}月{day.day}日", f"{day:%Y%m%d}", serial, f"{day.day} {day:%B %Y}"], dtype="object")
    assert read_dates(cells).values.tolist() == [pd.Timestamp(day)] * 5


@given(st.text(max_size=30))
def test_no_text_makes_a_reader_fail_or_a_number_out_of_nothing(text):
    cells = pd.Series([text])
    for read in (read_numbers, read_money, read_ratios, read_years, read_dates, read_flags, read_codes, read_texts):
        reading = read(cells)
        assert not (reading.unreadable[0] and reading.values.notna()[0])
