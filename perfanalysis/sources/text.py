"""What people type, read as they mean it: ``≥90%``, ``１００ ％``, ``1,234.5``, ``(1,234)``, ``43.2万元``, ``是``, ``—``.

Every reader takes a Series of cells (text, numbers, dates, as a file gave them) and gives a ``Reading``: the values, and which cells
hold something that cannot be read. Nothing is guessed: such a cell becomes missing *and* is named. Formula-like text is text.

The conventions, where text alone does not decide:

* ``%``, ``百分比`` and ``percent`` make a ratio: ``92%`` is 0.92 with the measure ``%``.
* ``>`` is read as ``>=`` and ``<`` as ``<=``, as the published forms use them.
* A comma is a thousands separator and must stand before three digits; ``1,5`` is not read.
* A currency unit in a cell (``43.2万元``) goes before the unit of the column's header.
* A cell of ``—``, ``/``, ``无``, ``N/A`` or spaces is missing, which is not zero.
* A month or quarter without a day (``2020.7``, ``2020年7月``, ``2020Q2``) is its last day; see ``dates``.
"""

import datetime
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from perfanalysis.sources.dates import read_date
from perfanalysis.tables import Column, fold_header

#: dtype of each kind of column, as stored.
DTYPES = {
    "code": "str", "text": "str", "choice": "str", "money": "float64", "ratio": "float64", "points": "float64",
    "number": "float64", "year": "Int64", "date": "datetime64[us]", "flag": "boolean",
}

#: Units of money that people write, and how many of the currency's units each is.
MONEY_UNITS = {
    "": 1.0, "元": 1.0, "圆": 1.0, "元人民币": 1.0, "yuan": 1.0, "cny": 1.0, "rmb": 1.0, "usd": 1.0, "dollars": 1.0,
    "千": 1e3, "千元": 1e3, "thousand": 1e3, "thousands": 1e3, "k": 1e3, "thousandyuan": 1e3,
    "万": 1e4, "万元": 1e4, "萬元": 1e4, "10000yuan": 1e4, "tenthousandyuan": 1e4,
    "百万": 1e6, "百万元": 1e6, "million": 1e6, "millions": 1e6, "millionyuan": 1e6,
    "千万": 1e7, "千万元": 1e7,
    "亿": 1e8, "亿元": 1e8, "億元": 1e8, "billion": 1e9, "billions": 1e9, "billionyuan": 1e9,
}

_MISSING = frozenset(
    ["", "-", "--", "---", "—", "——", "–", "−", "/", "//", "\\", "无", "暂无", "无数据", "不适用", "n/a", "na", "nan", "nil", "null", "none"]
)
# a unit may well be called NA or None: only marks that nobody uses as a code mean that there is none
_MISSING_CODE = frozenset(["", "-", "--", "—", "——", "–", "/"])
_PERCENT = frozenset(["%", "百分比", "百分之", "percent", "percentage", "pct"])
_BEFORE = {
    ">=": ">=", "≥": ">=", ">": ">=", "不低于": ">=", "不少于": ">=", "不小于": ">=", "大于等于": ">=", "大于": ">=", "高于": ">=", "至少": ">=", "atleast": ">=",
    "<=": "<=", "≤": "<=", "<": "<=", "不高于": "<=", "不超过": "<=", "不多于": "<=", "不大于": "<=", "小于等于": "<=", "小于": "<=", "低于": "<=", "至多": "<=",
    "atmost": "<=", "=": "=", "==": "=", "等于": "=",
}
_AFTER = {"及以上": ">=", "以上": ">=", "及以下": "<=", "以下": "<=", "以内": "<=", "之内": "<="}
_NUMBER = re.compile(
    r"(?P<sign>[-+])?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?: \d{3})+(?:\.\d+)?|\d+(?:\.\d*)?(?:e[-+]?\d+)?|\.\d+)(?P<rest>.*)", re.DOTALL
)
_DIRECTION = re.compile("|".join(sorted(map(re.escape, _BEFORE), key=len, reverse=True)))
_CURRENCY = re.compile(r"^(?:¥|\$|€|£|rmb|cny|usd|us\$|人民币)\s*")
# what may follow a number as its measure: words, not a second number, a range or a date
_MEASURE = re.compile(r"[^\d+*=<>≥≤~～\-—–()（）,，;；、:：。!?]{0,12}")
_NOT_MEASURE = re.compile(r"[至到]|左右|前|以后|之后|月底|年底|年初|余")
_FLAGS = {
    True: ("是", "√", "✓", "✔", "☑", "对", "有", "需", "需要", "yes", "y", "true", "t", "1", "1.0"),
    False: ("否", "×", "✗", "✘", "☐", "x", "错", "不", "不需要", "无需", "无", "no", "n", "false", "f", "0", "0.0"),
}
_FLAG_OF = {text: value for value, texts in _FLAGS.items() for text in texts}
_YEAR = re.compile(r"(?:fy)?\s*(\d{4})(?:\.0+)?\s*(?:年|年度|财年)?")


@dataclass(frozen=True)
class Reading:
    """One column as read: same index as the cells.

    ``values`` are typed by the column's kind and missing where nothing was typed or nothing could be read; ``unreadable`` (bool) marks
    the latter. For numbers, ``measure`` is what stood behind the number (``%``, ``个``, ``万元``; empty where nothing did) and
    ``direction`` what stood before it (``>=``, ``<=``, ``=`` or empty).
    """

    values: pd.Series
    unreadable: pd.Series
    measure: pd.Series | None = None
    direction: pd.Series | None = None


def read_column(cells: pd.Series, column: Column, *, scale: float = 1.0) -> Reading:
    """The cells of one column, read by its kind; ``scale`` is the unit of its header (money: 1e4 for 万元; ratio: 0.01 for %)."""
    if column.kind == "code":
        return read_codes(cells)
    if column.kind == "text":
        return read_texts(cells)
    if column.kind == "choice":
        return read_choices(cells, column.meanings())
    if column.kind == "money":
        return read_money(cells, scale=scale)
    if column.kind == "ratio":
        return read_ratios(cells, scale=scale)
    if column.kind == "date":
        return read_dates(cells, whole_year=column.name in ("period", "treated_from"))
    if column.kind == "year":
        return read_years(cells)
    if column.kind == "flag":
        return read_flags(cells)
    return read_numbers(cells)


def read_numbers(cells: pd.Series) -> Reading:
    """Numbers with what stands around them; ``92%`` becomes 0.92 with measure ``%``.

    >>> reading = read_numbers(pd.Series(["≥90%", "1,234.5", "50个", "—", "about 5"]))
    >>> reading.values.tolist(), reading.direction[0], reading.measure[2], reading.unreadable.tolist()
    ([0.9, 1234.5, 50.0, nan, nan], '>=', '个', [False, False, False, False, True])
    """
    return _read_numeric(cells, _number)


def read_money(cells: pd.Series, *, scale: float = 1.0) -> Reading:
    """Amounts in the dataset's currency; a cell without a unit of its own is in ``scale`` (1e4: 万元)."""
    return _read_numeric(cells, lambda text: _amount(text, scale), plain_scale=scale)


def read_ratios(cells: pd.Series, *, scale: float = 1.0) -> Reading:
    """Ratios, 1.0 = 100 %; a cell without ``%`` is in ``scale`` (0.01 where the header says %)."""
    return _read_numeric(cells, lambda text: _ratio(text, scale), plain_scale=scale)


def read_years(cells: pd.Series) -> Reading:
    """Years: ``2020``, ``2020年``, ``FY2020``, a real date's year. ``2019-20`` is not read: a source file says which year labels it."""

    def read(cell: Any) -> int | None:
        if isinstance(cell, datetime.date):
            return cell.year
        match = _YEAR.fullmatch(fold(cell))
        return int(match[1]) if match else None

    return _read_each(cells, read, "Int64")


def read_dates(cells: pd.Series, *, whole_year: bool = False) -> Reading:
    """Dates as typed or as spreadsheets store them; with ``whole_year``, ``2020`` is the last day of 2020."""
    return _read_each(cells, lambda cell: read_date(cell, whole_year=whole_year), "datetime64[us]")


def read_flags(cells: pd.Series) -> Reading:
    """Yes or no in words, ticks or 1 and 0."""
    return _read_each(cells, lambda cell: _FLAG_OF.get(fold(cell)), "boolean", missing=_MISSING - {"无"})


def read_choices(cells: pd.Series, meanings: Mapping[str, str]) -> Reading:
    """Allowed values by any of their texts (``Column.meanings()``)."""
    # a choice may be called 无 or /: what has a meaning is not missing
    return _read_each(cells, lambda cell: meanings.get(fold_header(_shown(cell))), "str", missing=_MISSING - set(meanings))


def read_codes(cells: pd.Series) -> Reading:
    """Codes as text: full width folded, ``101.0`` as a spreadsheet stores it is ``101``; leading zeros stay."""
    return _read_each(cells, lambda cell: re.sub(r"\s+", " ", unicodedata.normalize("NFKC", _shown(cell))).strip(), "str", missing=_MISSING_CODE)


def read_texts(cells: pd.Series) -> Reading:
    """Text as it was typed, without the spaces around it."""
    return _read_each(cells, lambda cell: _shown(cell).strip(), "str")


def fold(cell: Any) -> str:
    """A cell as compared: its text with full width, case and outer spaces folded."""
    return unicodedata.normalize("NFKC", _shown(cell)).strip().casefold()


def is_missing_text(cell: Any) -> bool:
    """Whether a cell says that there is nothing."""
    return cell is None or (isinstance(cell, float) and math.isnan(cell)) or cell is pd.NaT or fold(cell) in _MISSING


def money_scale(text: str) -> float | None:
    """How many of the currency's units ``text`` (万元, thousand, 百万元) is; None where it is no unit of money."""
    return MONEY_UNITS.get(re.sub(r"\s+", "", fold(text)))


def scaled(value: Any, factor: float) -> Any:
    """``value * factor`` with the decimal digits that people typed: 1.1 in 万元 is 11,000 and not 11,000.000000000002."""
    if factor == 1:
        return value
    if factor < 1:
        return np.round(value * factor, 12)
    # beyond 10⁹ a float64 has no four exact decimals to round to; cents it has
    product = value * factor
    return np.where(np.abs(product) < 1e9, np.round(product, 4), np.round(product, 2))[()]


def _shown(cell: Any) -> str:
    """A cell as a person sees it."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool | np.bool_):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float | np.floating):
        return str(int(cell)) if math.isfinite(cell) and cell == int(cell) and abs(cell) < 1e15 else f"{cell:.15g}"
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    return str(cell)


def _read_each(cells: pd.Series, read: Callable[[Any], Any], dtype: str, missing: frozenset[str] = _MISSING) -> Reading:
    """Read each distinct cell once; columns repeat themselves, so 100,000 rows cost little."""
    places, distinct = _distinct(cells)
    empty = np.array([cell is None or fold(cell) in missing for cell in distinct], dtype=bool)
    found = [None if gone else read(cell) for cell, gone in zip(distinct, empty, strict=True)]
    bad = np.array([value is None for value in found], dtype=bool) & ~empty
    values = pd.Series(found, dtype="object").astype(dtype) if dtype != "datetime64[us]" else pd.to_datetime(pd.Series(found, dtype="object")).astype(dtype)
    return Reading(values.take(places).set_axis(cells.index).rename(cells.name), pd.Series(bad[places], index=cells.index))


def _read_numeric(cells: pd.Series, read: Callable[[str], "_Number | None"], plain_scale: float = 1.0) -> Reading:
    """Plain numbers at once, the rest text by text."""
    index = cells.index
    if pd.api.types.is_bool_dtype(cells):
        cells = cells.astype("object")
    if cells.dtype == object and _is_mixed(cells):
        cells = cells.map(lambda cell: _shown(cell) if isinstance(cell, bool | np.bool_ | datetime.date) else cell)
    plain = pd.to_numeric(cells, errors="coerce").astype("float64").to_numpy(copy=True)
    plain[~np.isfinite(plain)] = np.nan
    values = scaled(plain, plain_scale)
    measure = np.full(len(cells), "", dtype=object)
    direction = np.full(len(cells), "", dtype=object)
    bad = np.zeros(len(cells), dtype=bool)
    rest = np.flatnonzero(np.isnan(plain) & cells.notna().to_numpy())
    if len(rest):
        places, distinct = _distinct(cells.iloc[rest])
        texts = [fold(cell) for cell in distinct]
        found = [None if text in _MISSING else read(text) for text in texts]
        bad[rest] = np.array([text not in _MISSING and number is None for text, number in zip(texts, found, strict=True)])[places]
        found = [number or _Number(math.nan, "", "") for number in found]
        values[rest] = np.array([number.value for number in found])[places]
        measure[rest] = np.array([number.measure for number in found], dtype=object)[places]
        direction[rest] = np.array([number.direction for number in found], dtype=object)[places]
    return Reading(
        pd.Series(values, index=index, name=cells.name), pd.Series(bad, index=index),
        pd.Series(measure, index=index, dtype="str"), pd.Series(direction, index=index, dtype="str"),
    )


@dataclass(frozen=True)
class _Number:
    value: float
    measure: str
    direction: str


def _number(text: str) -> _Number | None:
    """A number with direction and measure, from folded text; None where it is anything else."""
    text = text.replace("−", "-").replace("\xa0", " ").strip()
    direction = ""
    if match := _DIRECTION.match(re.sub(r"^at (least|most)", r"at\1", text)):
        direction = _BEFORE[match[0]]
        text = re.sub(r"^at (least|most)", r"at\1", text)[match.end() :].strip()
    if text.startswith("百分之"):
        text = text.removeprefix("百分之") + "%"
    text = _CURRENCY.sub("", text)
    negative = False
    if match := re.fullmatch(r"\(([^()]*)\)(%?)", text):
        # (1,234) is how accountants write -1,234
        negative, text = True, match[1] + match[2]
    match = _NUMBER.match(text)
    if not match or (negative and match["sign"]):
        return None
    measure = match["rest"].strip()
    for after, means in _AFTER.items():
        if measure.endswith(after) and not direction:
            measure, direction = measure.removesuffix(after).strip(), means
            break
    if not _MEASURE.fullmatch(measure) or _NOT_MEASURE.search(measure):
        return None
    value = float(match["digits"].replace(",", "").replace(" ", ""))
    if measure == "年" and 1900 <= value <= 2100:
        return None  # a date, not an amount of years
    if negative or match["sign"] == "-":
        value = -value
    if measure in _PERCENT:
        return _Number(scaled(value, 0.01), "%", direction)
    return _Number(value, measure, direction)


def _amount(text: str, scale: float) -> _Number | None:
    number = _number(text)
    if number is None or number.direction or number.measure == "%":
        return None
    factor = scale if number.measure == "" else money_scale(number.measure)
    return None if factor is None else _Number(scaled(number.value, factor), number.measure, "")


def _ratio(text: str, scale: float) -> _Number | None:
    number = _number(text)
    if number is None or number.direction or number.measure not in ("", "%"):
        return None
    return _Number(number.value if number.measure else scaled(number.value, scale), number.measure, "")


def _distinct(cells: pd.Series) -> tuple[np.ndarray, list[Any]]:
    """Where each cell stands among the distinct ones; missing cells are one None."""
    objects = cells.astype("object").where(cells.notna(), None)
    if _is_mixed(objects):
        # True and 1 are equal to Python but not to a reader
        objects = objects.map(lambda cell: _shown(cell) if isinstance(cell, bool | np.bool_) else cell)
    places, distinct = pd.factorize(objects, use_na_sentinel=False)
    return places, [None if cell is None or cell is pd.NaT or cell != cell else cell for cell in distinct]


def _is_mixed(cells: pd.Series) -> bool:
    """Whether there may be truth values or dates among the cells; almost always there are none, and finding out is quick."""
    return pd.api.types.infer_dtype(cells, skipna=True) not in ("string", "empty", "floating", "integer", "mixed-integer-float")
