"""A chart of a policy over its years: money since the beginning above, what was achieved below."""

import numpy as np
import pandas as pd

from perfanalysis import words
from perfanalysis.charts import labels
from perfanalysis.charts.marks import empty, key
from perfanalysis.charts.style import GREY, INK, NAVY, ORANGE, SMALL, WIDTH, panel, style, value_axis


def chart_life_cycle(frame: pd.DataFrame, lang: str, *, line: float | None = None, currency: str = "CNY"):
    """Budget and executed money since the first year (bars) over the points earned in each year (line).

    Parameters
    ----------
    frame : one row per year, ascending
        Reads ``year``, ``budget_total``, ``executed_total`` (yuan), ``achievement`` (ratio; missing where nothing was scored).
    line : achievement below which the policy should be adjusted; drawn dashed.

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    with style():
        if frame.empty or frame[["budget_total", "executed_total", "achievement"]].isna().all(axis=None):
            return empty(lang)
        height, left, right, below = 4.3, 1.0, 0.35, 1.3
        figure, axes = panel(height, left=left, right=right, top=0.5, bottom=0.5 + below + 0.3)
        places = np.arange(len(frame))
        years = [str(int(year)) for year in frame["year"]]
        highest = max(1.0, np.nanmax([1.0, *frame[["budget_total", "executed_total"]].to_numpy().ravel()]))
        ticks, written, scale = labels.money_axis(highest, lang, currency)
        # the key above the panel measures its marks from the limits of the axes
        axes.set_xlim(-0.6, len(frame) - 0.4)
        value_axis(axes, ticks, written, (0, ticks[-1]), vertical=True, title=scale)
        axes.set_xticks([], [])
        for column, shift, colour, filled in (("budget_total", -0.17, NAVY, False), ("executed_total", 0.17, NAVY, True)):
            values = frame[column].to_numpy(dtype="float64")
            shown = ~np.isnan(values)
            axes.bar(places[shown] + shift, values[shown], width=0.3, color=colour if filled else "white", edgecolor=colour, linewidth=1.1)
        key(axes, [("box", NAVY, words.say("chart_label.budget_total", lang)), ("bar", NAVY, words.say("chart_label.executed_total", lang))], above=0.2)
        lower = figure.add_axes((left / WIDTH, 0.5 / height, (WIDTH - left - right) / WIDTH, below / height))
        reached = frame["achievement"].to_numpy(dtype="float64")
        low = min(0.5, np.floor(np.nanmin([1.0, *reached]) * 10) / 10)
        ticks, written = labels.ratio_ticks(low, 1.0)
        lower.set_xlim(-0.6, len(frame) - 0.4)
        value_axis(lower, ticks, written, (low, 1.12), vertical=True, title=words.say("chart_label.achievement", lang))
        lower.set_xticks(places, years)
        if line is not None and line >= low:
            lower.axhline(line, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
        lower.plot(places, reached, "-o", color=ORANGE, linewidth=1.6, markersize=5.5)
        for place, value in zip(places, reached, strict=True):
            text = labels.written(value, "ratio", lang) if value == value else words.say("chart_label.not_available", lang)
            lower.text(place, (value if value == value else low) + 0.035, text, ha="center", va="bottom", fontsize=SMALL, color=INK if value == value else GREY)
    return figure
