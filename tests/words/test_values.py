"""Numbers as each language writes them; the expected texts are written by hand."""

import datetime

import pytest

from perfanalysis.words import format_quantity


@pytest.mark.parametrize(("value", "unit", "en", "zh"), [
    (5.5e10, "money", "55.00 billion yuan", "550.00亿元"),
    (8.2e9, "money", "8.20 billion yuan", "82.00亿元"),
    (432_000, "money", "432,000 yuan", "43.20万元"),
    (99_999_999, "money", "100.00 million yuan", "1.00亿元"),  # would round to 10,000.00万元
    (-2_500_000, "money", "−2.50 million yuan", "−250.00万元"),
    (0, "money", "0 yuan", "0元"),
    (0.8705, "ratio", "87.1%", "87.1%"),  # half up, as people round
    (1.0, "ratio", "100.0%", "100.0%"),
    (0.99977, "ratio", "99.97%", "99.97%"),  # 55,000.00 of 55,012.86 million yuan are not all of it
    (0.79996, "ratio", "79.99%", "79.99%"),  # a rate below the standard of 80 % never reads 80.0%
    (0.87496, "ratio", "87.5%", "87.5%"),
    (0.0004, "ratio", "0.04%", "0.04%"),  # not nothing
    (0.013, "percentage_points", "1.3 percentage points", "1.3个百分点"),
    (0.01, "percentage_points", "1.0 percentage point", "1.0个百分点"),
    (98.618, "points", "98.62", "98.62"),
    (90, "points", "90", "90"),
    (1021, "count", "1,021", "1,021"),
    (1, "days", "1 day", "1天"),
    (61, "days", "61 days", "61天"),
    (2020, "year", "2020", "2020年"),
    (datetime.date(2020, 7, 31), "date", "31 July 2020", "2020年7月31日"),
    (None, "money", "not available", "无数据"),
    (float("nan"), "ratio", "not available", "无数据"),
    (-0.0001, "ratio", "0.0%", "0.0%"),  # no minus sign before a zero
])
def test_written(value, unit, en, zh):
    assert format_quantity(value, unit, "en") == en
    assert format_quantity(value, unit, "zh") == zh


def test_dollars():
    assert format_quantity(1.234e9, "money", "en", currency="USD") == "$1.23 billion"
    assert format_quantity(1.234e9, "money", "zh", currency="USD") == "12.34亿美元"


def test_an_unknown_unit_is_an_error():
    with pytest.raises(ValueError, match="unit 'percent' is not one of money, ratio"):
        format_quantity(1, "percent", "en")
