"""Charts of ex-ante evaluations: what every expert gave, and the money asked for beside the money recommended."""

import numpy as np
import pandas as pd

from perfanalysis import words
from perfanalysis.charts import labels
from perfanalysis.charts.marks import empty, header, key
from perfanalysis.charts.style import GREY, INK, NAVY, ORANGE, PALE, SMALL, panel, row_axis, span, style, value_axis


def chart_experts(frame: pd.DataFrame, lang: str, *, lines: tuple[float, ...] = (), most: int = 30):
    """Each expert's mean by proposal, the mean of all as a filled mark, the highest first.

    Parameters
    ----------
    frame : one row per proposal × expert
        Reads ``proposal``, ``label``, ``label_en``, ``mean`` (points, of the expert), ``overall`` (points, of the proposal).
    lines : points at which the verdict changes; drawn as dashed lines.
    most : proposals that are drawn; the rest, with lower means, are counted.

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    rows = frame.dropna(subset=["mean"])
    with style():
        if rows.empty:
            return empty(lang)
        firsts = rows.drop_duplicates("proposal").sort_values("overall", ascending=False, kind="stable", na_position="last")
        left_out = max(0, len(firsts) - most)
        firsts = firsts.head(most)
        count = len(firsts) + bool(left_out)
        figure, axes = panel(0.36 * count + 1.12, left=2.75, right=0.8, top=0.57, bottom=0.55)
        low = max(0.0, np.floor((rows["mean"].min() - 3) / 10) * 10)
        ticks, written = labels.number_ticks(low, 100.0)
        value_axis(axes, ticks, written, (low, 100.0 + (100 - low) * 0.02), title=words.say("chart_label.expert_score", lang))
        row_axis(axes, count)
        inch = span(axes)
        for line in lines:
            if line >= low:
                axes.axvline(line, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
        edge, digits = axes.get_xlim()[1] + 0.65 * inch, labels.decimals_of(firsts["overall"].to_numpy(dtype="float64"), 2)
        for row, (proposal, name, overall) in enumerate(zip(firsts["proposal"], labels.names(firsts, lang), firsts["overall"], strict=True)):
            given = rows.loc[rows["proposal"] == proposal, "mean"].to_numpy()
            axes.text(low - 0.12 * inch, row, labels.wrap(name, 2.6), ha="right", va="center", linespacing=1.05)
            axes.plot([given.min(), given.max()], [row, row], color=PALE, linewidth=2.6, zorder=2)
            axes.plot(given, np.full(len(given), row), "D", color=ORANGE, markerfacecolor="white", markersize=5.5, markeredgewidth=1.3, zorder=3)
            if overall == overall:
                axes.plot([overall], [row], "o", color=NAVY, markersize=5, zorder=4)
            axes.text(edge, row, "–" if overall != overall else f"{overall:.{digits}f}", ha="right", va="center")
        header(axes, words.say("chart_label.expert_mean", lang), edge, above=0.42)
        if left_out:
            axes.text(low - 0.12 * inch, count - 1, labels.others(left_out, lang, "others_rest"), ha="right", va="center", color=GREY, fontsize=SMALL)
        key(axes, [("openD", ORANGE, words.say("chart_label.expert_each", lang)), ("o", NAVY, words.say("chart_label.expert_all", lang))],
            above=0.42, start=-2.55)
    return figure


def chart_requested(frame: pd.DataFrame, lang: str, *, currency: str = "CNY", most: int = 20):
    """Money recommended (filled) of the money asked for (outline) by proposal, the largest first.

    Parameters
    ----------
    frame : one row per proposal
        Reads ``label``, ``label_en``, ``requested``, ``recommended`` (yuan).

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    rows = frame.dropna(subset=["requested"]).sort_values("requested", ascending=False, kind="stable")
    with style():
        if rows.empty:
            return empty(lang)
        left_out = max(0, len(rows) - most)
        rows = rows.head(most)
        count = len(rows) + bool(left_out)
        figure, axes = panel(0.36 * count + 1.12, left=2.75, right=1.1, top=0.57, bottom=0.55)
        highest = float(np.nanmax(rows[["requested", "recommended"]].to_numpy()))
        ticks, written, scale = labels.money_axis(highest, lang, currency)
        value_axis(axes, ticks, written, (0, max(ticks[-1], highest)), title=scale)
        row_axis(axes, count)
        inch = span(axes)
        for row, (name, asked, given) in enumerate(zip(labels.names(rows, lang), rows["requested"], rows["recommended"], strict=True)):
            axes.text(-0.12 * inch, row, labels.wrap(name, 2.6), ha="right", va="center", linespacing=1.05)
            axes.barh(row, asked, height=0.55, color="white", edgecolor=NAVY, linewidth=1.1, zorder=2)
            if given > 0:
                axes.barh(row, given, height=0.55, color=NAVY, linewidth=0, zorder=3)
            share = given / asked if asked > 0 else float("nan")
            axes.text(axes.get_xlim()[1] + 0.95 * inch, row, labels.written(share, "ratio", lang), ha="right", va="center")
        header(axes, words.say("chart_label.recommended_share", lang), axes.get_xlim()[1] + 0.95 * inch, above=0.42)
        if left_out:
            axes.text(-0.12 * inch, count - 1, labels.others(left_out, lang, "others_rest"), ha="right", va="center", color=GREY, fontsize=SMALL)
        key(axes, [("box", NAVY, words.say("chart_label.requested", lang)), ("bar", NAVY, words.say("chart_label.recommended", lang))], above=0.42, start=-2.55)
    return figure
