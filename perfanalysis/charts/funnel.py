"""Funnels: every unit's rate by its size, within the limits that chance and the usual differences between units draw."""

import numpy as np
import pandas as pd

from perfanalysis import words
from perfanalysis.charts import labels
from perfanalysis.charts.marks import empty, key, uncovered
from perfanalysis.charts.style import GREY, INK, NAVY, ORANGE, PLUM, SMALL, WIDTH, style, value_axis

_MARK = {"within": ("o", "#7A8792"), "unusual": ("o", NAVY), "stands_out": ("D", PLUM)}
#: What is read of a unit's point, beside whose and of which measure it is.
POINT = ["size", "value", "centre", "low_95", "high_95", "low_998", "high_998", "state"]
#: Names beside marks in one panel; more would hide the marks.
NAMED = 7


def chart_funnel(frame: pd.DataFrame, lang: str):
    """A panel for each measure (at most two): every unit by its size, the limits of 95 and 99.8 %, and those that stand out named.

    Parameters
    ----------
    frame : one row per unit × measure
        Reads ``measure`` (words under ``fair_measure.`` and ``fair_size.``), ``label``, ``label_en`` (missing for units that are not named), ``size``, ``value``
        (ratio), ``centre``, ``low_95``, ``high_95``, ``low_998``, ``high_998``, ``state`` (``within``, ``unusual``, ``stands_out``), ``own`` (true for the report's unit).

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    known = frame["value"].notna() & frame["state"].notna()
    parts = {measure: frame.loc[known & (frame["measure"] == measure), [*POINT, "label", "label_en", "own"]].reset_index(drop=True)
             for measure in frame.loc[known, "measure"].unique().tolist()[:2]}
    with style():
        if not parts:
            return empty(lang)
        from matplotlib.figure import Figure

        height, left, gap = 3.7, 0.6, 0.75
        wide = (WIDTH - left - 0.2 - gap * (len(parts) - 1)) / len(parts)
        figure = Figure(figsize=(WIDTH, height))
        for place, (measure, rows) in enumerate(parts.items()):
            axes = figure.add_axes(((left + place * (wide + gap)) / WIDTH, 0.55 / height, wide / WIDTH, (height - 0.55 - 0.75) / height))
            _panel(axes, rows, measure, lang)
        entries = [(_MARK[state][0], _MARK[state][1], words.say(f"chart_label.funnel_{state}", lang)) for state in ("stands_out", "unusual", "within")]
        if frame.loc[known, "own"].any():
            entries.insert(0, ("D", ORANGE, words.say("chart_label.own_score", lang)))
        key(figure.axes[0], [*entries, ("line", INK, words.say("chart_label.funnel_limits", lang))], above=0.55, start=-left + 0.1)
    return figure


def _panel(axes, rows: pd.DataFrame, measure: str, lang: str) -> None:
    low, high = min(rows["value"].min(), rows["low_998"].min()), max(rows["value"].max(), min(rows["high_998"].max(), 1.0 if rows["value"].max() <= 1 else np.inf))
    ticks, texts = labels.ratio_ticks(low, high)
    value_axis(axes, ticks, texts, (ticks[0], ticks[-1] + (ticks[-1] - ticks[0]) * 0.03), vertical=True)
    most = float(rows["size"].max())
    ticks, texts = labels.number_ticks(0, most)
    value_axis(axes, ticks, texts, (0, ticks[-1]), title=words.say(f"fair_size.{measure}", lang))
    axes.text(0, 1.03, words.say(f"fair_measure.{measure}", lang), transform=axes.transAxes, va="bottom", color=INK)
    by_size = rows[["size", "low_95", "high_95", "low_998", "high_998"]].sort_values("size", kind="stable")
    # limits fall with the root of the size: a few places, closer where they bend, draw them as well as every unit's own
    sizes = np.geomspace(by_size["size"].iloc[0], by_size["size"].iloc[-1], 24)
    axes.plot([0, ticks[-1]], [rows["centre"].iloc[0]] * 2, color=INK, linewidth=1.2, zorder=2)
    for level, line in (("95", (0, (4, 2))), ("998", (0, (1, 1.5)))):
        for side in ("low", "high"):
            limit = np.interp(sizes, by_size["size"], by_size[f"{side}_{level}"])
            axes.plot(sizes, np.where(limit <= axes.get_ylim()[1], limit, np.nan), color=GREY, linewidth=1.1, linestyle=line, zorder=2)
    others, places = ~rows["own"].to_numpy(dtype=bool), rows[["size", "value"]].to_numpy(dtype="float64")
    for state, (mark, colour) in _MARK.items():
        points, marks = 5.5 if state == "stands_out" else 4.2, places[others & (rows["state"] == state).to_numpy(dtype=bool)]
        marks = marks[uncovered(axes, *marks.T, points / 72)]
        axes.plot(*marks.T, mark, color=colour, markersize=points, markeredgecolor="white", markeredgewidth=0.4,
                  linewidth=0, zorder=3, clip_on=False)
    own = rows[rows["own"]]
    axes.plot(own["size"], own["value"], "D", color=ORANGE, markersize=8.5, markeredgecolor="white", markeredgewidth=0.8, zorder=5, clip_on=False)
    _name(axes, rows, lang)


def _name(axes, rows: pd.DataFrame, lang: str) -> None:
    """Those that stand out, the furthest first, as far as there is room; the report's own unit stands in the key."""
    named = rows[rows["label"].notna() & ~rows["own"] & (rows["state"] == "stands_out")]
    if named.empty:
        return
    named = named.assign(far=(named["value"] - named["centre"]).abs()).sort_values("far", ascending=False, kind="stable").head(NAMED)
    box = (axes.get_position().width * WIDTH, axes.get_position().height * axes.figure.get_figheight())
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    points = np.column_stack([(rows["size"] - left) / (right - left) * box[0], (rows["value"] - bottom) / (top - bottom) * box[1]])
    texts = dict(zip(named.index, (labels.shorten(name, 1.5, SMALL) for name in labels.names(named, lang)), strict=True))
    sizes = {place: (labels.width(text, SMALL) + 0.04, 0.16) for place, text in texts.items()}
    for place, (x, y, led) in labels.place_labels(points, sizes, np.full(len(rows), 0.045), box, list(named.index)).items():
        at = (left + x / box[0] * (right - left), bottom + y / box[1] * (top - bottom))
        if led:
            edge = at[1] - np.sign(at[1] - rows.at[place, "value"]) * 0.08 / box[1] * (top - bottom)
            axes.plot([rows.at[place, "size"], at[0]], [rows.at[place, "value"], edge], color=GREY, linewidth=0.6, zorder=2.5)
        axes.text(*at, texts[place], ha="center", va="center", fontsize=SMALL, zorder=6)
