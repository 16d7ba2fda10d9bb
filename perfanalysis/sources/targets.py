"""Targets and actuals of indicators: what was typed becomes a number, its measure and its direction, or stays text.

The conventions:

* ``≥90%`` gives the direction ``>=``, the target 0.9 and the measure ``%``; the text is kept in ``target_text``.
* A measure in its own column speaks for both numbers. If it is ``%`` and either bare number is above 1.5, bare numbers are per cent (92 is 0.92);
  otherwise they are ratios already, as the data dictionary asks for.
* Without such a column, a per cent sign on one side only (target ``≥90%``, actual ``92``) is ambiguous: the side without it is left unread, with a
  warning. Zero is zero either way.
* Measures of money are made the same (``≤90万元``, ``880000元``: 88). Other measures that differ (``2小时``, ``90分钟``) leave the actual unread.
* Text without a number makes an indicator qualitative. Its actual says by its words whether it was reached (``及时``, ``部分完成``), or by
  being the very text of the target.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from perfanalysis.sources.text import Reading, fold, money_scale, read_choices, read_numbers, read_texts, scaled
from perfanalysis.tables import table

#: Above this, a number that stands for a share is taken to be per cent: no target asks for more than 150 % as a ratio.
PERCENT_FROM = 1.5
#: 九成, 三成五, 百分之九十: a share that is written out.
_SHARE_IN_WORDS = r"[一二三四五六七八九半]成|百分之[一二三四五六七八九十百]"
_COLUMNS = ("target", "actual", "measure", "direction", "nature", "reached", "target_text", "actual_text")


@dataclass(frozen=True)
class Targets:
    """``values``: the eight columns, typed. ``warnings``: code → (column, rows where it holds)."""

    values: pd.DataFrame
    warnings: tuple[tuple[str, str, pd.Series], ...]
    unreadable: dict[str, pd.Series]


def read_targets(cells: pd.DataFrame, *, percent_columns: frozenset[str] = frozenset()) -> Targets:
    """Read the target side and the actual side of indicators together.

    Parameters
    ----------
    cells : one row per indicator, cells as typed
        Any of ``target``, ``actual``, ``measure``, ``direction``, ``nature``, ``reached``, ``target_text``, ``actual_text``.
    percent_columns : columns whose header says %, so that each bare number in them is per cent.

    Returns
    -------
    ``Targets``, same index. ``target`` and ``actual`` (float64, in ``measure``; per cent as ratios), the others text.
    """
    schema = table("indicators")
    empty = pd.Series(np.nan, index=cells.index, dtype="object")
    given = {name: cells.get(name, empty) for name in _COLUMNS}
    texts = {name: read_texts(given[name]).values for name in ("target", "actual", "measure", "target_text", "actual_text")}
    # where only the text as written was given, it is read like the value itself
    both = {name: given[name].astype("object").where(given[name].notna(), given[f"{name}_text"].astype("object")) for name in ("target", "actual")}
    target, actual = (_percent(read_numbers(both[name]), name in percent_columns) for name in ("target", "actual"))
    choices = {name: read_choices(given[name], schema.column(name).meanings()) for name in ("direction", "nature", "reached")}

    stated = texts["measure"].map(lambda text: "%" if _is_percent(text) else text, na_action="ignore").astype("str").fillna("")
    values, warnings = _same_measure(target, actual, stated)
    measure = stated.where(stated != "", values["measure"])

    direction = choices["direction"].values
    contradicts = direction.notna() & (target.direction != "") & (direction != target.direction)
    direction = direction.where(direction.notna(), target.direction.where(target.direction != ""))

    target_text = texts["target_text"].where(texts["target_text"].notna(), texts["target"])
    actual_text = texts["actual_text"].where(texts["actual_text"].notna(), texts["actual"])
    is_text = target_text.notna() & target.values.isna()
    digits = target.unreadable & texts["target"].fillna("").str.contains(r"\d", regex=True)
    nature = choices["nature"].values
    nature = nature.where(nature.notna(), pd.Series(np.select([target.values.notna(), is_text], ["quantitative", "qualitative"], ""), index=cells.index).replace("", np.nan))
    reached = choices["reached"].values
    reached = reached.where(reached.notna(), _reached(target_text, actual_text, is_text & ~digits, schema.column("reached").meanings()))
    # words on the actual side of a number are read through ``reached``; only where they say nothing is the number missed
    understood = read_choices(actual_text, schema.column("reached").meanings()).values.notna()
    wordless = actual.unreadable & ~understood & target.values.notna()
    # a share in words (九成) beside a target in words says neither a number nor whether it was reached
    wordless |= actual.unreadable & reached.isna() & actual_text.fillna("").str.contains(_SHARE_IN_WORDS, regex=True)
    strict = pd.DataFrame({name: given[name].map(_is_strict, na_action="ignore").eq(True) for name in ("direction", "target")})
    if "target_text" in cells:
        strict["target"] |= given["target"].isna() & given["target_text"].map(_is_strict, na_action="ignore").eq(True)

    frame = pd.DataFrame({
        "target": values["target"], "actual": values["actual"], "measure": measure.replace("", np.nan), "direction": direction, "nature": nature,
        "reached": reached, "target_text": target_text, "actual_text": actual_text,
    }).astype({"target": "float64", "actual": "float64"} | {name: "str" for name in _COLUMNS[2:]})
    warnings += [
        ("direction_differs", "direction", contradicts), ("strict_direction", "direction", strict["direction"]),
        ("strict_direction", "target", strict["target"] & ~strict["direction"] & target.values.notna()),
        ("unreadable_number", "target", digits), ("unreadable_number", "actual", wordless),
        ("text_for_number", "target", is_text & ~digits & (choices["nature"].values == "quantitative")),
    ]
    return Targets(frame, tuple(warnings), {name: choices[name].unreadable for name in choices})


def _percent(reading: Reading, header_says_so: bool) -> Reading:
    if not header_says_so:
        return reading
    bare = reading.measure == ""
    values = reading.values.where(~bare, scaled(reading.values, 0.01))
    return Reading(values, reading.unreadable, reading.measure.where(~bare | values.isna(), "%"), reading.direction)


def _same_measure(target: Reading, actual: Reading, stated: pd.Series) -> tuple[pd.DataFrame, list[tuple[str, str, pd.Series]]]:
    """Both numbers in one measure, or the one that cannot be brought to it left missing."""
    values = {"target": target.values, "actual": actual.values}
    measures = {"target": target.measure, "actual": actual.measure}
    bare = {name: values[name].notna() & (measures[name] == "") for name in values}
    typed = {name: measures[name] == "%" for name in values}

    large = (bare["target"] & (values["target"].abs() > PERCENT_FROM)) | (bare["actual"] & (values["actual"].abs() > PERCENT_FROM))
    warnings = []
    for name, other in (("target", "actual"), ("actual", "target")):
        as_percent = (stated == "%") & bare[name] & large
        values[name] = values[name].where(~as_percent, scaled(values[name], 0.01))
        alone = (stated == "") & bare[name] & typed[other] & (values[name] != 0)
        values[name] = values[name].where(~alone)
        warnings.append(("percent_on_one_side", name, alone))

    wanted = stated.where((stated != "") & (measures["target"] == ""), measures["target"])
    differs = values["target"].notna() & values["actual"].notna() & (wanted != "") & (measures["actual"] != "") & (wanted != measures["actual"])
    scale_wanted, scale_actual = (side.where(differs, "").map(_scale).astype("float64") for side in (wanted, measures["actual"]))
    money = differs & scale_wanted.notna() & scale_actual.notna()
    values["actual"] = values["actual"].where(~money, values["actual"] * scale_actual / scale_wanted)
    apart = differs & ~money
    values["actual"] = values["actual"].where(~apart)
    warnings.append(("measures_differ", "actual", apart))
    measure = measures["target"].where(measures["target"] != "", measures["actual"])
    return pd.DataFrame({**values, "measure": measure}), warnings


def _reached(target_text: pd.Series, actual_text: pd.Series, is_text: pd.Series, meanings: dict[str, str]) -> pd.Series:
    said = read_choices(actual_text, meanings).values
    same = target_text.notna() & (target_text.map(fold, na_action="ignore") == actual_text.map(fold, na_action="ignore"))
    return said.where(said.notna(), pd.Series("yes", index=said.index).where(same)).where(is_text | said.notna())


def _scale(measure: str) -> float:
    return np.nan if not measure else np.nan if (scale := money_scale(measure)) is None else scale


def _is_strict(cell: object) -> bool:
    """Whether a direction is one that leaves the limit itself out: ``>50``, not ``>=50``."""
    text = fold(cell)
    return text[:1] in ("<", ">") and text[1:2] not in ("=", ">")


def _is_percent(text: str) -> bool:
    return fold(text) in ("%", "百分比", "percent", "percentage", "pct", "百分数")
