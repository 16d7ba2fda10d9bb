"""Charts of the year while it runs."""

import pandas as pd

from perfanalysis import words
from perfanalysis.charts import labels
from perfanalysis.charts.marks import empty, key
from perfanalysis.charts.style import GREY, INK, NAVY, SMALL, TEAL, panel, row_axis, span, style

#: light → colour, hatch; the word stands in or beside each piece.
_LIGHTS = {"red": ("#B3261E", "////"), "yellow": ("#E0A100", "...."), "green": (TEAL, ""), "blue": (NAVY, "\\\\\\\\"), "none": ("#E3E7EB", "")}


def chart_lights(frame: pd.DataFrame, lang: str):
    """How many projects have which light, by one rule and by the other.

    Parameters
    ----------
    frame : one row per bar, in the order that is drawn
        Reads ``bar`` (words under ``chart_label.lights.``) and the counts ``red``, ``yellow``, ``green``, ``blue``, ``none``.

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    with style():
        total = frame[list(_LIGHTS)].sum(axis=1).max() if len(frame) else 0
        if not total:
            return empty(lang)
        figure, axes = panel(0.52 * len(frame) + 0.6, left=2.35, right=0.2, top=0.45, bottom=0.12)
        axes.set_xlim(0, total)
        axes.set_xticks([], [])
        row_axis(axes, len(frame))
        inch = span(axes)
        for row, line in enumerate(frame.to_dict("records")):
            axes.text(-0.12 * inch, row, words.say(f"chart_label.lights.{line['bar']}", lang), ha="right", va="center", color=INK)
            start = 0
            for light, (colour, hatch) in _LIGHTS.items():
                count = int(line[light])
                if not count:
                    continue
                axes.barh(row, count, left=start, height=0.62, color=colour, hatch=hatch, edgecolor="white", linewidth=1.0)
                text = labels.written(count, "count", lang)
                if count / inch > labels.width(text, SMALL) + 0.12:
                    axes.text(start + count / 2, row, text, ha="center", va="center", fontsize=SMALL, color=INK,
                              bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2})
                start += count
        start = -2.25
        for light, (colour, hatch) in _LIGHTS.items():
            text = words.say(f"light_word.{light}", lang)
            key(axes, [("bar", colour, text)], above=0.26, start=start)
            axes.patches[-1].set_hatch(hatch)
            axes.patches[-1].set_edgecolor("white" if light != "none" else GREY)
            start += 0.26 + labels.width(text, SMALL) + 0.25
    return figure
