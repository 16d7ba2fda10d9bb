"""Problems fed back, by who found them and what became of them."""

import pandas as pd

from perfanalysis import words
from perfanalysis.charts import labels
from perfanalysis.charts.marks import empty, key
from perfanalysis.charts.style import INK, NAVY, ORANGE, SMALL, TEAL, panel, row_axis, span, style
from perfanalysis.tables import TABLES

_PARTS = {"in_time": (TEAL, ""), "closed_late": (NAVY, "...."), "not_due": ("white", ""), "overdue": (ORANGE, "////")}


def chart_feedback(frame: pd.DataFrame, lang: str):
    """Problems by source, split by state.

    Parameters
    ----------
    frame : one row per source: ``source``, ``closed``, ``closed_late``, ``open``, ``overdue`` (counts, as of ``summarise_feedback``)

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    with style():
        total = (frame["closed"] + frame["open"]).max() if len(frame) else 0
        if not total:
            return empty(lang)
        figure, axes = panel(0.46 * len(frame) + 0.6, left=1.7, right=0.5, top=0.45, bottom=0.12)
        axes.set_xlim(0, total)
        axes.set_xticks([], [])
        row_axis(axes, len(frame))
        inch = span(axes)
        for row, line in enumerate(frame.to_dict("records")):
            name = TABLES["problems"].column("source").choice_label(line["source"], lang)
            axes.text(-0.12 * inch, row, name[:1].upper() + name[1:], ha="right", va="center", color=INK)
            counts = {"in_time": line["closed"] - line["closed_late"], "closed_late": line["closed_late"], "not_due": line["open"] - line["overdue"], "overdue": line["overdue"]}
            start = 0
            for part, (colour, hatch) in _PARTS.items():
                if counts[part]:
                    axes.barh(row, counts[part], left=start, height=0.6, color=colour, hatch=hatch, edgecolor="white" if colour != "white" else NAVY, linewidth=1.0)
                    axes.text(start + counts[part] / 2, row, labels.written(counts[part], "count", lang), ha="center", va="center", fontsize=SMALL, color=INK,
                              bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0})
                    start += counts[part]
        start = -1.6
        for part, (colour, hatch) in _PARTS.items():
            text = words.say(f"chart_label.feedback.{part}", lang)
            key(axes, [("box" if colour == "white" else "bar", NAVY if colour == "white" else colour, text)], above=0.26, start=start)
            axes.patches[-1].set_hatch(hatch)
            if hatch:
                axes.patches[-1].set_edgecolor("white")
            start += 0.26 + labels.width(text, SMALL) + 0.25
    return figure
