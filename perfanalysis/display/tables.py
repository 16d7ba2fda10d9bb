"""Frame → table as it is read: one scale a column, units in the headings, codes by their labels, missing cells marked."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from perfanalysis import words
from perfanalysis.display.blocks import ColumnView, Table
from perfanalysis.tables import TABLES
from perfanalysis.words.values import format_quantity, is_missing, money_scale

#: Units whose cells stand on the right, digit under digit.
NUMERIC = frozenset({"money", "ratio", "percentage_points", "points", "count", "number", "days", "months", "year"})
#: Units that stand in the heading, not in every cell.
_SIGNS = {">=": "≥", "<=": "≤"}
_IN_HEADING = frozenset({"percentage_points", "days", "months"})


@dataclass(frozen=True)
class Column:
    """One column as read: ``heading`` with its unit; ``cells`` as text, ``None`` where missing; ``numeric`` if it stands on the right."""

    name: str
    heading: str
    cells: tuple[str | None, ...]
    numeric: bool

    @property
    def short(self) -> bool:
        """Are all its texts so short that none need be broken?"""
        return all(sum(2 if letter > "\u2e80" else 1 for letter in cell or "") <= 12 for cell in self.cells)


@dataclass(frozen=True)
class TableView:
    """A table as read: the first lines of each column (and the sum, where there is one), and how many lines there are in all."""

    columns: tuple[Column, ...]
    shown: int
    total: int
    sums: bool

    def rows(self) -> Iterator[tuple[str | None, ...]]:
        return zip(*(column.cells for column in self.columns), strict=True)


def view_table(table: Table, lang: str, currency: str = "CNY") -> TableView:
    """The table's first ``most`` lines, written for a reader of ``lang``; scales and decimals are those of the lines shown."""
    # the page and its plain text show the same: made once, and kept with the table
    views = vars(table).setdefault("_views", {})
    if (lang, currency) not in views:
        views[lang, currency] = _make_view(table, lang, currency)
    return views[lang, currency]


def _make_view(table: Table, lang: str, currency: str) -> TableView:
    frame, sums = table.frame, table.total and len(table.frame) > 0
    body = frame.iloc[:-1] if sums else frame
    shown = body.iloc[: table.most]
    if sums:
        shown = pd.concat([shown, frame.iloc[-1:]])
    scale = _money_scale(shown, table.columns, lang, currency)
    columns = tuple(_view_column(column, shown, lang, scale) for column in table.columns)
    return TableView(columns, min(table.most, len(body)), len(body), sums)


def table_json(table: Table, lang: str, currency: str, caption: str) -> dict[str, Any]:
    """The whole table for ``tables.xlsx``: raw values (money unscaled, ratios as 1.0 = 100 %), codes by their labels, missing ones ``None``."""
    columns = []
    for view in table.columns:
        unit = money_scale(1, lang, currency)[1] if view.unit == "money" else _unit_words(view.unit, lang)
        columns.append({"name": view.name, "label": _with_unit(column_label(view, lang), unit, lang), "unit": _plain_unit(view.unit)})
    cells = [[_raw(value, view, lang) for value in table.frame[view.name]] for view in table.columns]
    return {"code": table.code, "caption": caption, "columns": columns, "rows": [list(row) for row in zip(*cells, strict=True)]}


def table_frame(table: Table, lang: str, currency: str = "CNY") -> pd.DataFrame:
    """The whole table for a widget that sorts: numbers stay numbers (money in one scale, ratios in per cent), the rest is written; headings in ``lang``."""
    divisor, scale = _money_scale(table.frame, table.columns, lang, currency)
    columns: dict[str, Any] = {}
    for view in table.columns:
        values, label = table.frame[view.name], column_label(view, lang)
        if view.unit == "money":
            heading, cells = _with_unit(label, scale, lang), (values.astype("float64") / divisor).round(2)
        elif view.unit in ("ratio", "percentage_points"):
            heading, cells = _with_unit(label, "%" if view.unit == "ratio" else _unit_words(view.unit, lang), lang), (values.astype("float64") * 100).round(1)
        elif view.unit in ("count", "days", "months"):
            heading, cells = _with_unit(label, _unit_words(view.unit, lang), lang), values.astype("Float64").round().astype("Int64")
        elif view.unit in ("points", "number"):
            heading, cells = label, values.astype("float64").round(2)
        else:
            heading, cells = label, ["" if is_missing(value) else _cell(value, view.unit, lang) or "" for value in values]
        # two columns of one name would be one
        while heading in columns:
            heading += "\u200b"
        columns[heading] = cells
    return pd.DataFrame(columns, index=table.frame.index).reset_index(drop=True)


def column_label(view: ColumnView, lang: str) -> str:
    """``column.<label or name>`` of the catalogue, else the label of a column of that name in the data model."""
    code = view.label or view.name
    if words.has(f"column.{code}", lang):
        return words.say(f"column.{code}", lang)
    known = _schema_columns().get(code)
    if known is None:
        raise KeyError(f"the catalogue {lang} has no words for 'column.{code}', and no table has a column of that name")
    return known.label(lang)


def _view_column(view: ColumnView, frame: pd.DataFrame, lang: str, scale: tuple[float, str]) -> Column:
    values = frame[view.name].tolist()
    label, unit = column_label(view, lang), view.unit
    heading = _with_unit(label, _unit_words(unit, lang), lang)
    if unit == "money":
        divisor, name = scale
        heading = _with_unit(label, name, lang)
        digits = 2 if divisor > 1 else _decimals([float(value) for value in values if not is_missing(value)], 2)
        cells = [_fixed(value / divisor, digits, lang) if not is_missing(value) else None for value in values]
    elif unit in ("points", "percentage_points"):
        factor = 100 if unit == "percentage_points" else 1
        numbers = [float(value) * factor for value in values if not is_missing(value)]
        digits = max(1, _decimals(numbers, 2)) if factor == 100 else _decimals(numbers, 2)
        sign = "+" if factor == 100 else ""
        cells = [None if is_missing(value) else (sign if value > 0 else "") + _fixed(float(value) * factor, digits, lang) for value in values]
    else:
        cells = [None if is_missing(value) else _cell(value, unit, lang) for value in values]
    return Column(view.name, heading, tuple(cells), unit in NUMERIC)


def _money_scale(frame: pd.DataFrame, views: tuple[ColumnView, ...], lang: str, currency: str) -> tuple[float, str]:
    """One scale for all money of a table, so that its columns can be compared: the largest in which nine of ten amounts have two digits or
    more (three in Chinese, where 万 and 亿 lie four digits apart and 0.06亿元 says less than 563万元), and none that is not zero is written as 0.00."""
    columns = [frame[view.name] for view in views if view.unit == "money"]
    amounts = pd.concat(columns).dropna().astype("float64").abs() if columns else pd.Series(dtype="float64")
    amounts = amounts[amounts > 0]
    if amounts.empty:
        return money_scale(0, lang, currency)
    return money_scale(min(amounts.max(), amounts.quantile(0.1) * (1 if lang == "zh" else 10)), lang, currency, lowest=amounts.min())


def _cell(value: Any, unit: str, lang: str) -> str | None:
    kind, _, rest = unit.partition(":")
    if unit == "written" or hasattr(value, "written"):
        return value.written(lang) or None
    if kind == "choice":
        table, _, column = rest.partition(".")
        known = TABLES[table].column(column)
        label = known.choice_label(value, lang) if value in known.choices else str(value)
        return _SIGNS.get(label, label)
    if kind == "words":
        return words.say(f"{rest}.{value}", lang)
    if unit == "flag":
        return words.say(f"display.flag.{str(bool(value)).lower()}", lang)
    if unit == "date":
        # numbers only, so that dates stand under each other and sort by eye
        return str(value)[:10]
    if unit == "year":
        return str(int(value))
    if unit in ("days", "months"):
        return _fixed(float(value), 0, lang)
    if unit == "text":
        return _as_text(value)
    return format_quantity(value, unit, lang)


def _raw(value: Any, view: ColumnView, lang: str) -> Any:
    if is_missing(value):
        return None
    if hasattr(value, "item"):
        value = value.item()
    if view.unit == "date":
        return str(value)[:10]
    if view.unit in NUMERIC and isinstance(value, int | float):
        # 12.0 of a column that has gaps is 12
        return int(value) if float(value).is_integer() and abs(value) < 2**53 else float(value)
    return _cell(value, view.unit, lang)


def _as_text(value: Any) -> str | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None


def _plain_unit(unit: str) -> str:
    return unit if unit in NUMERIC or unit == "date" else "text"


def _unit_words(unit: str, lang: str) -> str:
    return words.say(f"display.{unit}", lang) if unit in _IN_HEADING else ""


def _with_unit(label: str, unit: str, lang: str) -> str:
    return words.say("display.with_unit", lang, {"label": label, "unit": unit}) if unit else label


def _decimals(numbers: list[float], most: int) -> int:
    """How many decimals write each of the numbers in full, at most ``most``: 9 and 8.62 → 2, 9 and 8 → 0."""
    return next((digits for digits in range(most) if all(abs(round(number, digits) - number) < 1e-9 for number in numbers)), most)


def _fixed(number: float, digits: int, lang: str) -> str:
    return format_quantity(number / 100, "ratio", lang, decimals=digits)[:-1]


@cache
def _schema_columns() -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for table in TABLES.values():
        for column in table.columns:
            columns.setdefault(column.name, column)
    return columns
