"""What the cells of a form mean: numbers with their units."""

from decimal import Decimal
from functools import lru_cache

import pandas as pd

from perfanalysis.sources.forms_layout import Cell, is_blank
from perfanalysis.sources.text import money_scale, read_numbers
from perfanalysis.tables import TABLES, fold_header

_POINTS = ("", "分", "points", "point")


def number(cell: Cell | None, kind: str, scale: float = 1.0) -> tuple[float | None, bool]:
    """The number in a cell as ``money`` (in units of ``scale``), ``ratio`` or ``points``, and whether the cell could be read.

    Decimal arithmetic: 21.54576 in 万元 is 215457.6 yuan and not 215457.59999999998.
    """
    if is_blank(cell):
        return None, True
    if isinstance(cell.value, int | float) and not isinstance(cell.value, bool):
        if cell.percent:
            return (float(cell.value), True) if kind == "ratio" else (None, False)
        return _scaled(cell.value, scale), True
    value, measure, direction = read_text(cell.text)
    if value is None or direction:
        return None, False
    if kind == "ratio":
        return (value, True) if measure == "%" else (_scaled(value, scale), True) if not measure else (None, False)
    if kind == "money":
        factor = scale if not measure else money_scale(measure)
        return (None, False) if factor is None else (_scaled(value, factor), True)
    return (value, True) if measure in _POINTS else (None, False)


def plain_number(cell: Cell | None) -> float | None:
    """The number in a cell whatever its unit; None where there is none."""
    return None if is_blank(cell) else read_text(cell.text)[0]


@lru_cache(maxsize=20_000)
def read_text(text: str) -> tuple[float | None, str, str]:
    """Number, measure and direction of one text; forms say 100% and 10 thousands of times."""
    read = read_numbers(pd.Series([text], dtype="object"))
    value = float(read.values.iloc[0])
    return (None, "", "") if value != value else (value, read.measure.iloc[0], read.direction.iloc[0])


def is_direction(text: str) -> bool:
    return fold_header(text) in TABLES["indicators"].column("direction").meanings()


def raw(frame: pd.DataFrame) -> pd.DataFrame:
    """Text columns as str and numbers as float64, missing stays missing: a column of nothing but None has no type of its own."""
    numbers = (
        "budget_initial", "budget_adjusted", "executed", "execution_rate_stated", "execution_score", "self_score", "weight", "score",
        "execution_points", "executed_to_date", "projected", "budget",
    )
    typed = {}
    for name in frame.columns:
        if name == "source_row":
            continue
        values = frame[name].astype("object").where(frame[name].notna(), None)
        typed[name] = values.astype("float64" if name in numbers else "Int64" if name == "year" else "str")
    return frame.assign(**typed)


def _scaled(value: float, scale: float) -> float:
    return float(Decimal(repr(value)) * Decimal(repr(scale))) if scale != 1 else float(value)
