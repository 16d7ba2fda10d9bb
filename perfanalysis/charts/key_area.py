"""A chart of a framework's items in one place: a bar each under the heading of its category; what is not measured is said, not drawn."""

import pandas as pd

from perfanalysis import words
from perfanalysis.charts import labels
from perfanalysis.charts.marks import empty
from perfanalysis.charts.style import GREY, INK, NAVY, SMALL, panel, row_axis, span, style, value_axis


def chart_items(frame: pd.DataFrame, lang: str, *, line: float | None = None):
    """Each item's score as a bar, in the framework's order.

    Parameters
    ----------
    frame : one row per item
        Reads ``label``, ``label_en``, ``category_label``, ``category_label_en``, ``score`` (points of 100; missing where it is not measured).
    line : score below which an item is weak; drawn dashed.

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    with style():
        if frame.empty or frame["score"].isna().all():
            return empty(lang)
        heads = frame["category_label" if lang == "zh" else "category_label_en"].tolist()
        rows: list[tuple[str, float | None]] = []
        for place, (head, name, score) in enumerate(zip(heads, labels.names(frame, lang), frame["score"], strict=True)):
            if place == 0 or head != heads[place - 1]:
                rows.append((head, None))
            rows.append((name, float(score)))
        figure, axes = panel(0.29 * len(rows) + 0.7, left=2.6, right=0.75, top=0.1, bottom=0.55)
        ticks, written = labels.number_ticks(0, 100)
        value_axis(axes, ticks, written, (0, 100), title=words.say("chart_label.score", lang))
        row_axis(axes, len(rows))
        inch = span(axes)
        if line is not None:
            axes.axvline(line, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
        for row, (name, score) in enumerate(rows):
            if score is None:
                axes.text(-2.5 * inch, row, name, ha="left", va="center", color=INK, fontweight="bold")
                continue
            axes.text(-0.12 * inch, row, labels.shorten(name, 2.3), ha="right", va="center")
            if score != score:
                axes.text(0.08 * inch, row, words.say("chart_label.not_measured", lang), va="center", fontsize=SMALL, color=GREY)
                continue
            axes.barh(row, score, height=0.6, color=NAVY, linewidth=0)
            axes.text(100 + 0.62 * inch, row, f"{score:.1f}", ha="right", va="center")
    return figure
