"""Charts of agreement: the difference of two scores of the same project against their mean."""

import pandas as pd

from perfanalysis import words
from perfanalysis.charts import labels
from perfanalysis.charts.marks import empty, key, uncovered
from perfanalysis.charts.style import GREY, INK, NAVY, ORANGE, SMALL, panel, span, style, value_axis


def chart_agreement(frame: pd.DataFrame, lang: str, *, bias: float, low: float, high: float):
    """Bland and Altman's picture: self-score less independent score against the mean of both, one mark a project.

    Parameters
    ----------
    frame : one row per project
        Reads ``self_score``, ``review`` (points) and, where some are to be told apart, ``own`` (true for the report's unit).
    bias, low, high : the mean difference and the limits between which 95 of 100 differences lie (points).

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    rows = frame.dropna(subset=["self_score", "review"])
    with style():
        if rows.empty:
            return empty(lang)
        own = rows["own"].astype(bool) if "own" in rows else pd.Series(False, index=rows.index)
        middle, difference = (rows["self_score"] + rows["review"]) / 2, rows["self_score"] - rows["review"]
        lines = [(0.0, "agreement_equal", INK, "-"), (low, "agreement_low", GREY, (0, (4, 2))), (bias, "agreement_mean", INK, (0, (4, 2))), (high, "agreement_high", GREY, (0, (4, 2)))]
        texts = [words.say(f"chart_label.{code}", lang, {"value": words.Quantity(value, "points")}) for value, code, _, _ in lines]
        texts = [labels.wrap(text, 1.35, SMALL) for text in texts]
        figure, axes = panel(3.5, left=0.7, right=1.55, top=0.4, bottom=0.55)
        x_ticks, x_texts = labels.number_ticks(middle.min(), middle.max())
        y_ticks, y_texts = labels.number_ticks(min(0.0, low, difference.min()), max(high, difference.max()))
        pad_x, pad_y = (x_ticks[-1] - x_ticks[0]) * 0.02, (y_ticks[-1] - y_ticks[0]) * 0.03
        value_axis(axes, x_ticks, x_texts, (x_ticks[0] - pad_x, x_ticks[-1] + pad_x), title=words.say("chart_label.agreement_middle", lang))
        value_axis(axes, y_ticks, y_texts, (y_ticks[0] - pad_y, y_ticks[-1] + pad_y), vertical=True, title=words.say("chart_label.agreement_difference", lang))
        for value, _, colour, dash in lines:
            axes.axhline(value, color=colour, linewidth=1.2, linestyle=dash)
        per_inch = (axes.get_ylim()[1] - axes.get_ylim()[0]) / (axes.get_position().height * axes.figure.get_figheight())
        places = labels.spread([line[0] for line in lines], 0.32 * per_inch)
        for (_, _, colour, _), text, place in zip(lines, texts, places, strict=True):
            axes.text(axes.get_xlim()[1] + 0.08 * span(axes), place, text, color=colour, fontsize=SMALL, va="center", linespacing=1.05)
        others = pd.DataFrame({"x": middle, "y": difference})[~own]
        others = others.iloc[uncovered(axes, others["x"], others["y"], 4.5 / 72)]
        axes.plot(others["x"], others["y"], "o", color=NAVY if not own.any() else GREY, markersize=4.5, alpha=0.55, markeredgewidth=0, zorder=3)
        entries = [("o", NAVY if not own.any() else GREY, words.say(f"chart_label.agreement_{'project' if not own.any() else 'others'}", lang))]
        if own.any():
            axes.plot(middle[own], difference[own], "D", color=ORANGE, markersize=8, markeredgecolor="white", markeredgewidth=0.8, zorder=4)
            entries.append(("D", ORANGE, words.say("chart_label.agreement_own", lang)))
        key(axes, entries, above=0.2)
    return figure
