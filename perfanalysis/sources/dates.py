"""Dates as people type them and as spreadsheets store them."""

import calendar
import datetime
import re
import unicodedata
from typing import Any

_EXCEL_START = datetime.date(1899, 12, 30)
_EXCEL_SERIALS = range(20_000, 80_000)  # 1954 to 2119; outside it a bare number is not taken for a date
_ISO = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ t]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH = re.compile(r"(\d{4})\s*(?:[-/.]\s*(\d{1,2})|年\s*(\d{1,2})\s*月?)")
_QUARTER = re.compile(r"(\d{4})\s*(?:年\s*)?(?:q|第)?\s*([1-4一二三四])\s*(?:季度)?")
_DAY_MONTH = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_NAMED = re.compile(r"(?:(\d{1,2})\s+([a-z]{3,9})\.?,?\s+(\d{4})|([a-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4}))")
_MONTHS = {name.casefold(): number for number, name in enumerate(
    ["", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]) if name}
_MONTHS |= {name[:3]: number for name, number in _MONTHS.items()} | {"sept": 9}
_QUARTERS = {"1": 1, "2": 2, "3": 3, "4": 4, "一": 1, "二": 2, "三": 3, "四": 4}


def read_date(cell: Any, *, whole_year: bool = False) -> datetime.date | None:
    """The date that a cell means, or None where it means none or more than one.

    A month, quarter or (with ``whole_year``) year without a day is its last day. ``03/04/2020`` could be March or April and is not
    read; nor is the *number* 2020.1, which a spreadsheet also stores for 2020.10.

    >>> read_date("2020年7月31日"), read_date("2020.7"), read_date(44043), read_date("03/04/2020")
    (datetime.date(2020, 7, 31), datetime.date(2020, 7, 31), datetime.date(2020, 7, 31), None)
    """
    if isinstance(cell, datetime.datetime):
        return cell.date()
    if isinstance(cell, datetime.date):
        return cell
    if not isinstance(cell, str):
        number = float(cell)
        if number != int(number) and 1900 <= number < 2100:
            return None if round(number % 1, 4) == 0.1 else _month_end(int(number), round(number % 1 * 10)) if _tenths(number) else None
        text = str(int(number))
    else:
        text = unicodedata.normalize("NFKC", cell).strip().casefold()
    if match := _ISO.fullmatch(text):
        return _day(*match.groups())
    if match := _COMPACT.fullmatch(text):
        return _day(*match.groups())
    if re.fullmatch(r"\d{5}(\.\d+)?", text) and int(float(text)) in _EXCEL_SERIALS:
        return _EXCEL_START + datetime.timedelta(days=int(float(text)))
    if re.fullmatch(r"\d{4}年?", text):
        return _month_end(int(text[:4]), 12) if whole_year else None
    if match := _MONTH.fullmatch(text):
        return _month_end(int(match[1]), int(match[2] or match[3]))
    if ("q" in text or "季度" in text) and (match := _QUARTER.fullmatch(text)):
        return _month_end(int(match[1]), 3 * _QUARTERS[match[2]])
    if match := _DAY_MONTH.fullmatch(text):
        first, second = int(match[1]), int(match[2])
        if first > 12 or first == second:
            return _day(match[3], second, first)
        return _day(match[3], first, second) if second > 12 else None
    if match := _NAMED.fullmatch(text):
        day, month, year = (match[1], match[2], match[3]) if match[1] else (match[5], match[4], match[6])
        return _day(year, _MONTHS.get(month, 0), day)
    return None


def _tenths(number: float) -> bool:
    return abs(number * 10 - round(number * 10)) < 1e-6


def _day(year: Any, month: Any, day: Any) -> datetime.date | None:
    try:
        return datetime.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _month_end(year: int, month: int) -> datetime.date | None:
    if not 1 <= month <= 12 or not 1900 <= year <= 2200:
        return None
    return datetime.date(year, month, calendar.monthrange(year, month)[1])
