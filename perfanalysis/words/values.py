"""How a number with a unit is written in each language: 亿元 and 万元, billion and million, 百分点 and percentage points."""

import datetime
import math
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import NumberPattern, parse_pattern

#: The units that a quantity may have, and what a value of 1.0 means in it.
UNITS = {
    "money": "one unit of the dataset's currency (yuan by default)",
    "ratio": "100 %",
    "percentage_points": "a difference of two ratios of 100 percentage points",
    "points": "one point of a score",
    "count": "one thing counted",
    "number": "one, in the measure of the indicator itself",
    "year": "the year 1",
    "date": "a date",
    "days": "one day",
    "months": "one month",
    "text": "text that has no unit",
}

#: How each language writes them stands in its catalogue under ``quantity.``; a scale there is "from this amount on: pattern".
_SCALE = re.compile(r"(\d+): ([^;]*)(?:; )?")


@dataclass(frozen=True)
class Quantity:
    """A value with its unit (one of ``UNITS``); knows how to write itself in each language."""

    value: Any
    unit: str
    currency: str = "CNY"
    decimals: int | None = None

    def written(self, lang: str) -> str:
        return format_quantity(self.value, self.unit, lang, currency=self.currency, decimals=self.decimals)


def is_missing(value: Any) -> bool:
    # pandas' own two by name: this module does not load pandas
    return value is None or (isinstance(value, float) and math.isnan(value)) or type(value).__name__ in ("NaTType", "NAType")


def format_quantity(value: Any, unit: str, lang: str, *, currency: str = "CNY", decimals: int | None = None) -> str:
    """``value`` in ``unit`` as a reader of ``lang`` writes it.

    >>> format_quantity(5.5e10, "money", "en"), format_quantity(5.5e10, "money", "zh")
    ('55.00 billion yuan', '550.00亿元')
    >>> format_quantity(0.8705, "ratio", "en"), format_quantity(0.013, "percentage_points", "zh")
    ('87.1%', '1.3个百分点')
    """
    if is_missing(value):
        return _said("missing", lang)
    if unit == "text":
        return str(value)
    if unit == "date":
        day = value if isinstance(value, datetime.date) else datetime.date.fromisoformat(str(value)[:10])
        return format_date(day, _said("date", lang), locale=_locale(lang))
    if unit == "year":
        return _said("year", lang).replace("{value}", str(int(value)))
    if unit == "money":
        return _format_money(float(value), lang, currency)
    if unit == "ratio":
        return _rate(float(value) * 100, lang) if decimals is None else _number(float(value) * 100, decimals, lang) + "%"
    if unit == "percentage_points":
        written = _number(float(value) * 100, 1 if decimals is None else decimals, lang)
        return _counted("percentage_points", written, "1.0", lang)
    if unit == "points":
        return _number(float(value), 2 if decimals is None else decimals, lang, trim=True)
    if unit == "count":
        return _number(float(value), 0, lang)
    if unit == "number":
        return _number(float(value), 4 if decimals is None else decimals, lang, trim=True)
    if unit in ("days", "months"):
        return _counted(unit, _number(float(value), 0, lang), "1", lang)
    raise ValueError(f"unit {unit!r} is not one of {', '.join(UNITS)}")


_MARKS = (60.0, 80.0, 95.0, 100.0)


def _rate(percent: float, lang: str) -> str:
    """One decimal; two where that would lift a rate onto a mark that it misses: 79.99% of a budget is not 80%, nor are 99.98% all of it.

    Marks are the whole and the thresholds of execution and of targets met; what is not zero is not written as zero.
    """
    near = round(percent + math.copysign(1e-9, percent), 1)
    if percent < near - 1e-7 and near in _MARKS:
        return _number(math.floor(percent * 100 + 1e-7) / 100, 2, lang) + "%"
    return _number(percent, 2 if near == 0 and percent >= 0.005 else 1, lang) + "%"


def money_scale(highest: float, lang: str, currency: str = "CNY", *, lowest: float | None = None) -> tuple[float, str]:
    """The one scale of a column or axis whose largest amount is ``highest``: what to divide by, and its name.

    With ``lowest``, the smallest amount that is not zero, the scale keeps that amount from being written as 0.00.

    >>> money_scale(3.2e8, "zh"), money_scale(3.2e8, "zh", lowest=5e4), money_scale(3.2e8, "en")
    ((100000000.0, '亿元'), (10000.0, '万元'), (1000000.0, 'million yuan'))
    """
    name = _said(f"currency.{currency}", lang) if _has(f"currency.{currency}", lang) else currency
    scales = _scales("column", lang)
    for divisor, pattern in scales:
        if abs(highest) >= divisor and (lowest is None or abs(lowest) / divisor >= 0.005):
            return divisor, pattern.replace("{currency}", name)
    return scales[-1][0], scales[-1][1].replace("{currency}", name)


def _format_money(value: float, lang: str, currency: str) -> str:
    known = _has(f"money.{currency}", lang)
    for start, pattern in _scales(f"money.{currency if known else 'other'}", lang):
        divisor = max(start, 1)
        decimals = 2 if start else int(_said("decimals", lang))
        # 99,999,999 would round to 10,000.00万元: the larger scale is chosen by the rounded amount
        if round(abs(value) / divisor, decimals) * divisor >= start:
            written = pattern.replace("{amount}", _number(abs(value) / divisor, decimals, lang, trim=divisor == 1)).replace("{currency}", currency)
            return f"−{written}" if value < 0 and round(abs(value) / divisor, decimals) else written
    raise AssertionError("the last scale starts at zero")


@lru_cache(maxsize=8192)
def _number(value: float, decimals: int, lang: str, *, trim: bool = False) -> str:
    fraction = "#" * decimals if trim else "0" * decimals
    pattern = "#,##0" + (f".{fraction}" if decimals else "")
    # half up on the decimal digits that people see: 87.05 → 87.1, whatever its binary neighbour
    rounded = round(value + math.copysign(1e-9, value), decimals)
    if rounded == 0:
        rounded = 0.0
    return _pattern(pattern).apply(rounded, _locale(lang)).replace("-", "−")


@cache
def _pattern(pattern: str) -> NumberPattern:
    """Read once: to read it takes ten times as long as to write a number by it."""
    return parse_pattern(pattern)


@cache
def _locale(lang: str) -> Locale:
    return Locale.parse(_said("locale", lang))


@cache
def _said(code: str, lang: str) -> str:
    from perfanalysis import words  # this module is a part of it

    return words.text(f"quantity.{code}", lang)


def _has(code: str, lang: str) -> bool:
    from perfanalysis import words

    return words.has(f"quantity.{code}", lang)


@cache
def _scales(code: str, lang: str) -> list[tuple[float, str]]:
    """The largest first: from which amount on (and what to divide by), and the pattern."""
    return [(float(start), pattern) for start, pattern in _SCALE.findall(_said(code, lang))]


def _counted(unit: str, written: str, one: str, lang: str) -> str:
    """A number of days, months, percentage points: ``quantity.<unit>``, or ``quantity.<unit>_one`` where it is exactly one."""
    return _said(f"{unit}_one" if written == one else unit, lang).replace("{value}", written)
