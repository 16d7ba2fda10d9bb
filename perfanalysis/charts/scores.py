"""Charts of scores: submitted beside recomputed, by project and by grade, and how scores gather at thresholds."""

import numpy as np
import pandas as pd

from perfanalysis import words
from perfanalysis.charts import labels
from perfanalysis.charts.marks import bands_of, empty, grade_name, header, key
from perfanalysis.charts.style import GREY, INK, NAVY, ORANGE, PALE, SMALL, panel, row_axis, span, style, value_axis


def chart_scores(frame: pd.DataFrame, lang: str, *, bands, most: int = 12, sides: tuple[str, str] = ("submitted", "recomputed")):
    """Submitted and recomputed scores by project, the largest difference first, with the grade thresholds.

    Parameters
    ----------
    frame : one row per project
        Reads ``label``, ``label_en``, ``submitted``, ``recomputed`` (points).
    bands : grade → points from which it is given.
    most : rows that are drawn; the rest, with smaller differences, are counted.
    sides : words under ``chart_label.`` for the two scores.

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    rows = frame[frame["submitted"].notna() | frame["recomputed"].notna()]
    gap = (rows["submitted"] - rows["recomputed"]).abs()
    rows = rows.loc[gap.sort_values(ascending=False, kind="stable", na_position="last").index]
    left_out = len(rows) - most if len(rows) > most + 1 else 0
    rows = rows.iloc[: len(rows) - left_out]
    with style():
        if rows.empty:
            return empty(lang)
        count = len(rows) + bool(left_out)
        figure, axes = panel(0.35 * count + 1.12, left=2.65, right=1.75, top=0.57, bottom=0.55)
        scores = rows[["submitted", "recomputed"]]
        low = max(0.0, np.floor((np.nanmin(scores.to_numpy()) - 3) / 10) * 10)
        high = max(100.0, float(np.nanmax(scores.to_numpy())))
        ticks, written = labels.number_ticks(low, high)
        value_axis(axes, ticks, written, (low, high + (high - low) * 0.02), title=words.say("chart_label.score", lang))
        row_axis(axes, count)
        inch = span(axes)
        _thresholds(axes, bands, low, lang)
        digits = labels.decimals_of(scores.to_numpy(), 2)
        edges = [axes.get_xlim()[1] + place * inch for place in (0.75, 1.65)]
        for row, (name, submitted, recomputed) in enumerate(zip(labels.names(rows, lang), rows["submitted"], rows["recomputed"], strict=True)):
            axes.text(-0.12 * inch + low, row, labels.wrap(name, 2.5), ha="right", va="center", linespacing=1.05)
            axes.plot([submitted, recomputed], [row, row], color=PALE, linewidth=2.6, zorder=2)
            axes.plot([submitted], [row], "D", color=ORANGE, markerfacecolor="white", markersize=7, markeredgewidth=1.6, zorder=3)
            axes.plot([recomputed], [row], "o", color=NAVY, markersize=5.5, zorder=4)
            for value, edge in ((submitted, edges[0]), (recomputed, edges[1])):
                axes.text(edge, row, "–" if value != value else f"{value:.{digits}f}", ha="right", va="center")
        for column, edge in zip(sides, edges, strict=True):
            header(axes, words.say(f"chart_label.{column}", lang), edge, above=0.42)
        if left_out:
            axes.text(-0.12 * inch + low, count - 1, labels.others(left_out, lang, "others_scores"), ha="right", va="center", color=GREY, fontsize=SMALL)
        key(axes, [("openD", ORANGE, words.say(f"chart_label.{sides[0]}", lang)), ("o", NAVY, words.say(f"chart_label.{sides[1]}", lang))],
            above=0.42, start=-2.55)
    return figure


def chart_grades(frame: pd.DataFrame, lang: str):
    """Projects by grade, as submitted and as recomputed.

    Parameters
    ----------
    frame : one row per grade, in the order that is drawn
        Reads ``grade`` (words under ``grade.``), ``count`` (recomputed), ``submitted_count``.

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    with style():
        counts = frame[["submitted_count", "count"]].astype("float64")
        if frame.empty or counts.isna().all(axis=None):
            return empty(lang)
        figure, axes = panel(0.62 * len(frame) + 0.55, left=1.2, right=0.6, top=0.45, bottom=0.1)
        highest = max(1.0, counts.max(axis=None))
        axes.set_xlim(0, highest)
        axes.set_xticks([], [])
        row_axis(axes, len(frame))
        axes.spines["left"].set_visible(True)
        inch = span(axes)
        for row, (grade, submitted, recomputed) in enumerate(zip(frame["grade"], counts["submitted_count"], counts["count"], strict=True)):
            name = words.say(f"grade.{grade}", lang)
            axes.text(-0.12 * inch, row, name[:1].upper() + name[1:], ha="right", va="center")
            for value, shift, colour, filled in ((submitted, -0.2, ORANGE, False), (recomputed, 0.2, NAVY, True)):
                axes.text((0 if value != value else value) + 0.07 * inch, row + shift, labels.written(value, "count", lang), va="center")
                if value > 0:
                    axes.barh(row + shift, value, height=0.34, color=colour if filled else "white", edgecolor=colour, linewidth=1.2)
        key(axes, [("box", ORANGE, words.say("chart_label.submitted", lang)), ("bar", NAVY, words.say("chart_label.recomputed", lang)),
                   ("text", GREY, words.say("chart_label.projects_axis", lang))], above=0.18)
    return figure


def chart_score_distribution(frame: pd.DataFrame, lang: str, *, bands):
    """How many projects have each score, in bins of one point, with the grade thresholds: bunching shows as a peak right of a line.

    Parameters
    ----------
    frame : one row per project
        Reads ``score`` (points).
    bands : grade → points from which it is given. A bin holds its lower limit, so that exactly 90 stands right of the line at 90.

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    scores = frame["score"].dropna().to_numpy(dtype="float64")
    with style():
        if len(scores) == 0:
            return empty(lang)
        # 89.99999999999999 is a sum that means 90
        bins = np.floor(np.round(scores, 9)).astype(int)
        low = int(min(bins.min(), 78) // 5 * 5)
        heights = np.bincount(bins - low, minlength=max(101, bins.max() + 1) - low)
        figure, axes = panel(3.0, left=0.7, right=0.35, top=0.45, bottom=0.55)
        ticks, written = labels.number_ticks(0, max(4, heights.max()))
        value_axis(axes, [tick for tick in ticks if tick == int(tick)], [text for tick, text in zip(ticks, written, strict=True) if tick == int(tick)],
                   (0, ticks[-1]), vertical=True, title=words.say("chart_label.projects_axis", lang))
        axes.set_xlim(low - 0.3, low + len(heights) + 0.3)
        step = 5 if len(heights) <= 60 else 10
        marks = [tick for tick in range(low, low + len(heights)) if tick % step == 0]
        axes.set_xticks(marks, [str(mark) for mark in marks])
        axes.set_xlabel(words.say("chart_label.score_axis", lang), fontsize=SMALL, labelpad=5)
        axes.spines["bottom"].set_visible(True)
        filled = np.flatnonzero(heights)
        axes.bar(low + filled + 0.5, heights[filled], width=0.86, color=NAVY, linewidth=0)
        inch = span(axes)
        right = np.inf
        for grade, start in bands_of(bands):
            if start < low:
                continue
            axes.axvline(start, color=ORANGE, linewidth=1.3, linestyle=(0, (4, 2)), ymax=1.04, clip_on=False)
            text = grade_name(grade, start, lang)
            if start + labels.width(text, SMALL) * inch < right:
                axes.text(start + 0.04 * inch, 1.03, text, transform=axes.get_xaxis_transform(), fontsize=SMALL, color=ORANGE, va="bottom")
                right = start
    return figure


def _thresholds(axes, bands, low: float, lang: str) -> None:
    inch, right = span(axes), axes.get_xlim()[1] + 1.3 * span(axes)
    for grade, start in bands_of(bands):
        if start < low:
            continue
        axes.axvline(start, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
        text = grade_name(grade, start, lang)
        if start + (labels.width(text, SMALL) + 0.1) * inch < right:
            axes.text(start, 1.0, text, transform=axes.get_xaxis_transform(), fontsize=SMALL, color=GREY, va="bottom", ha="left")
            right = start
