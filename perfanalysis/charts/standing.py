"""Charts of standing: one unit among the others, and all units ranked."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from perfanalysis import words
from perfanalysis.charts import labels
from perfanalysis.charts.marks import empty, key, uncovered
from perfanalysis.charts.style import (
    GREY,
    INK,
    NAVY,
    ORANGE,
    PALE,
    SMALL,
    WIDTH,
    panel,
    row_axis,
    span,
    style,
    value_axis,
)


def chart_peers(frame: pd.DataFrame, lang: str, *, unit: str | Mapping[str, str] = "ratio"):
    """Where one unit stands among the others: a strip of dots for each measure, its own marked, with the others' median and middle half.

    Parameters
    ----------
    frame : one row per unit × measure
        Reads ``label``, ``label_en``, ``value``, ``own`` (true for the report's unit), and, where several are drawn, ``measure`` (words under
        ``chart_label.measure.``).
    unit : ``ratio`` or ``points``, or one for each measure.

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    rows = frame.dropna(subset=["value"])
    rows = rows.assign(own=rows["own"].astype(bool), measure=rows.get("measure", ""))
    measures = list(rows["measure"].unique())
    with style():
        if not measures:
            return empty(lang)
        from matplotlib.figure import Figure

        each = 1.68
        height = each * len(measures) + 0.3
        figure = Figure(figsize=(WIDTH, height))
        for place, measure in enumerate(measures):
            top = height - 0.3 - each * place
            axes = figure.add_axes((0.25 / WIDTH, (top - 1.25) / height, (WIDTH - 0.5) / WIDTH, 0.9 / height))
            written = unit if isinstance(unit, str) else unit[measure]
            _strip(axes, rows[rows["measure"] == measure], written, lang)
            if measure:
                axes.text(0, 1.25, words.say(f"chart_label.measure.{measure}", lang), transform=axes.transAxes, va="bottom", color=INK)
        first = figure.axes[0]
        names = ("each_other", "middle_half", "median") if rows["own"].any() else ("each_unit", "middle_half_of_all", "median_of_all")
        parts = list(zip(("o", "bar", "line"), (PALE_DOT, BAND, INK), names, strict=True))
        texts = [words.say(f"chart_label.{code}", lang) for _, _, code in parts]
        wide = sum(labels.width(text, SMALL) + 0.26 + 0.25 for text in texts)
        key(first, [(mark, colour, text) for (mark, colour, _), text in zip(parts, texts, strict=True)], above=0.5, start=WIDTH - 0.5 - wide)
    return figure


PALE_DOT, BAND = "#7A8792", "#CBDCEB"


def _strip(axes, rows: pd.DataFrame, unit: str, lang: str) -> None:
    others, own = rows.loc[~rows["own"], "value"].to_numpy(dtype="float64"), rows[rows["own"]]
    low, high = rows["value"].min(), rows["value"].max()
    ticks, texts = labels.ratio_ticks(low, high) if unit == "ratio" else labels.number_ticks(low, high)
    margin = (ticks[-1] - ticks[0]) * 0.02
    value_axis(axes, ticks, texts, (ticks[0] - margin, ticks[-1] + margin))
    axes.set_yticks([], [])
    high_inches = axes.get_position().height * axes.figure.get_figheight()
    axes.set_ylim(0, high_inches)
    inch = span(axes)
    for diameter in (0.085, 0.075, 0.065, 0.055, 0.045, 0.035):
        heights = _dodge(others / inch, diameter)
        if not len(heights) or heights.max() <= high_inches - diameter:
            break
    else:
        # thousands of units: the columns keep their proportions and their dots overlap
        heights = heights * ((high_inches - diameter) / heights.max())
    if len(others):
        quarter, median, three = np.quantile(others, [0.25, 0.5, 0.75])
        axes.axvspan(quarter, three, color=BAND, linewidth=0)
        axes.axvline(median, color=INK, linewidth=1.4)
    drawn = uncovered(axes, others, heights, diameter)
    axes.plot(others[drawn], heights[drawn] + diameter / 2, "o", color=PALE_DOT, markersize=diameter * 72 * 0.9, linewidth=0, markeredgewidth=0)
    for name, value in zip(labels.names(own, lang), own["value"], strict=True):
        text = f"{labels.shorten(name, 3.2)} {labels.written(value, unit, lang)}"
        axes.plot([value, value], [0, high_inches + 0.06], color=ORANGE, linewidth=1.4, clip_on=False)
        axes.plot([value], [diameter / 2], "D", color=ORANGE, markersize=8, markeredgecolor="white", markeredgewidth=0.8, zorder=4, clip_on=False)
        half = labels.width(text) / 2 * inch
        middle = min(max(value, axes.get_xlim()[0] + half), axes.get_xlim()[1] - half)
        axes.text(middle, high_inches + 0.08, text, color=ORANGE, ha="center", va="bottom")


def _dodge(places: np.ndarray, diameter: float) -> np.ndarray:
    """Heights at which dots at ``places`` stack without overlap, in columns as wide as a dot."""
    column = np.round(places / diameter)
    order = np.argsort(column, kind="stable")
    first = np.searchsorted(column[order], column[order])
    heights = np.empty(len(places))
    heights[order] = (np.arange(len(places)) - first) * diameter
    return heights


def chart_units(frame: pd.DataFrame, lang: str, *, unit: str = "ratio", most: int = 30, title: str = "", reference: float | None = None, currency: str = "CNY"):
    """Units in the order of ``value``, the highest first, with intervals where they are known; no rank is written, since it would seem surer than it is.

    Parameters
    ----------
    frame : one row per unit
        Reads ``label``, ``label_en``, ``value``, and, where there are any, ``low`` and ``high`` (same unit), ``own`` (true for the unit to mark).
    unit : one of ``words.values.UNITS``.
    most : rows that are drawn; of more units the first and the last are drawn and those between counted.
    title : words under ``chart_label.`` for the axis. reference : the value of all together.

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    rows = frame.dropna(subset=["value"]).sort_values("value", ascending=False, kind="stable")
    with style():
        if rows.empty:
            return empty(lang)
        between = max(0, len(rows) - most) if len(rows) > most + 1 else 0
        first = len(rows) if not between else (most + 1) // 2
        shown = rows if not between else pd.concat([rows.iloc[:first], rows.iloc[first + between :]])
        count = len(shown) + bool(between)
        figure, axes = panel(0.245 * count + 0.85, left=2.85, right=0.95 if unit != "money" else 1.5, top=0.3, bottom=0.55)
        spread = [shown["value"], *(shown[name] for name in ("low", "high") if name in shown)]
        low, high = min(part.min() for part in spread), max(part.max() for part in spread)
        if reference is not None:
            low, high = min(low, reference), max(high, reference)
        low = 0.0 if unit in ("money", "count") or 0 <= low < (high - low) else low
        scale = ""
        if unit == "money":
            ticks, texts, scale = labels.money_axis(high, lang, currency)
            scale = words.say("chart_label.money_axis", lang, {"scale": scale})
        else:
            ticks, texts = labels.ratio_ticks(low, high) if unit == "ratio" else labels.number_ticks(low, high)
        margin = (ticks[-1] - ticks[0]) * 0.02
        value_axis(axes, ticks, texts, (ticks[0] - margin, ticks[-1] + margin), title=words.say(f"chart_label.{title}", lang) if title else scale)
        row_axis(axes, count)
        inch, left = span(axes), axes.get_xlim()[0]
        if reference is not None:
            axes.axvline(reference, color=INK, linewidth=1.2, linestyle=(0, (4, 2)))
            text = words.say("chart_label.average", lang, {"value": words.Quantity(reference, unit, currency)})
            axes.text(reference, 1.0, text, transform=axes.get_xaxis_transform(), ha="center", va="bottom", fontsize=SMALL)
        for place, (name, value) in enumerate(zip(labels.names(shown, lang), shown["value"], strict=True)):
            row = place + (1 if between and place >= first else 0)
            line = shown.iloc[place]
            own = "own" in shown and bool(line["own"])
            colour = ORANGE if own else NAVY
            axes.text(left - 0.1 * inch, row, labels.shorten(name, 2.6), ha="right", va="center", color=ORANGE if own else INK)
            if {"low", "high"} <= set(shown) and pd.notna(line["low"]) and pd.notna(line["high"]):
                axes.plot([line["low"], line["high"]], [row, row], color=PALE, linewidth=3.2, solid_capstyle="butt", zorder=2)
            axes.plot([value], [row], "D" if own else "o", color=colour, markersize=6.5 if own else 5.5, zorder=3)
            axes.text(1.015, row, labels.written(value, unit, lang, currency=currency), transform=axes.get_yaxis_transform(), va="center", fontsize=SMALL)
        if between:
            axes.text(left - 0.1 * inch, first, f"⋯ {labels.others(between, lang, 'others_between')}", ha="right", va="center", color=GREY, fontsize=SMALL)
    return figure
