"""Ranks before and after a change of rules, unit by unit."""

import pandas as pd

from perfanalysis import words
from perfanalysis.charts import labels
from perfanalysis.charts.marks import empty, header, key
from perfanalysis.charts.style import GREY, INK, NAVY, ORANGE, PALE, SMALL, panel, row_axis, span, style, value_axis


def chart_moves(frame: pd.DataFrame, lang: str, *, most: int = 32):
    """Each unit's place before (ring) and after (dot), over the interval of its place after; a square where the two intervals do not meet.

    Parameters
    ----------
    frame : one row per unit
        Reads ``label``, ``label_en``, ``rank_before``, ``rank_after``, ``rank_low_after``, ``rank_high_after``, ``score_before``, ``score_after``
        (points), ``apart``.
    most : rows that are drawn; of more units those that moved most are.

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    rows = frame.dropna(subset=["rank_before", "rank_after"])
    with style():
        if rows.empty:
            return empty(lang)
        left_out = max(0, len(rows) - most)
        moved = (rows["rank_before"] - rows["rank_after"]).abs().sort_values(ascending=False, kind="stable")
        shown = rows.loc[moved.index[:most]].sort_values(["rank_after", "rank_before"], kind="stable")
        count = len(shown) + bool(left_out)
        figure, axes = panel(0.245 * count + 1.2, left=2.6, right=1.75, top=0.62, bottom=0.55)
        last = float(max(rows["rank_before"].max(), rows["rank_after"].max(), rows["rank_high_after"].max()))
        ticks = [1.0, *[tick for tick in labels.round_ticks(last) if 1 < tick <= last * 0.94], *([last] if last > 1 else [])]
        value_axis(axes, ticks, [f"{tick:g}" for tick in ticks], (1 - last * 0.02, last * 1.02), title=words.say("chart_label.rank", lang))
        row_axis(axes, count)
        inch, left = span(axes), axes.get_xlim()[0]
        edges = [axes.get_xlim()[1] + place * inch for place in (0.85, 1.65)]
        for row, (name, line) in enumerate(zip(labels.names(shown, lang), shown.to_dict("records"), strict=True)):
            colour = ORANGE if line["apart"] else NAVY
            axes.text(left - 0.1 * inch, row, labels.shorten(name, 2.4), ha="right", va="center", color=INK)
            axes.plot([line["rank_low_after"], line["rank_high_after"]], [row, row], color=PALE, linewidth=5, solid_capstyle="round", zorder=1)
            axes.plot([line["rank_before"], line["rank_after"]], [row, row], color=colour, linewidth=1.4, zorder=2)
            axes.plot([line["rank_after"]], [row], "s" if line["apart"] else "o", color=colour, markersize=5, zorder=3)
            # the ring last and larger: where nothing moved it stands around the dot
            axes.plot([line["rank_before"]], [row], "o", markerfacecolor="none", markeredgecolor=GREY, markersize=8, zorder=4)
            for edge, side in zip(edges, ("before", "after"), strict=True):
                axes.text(edge, row, f"{line[f'score_{side}']:.1f}", ha="right", va="center", fontsize=SMALL)
        for edge, side in zip(edges, ("before", "after"), strict=True):
            header(axes, words.say(f"chart_label.points_{side}", lang), edge)
        entries = [("openo", GREY, words.say("chart_label.place_before", lang)), ("o", NAVY, words.say("chart_label.place_after", lang))]
        if shown["apart"].any():
            entries.append(("s", ORANGE, words.say("chart_label.intervals_apart", lang)))
        key(axes, entries, above=0.36)
        if left_out:
            axes.text(left - 0.1 * inch, count - 1, f"⋯ {labels.others(left_out, lang, 'others_rest')}", ha="right", va="center", color=GREY, fontsize=SMALL)
    return figure
