"""Charts of what moves ranks."""

import pandas as pd

from perfanalysis import words
from perfanalysis.charts import labels
from perfanalysis.charts.marks import empty, header, key
from perfanalysis.charts.style import INK, NAVY, PALE, panel, row_axis, span, style, value_axis


def chart_choices(frame: pd.DataFrame, lang: str):
    """How much of the variation of ranks each choice explains, alone and with its interplay, the greatest first.

    Parameters
    ----------
    frame : one row per choice
        Reads ``choice`` (words under ``rank_choice.``), ``first`` and ``total`` (ratios), ``low`` and ``high`` (of ``total``; may be missing).

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    rows = frame.dropna(subset=["total"]).sort_values("total", ascending=False, kind="stable")
    with style():
        if rows.empty:
            return empty(lang)
        figure, axes = panel(0.46 * len(rows) + 0.95, left=1.5, right=1.75, top=0.45, bottom=0.35)
        highest = max(rows["total"].max(), rows["high"].max() if rows["high"].notna().any() else 0.0)
        ticks, texts = labels.ratio_ticks(0, highest)
        value_axis(axes, ticks, texts, (0, ticks[-1]))
        row_axis(axes, len(rows))
        inch = span(axes)
        edges = [axes.get_xlim()[1] + place * inch for place in (0.75, 1.65)]
        for row, line in enumerate(rows.to_dict("records")):
            axes.text(-0.12 * inch, row, labels.shorten(words.say(f"rank_choice.{line['choice']}", lang), 1.35), ha="right", va="center")
            axes.barh(row, line["total"], height=0.56, color=PALE, linewidth=0, zorder=2)
            axes.barh(row, line["first"], height=0.28, color=NAVY, linewidth=0, zorder=3)
            if line["low"] == line["low"]:
                axes.plot([line["low"], line["high"]], [row, row], color=INK, linewidth=1.2, marker="|", markersize=6, zorder=4)
            for value, edge in ((line["first"], edges[0]), (line["total"], edges[1])):
                axes.text(edge, row, labels.written(value, "ratio", lang), ha="right", va="center")
        for code, edge in (("choice_first", edges[0]), ("choice_total", edges[1])):
            header(axes, words.say(f"chart_label.{code}", lang), edge, above=0.28)
        key(axes, [("bar", NAVY, words.say("chart_label.choice_first", lang)), ("bar", PALE, words.say("chart_label.choice_total", lang)),
                   ("line", INK, words.say("chart_label.interval_90", lang))], above=0.28, start=-1.35)
    return figure
