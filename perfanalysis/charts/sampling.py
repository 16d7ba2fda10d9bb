"""Charts of a sample audit: what was projected and what it can be at most, against what can be tolerated."""

import pandas as pd

from perfanalysis import words
from perfanalysis.charts import labels
from perfanalysis.charts.marks import empty
from perfanalysis.charts.style import INK, NAVY, ORANGE, SMALL, panel, row_axis, span, style, value_axis


def chart_misstatement(frame: pd.DataFrame, lang: str, *, tolerable: float, currency: str = "CNY"):
    """Projected misstatement and its upper limit, each way, with the tolerable amount as a line.

    Parameters
    ----------
    frame : one row per direction
        Reads ``side`` (words under ``misstatement_side.``), ``projected``, ``upper`` (money).

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    with style():
        if frame.empty:
            return empty(lang)
        figure, axes = panel(0.52 * len(frame) + 0.95, left=2.0, right=1.3, top=0.32, bottom=0.55)
        ticks, texts, scale = labels.money_axis(max(tolerable, frame["upper"].max()), lang, currency)
        value_axis(axes, ticks, texts, (0, ticks[-1]), title=words.say("chart_label.money_axis", lang, {"scale": scale}))
        row_axis(axes, len(frame))
        inch = span(axes)
        for row, line in enumerate(frame.to_dict("records")):
            axes.text(-0.1 * inch, row, words.say(f"misstatement_side.{line['side']}", lang), ha="right", va="center")
            colour = ORANGE if line["upper"] > tolerable else NAVY
            axes.plot([line["projected"], line["upper"]], [row, row], color=colour, linewidth=1.6)
            axes.plot([line["projected"]], [row], "o", color=colour, markersize=6.5, clip_on=False, zorder=3)
            axes.plot([line["upper"]], [row], "|", color=colour, markersize=14, markeredgewidth=2, zorder=3)
            axes.text(1.02, row, labels.written(line["upper"], "money", lang, currency=currency), transform=axes.get_yaxis_transform(), va="center", fontsize=SMALL)
        axes.axvline(tolerable, color=INK, linewidth=1.2, linestyle=(0, (4, 2)))
        text = words.say("chart_label.tolerable", lang, {"value": words.Quantity(tolerable, "money", currency)})
        axes.text(tolerable, 1.0, text, transform=axes.get_xaxis_transform(), ha="right" if tolerable > ticks[-1] / 2 else "left", va="bottom", fontsize=SMALL)
    return figure
