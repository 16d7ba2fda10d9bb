"""Charts of an impact evaluation: the effect by the time since the start, and the answers of several methods beside each other."""

import numpy as np
import pandas as pd

from perfanalysis import words
from perfanalysis.charts import labels
from perfanalysis.charts.marks import empty, header, key
from perfanalysis.charts.style import GREY, INK, NAVY, ORANGE, PALE, SMALL, panel, row_axis, span, style, value_axis


def chart_events(frame: pd.DataFrame, lang: str, *, unit: str = "ratio"):
    """The effect by periods since the start, each with its interval; hollow where only some of the units have been observed so long.

    Parameters
    ----------
    frame : ``analysis.impact.study_events``, one row per ``since``, ascending
        Reads ``since``, ``units``, ``estimate``, ``low``, ``high`` (in the measure's own unit).
    unit : of the measure: ``ratio`` (drawn in percentage points), ``points`` or ``number``.

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    rows = frame.dropna(subset=["estimate"]).reset_index(drop=True)
    with style():
        if rows.empty:
            return empty(lang)
        scale = 100 if unit == "ratio" else 1
        values = rows[["estimate", "low", "high"]].to_numpy(dtype=float) * scale
        figure, axes = panel(3.5, left=0.75, right=0.25, top=0.45, bottom=0.62)
        since, every = rows["since"].to_numpy(), rows["units"] == rows["units"].max()
        ticks, written = labels.number_ticks(np.nanmin(values), np.nanmax(values))
        value_axis(axes, ticks, written, (ticks[0], ticks[-1]), vertical=True, title=words.say(f"chart_label.impact_axis.{unit}", lang))
        axes.set_xlim(since.min() - 0.7, since.max() + 0.7)
        step = max(1, int(np.ceil(len(since) / 14)))
        marked = [place for place in since if place % step == 0]
        axes.set_xticks(marked, [f"{place}".replace("-", "−") for place in marked])
        axes.set_xlabel(words.say("chart_label.impact_since", lang), fontsize=SMALL, labelpad=5)
        axes.axhline(0, color=INK, linewidth=0.9)
        axes.axvline(-0.5, color=GREY, linewidth=0.9, linestyle=(0, (4, 2)))
        for (estimate, low, high), place, whole in zip(values, since, every, strict=True):
            colour = NAVY if place < 0 else ORANGE
            axes.plot([place, place], [low, high], color=PALE, linewidth=4, solid_capstyle="butt", zorder=2)
            axes.plot([place], [estimate], "o" if place < 0 else "D", color=colour, markersize=6, markerfacecolor=colour if whole else "white", markeredgewidth=1.4, zorder=3)
        key(axes, [("o", NAVY, words.say("chart_label.impact_before", lang)), ("D", ORANGE, words.say("chart_label.impact_after", lang)),
                   ("openD", ORANGE, words.say("chart_label.impact_some", lang)), ("bar", PALE, words.say("chart_label.impact_interval", lang))], above=0.2)
    return figure


def chart_methods(frame: pd.DataFrame, lang: str, *, unit: str = "ratio"):
    """Estimates with their intervals, a row each, and the line of no effect; the first is the answer, those with ``placebo`` should lie at zero.

    Parameters
    ----------
    frame : one row per estimate, in the order drawn
        Reads ``name`` (knows how to write itself), ``estimate``, ``low``, ``high`` (both missing where the method gives none), ``placebo``.

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    rows = frame.dropna(subset=["estimate"]).reset_index(drop=True)
    with style():
        if rows.empty:
            return empty(lang)
        scale = 100 if unit == "ratio" else 1
        values = rows[["estimate", "low", "high"]].to_numpy(dtype=float) * scale
        figure, axes = panel(0.34 * len(rows) + 1.1, left=2.75, right=0.9, top=0.4, bottom=0.6)
        ticks, written = labels.number_ticks(min(0.0, np.nanmin(values)), max(0.0, np.nanmax(values)))
        margin = (ticks[-1] - ticks[0]) * 0.02
        value_axis(axes, ticks, written, (ticks[0] - margin, ticks[-1] + margin), title=words.say(f"chart_label.impact_axis.{unit}", lang))
        row_axis(axes, len(rows))
        axes.axvline(0, color=INK, linewidth=0.9)
        left, inch = axes.get_xlim()[0], span(axes)
        for row, (estimate, low, high) in enumerate(values):
            name, placebo = rows["name"][row].written(lang), bool(rows["placebo"][row])
            colour = GREY if placebo else ORANGE if row == 0 else NAVY
            axes.text(left - 0.1 * inch, row, labels.wrap(name, 2.55, SMALL), ha="right", va="center", fontsize=SMALL, color=ORANGE if row == 0 else INK, linespacing=1.05)
            if low == low:
                axes.plot([low, high], [row, row], color=PALE, linewidth=4, solid_capstyle="butt", zorder=2)
            axes.plot([estimate], [row], "s" if placebo else "D" if row == 0 else "o", color=colour, markersize=6, markerfacecolor="white" if placebo else colour, markeredgewidth=1.4, zorder=3)
            axes.text(axes.get_xlim()[1] + 0.8 * inch, row, labels.written(estimate, "number", lang) if unit == "number" else f"{estimate:.1f}".replace("-", "−"), ha="right", va="center", fontsize=SMALL)
        header(axes, words.say("chart_label.impact_effect", lang), axes.get_xlim()[1] + 0.8 * inch)
        key(axes, [("D", ORANGE, words.say("chart_label.impact_answer", lang)), ("o", NAVY, words.say("chart_label.impact_other", lang)),
                   ("opens", GREY, words.say("chart_label.impact_placebo", lang)), ("bar", PALE, words.say("chart_label.impact_interval", lang))], above=0.2, start=-2.6)
    return figure
