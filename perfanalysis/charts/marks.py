"""Small parts that several charts share."""

import numpy as np

from perfanalysis import words
from perfanalysis.charts import labels
from perfanalysis.charts.style import GREY, INK, SMALL, panel, span


def empty(lang: str):
    """A small figure that says that there is nothing to draw; sections normally say why instead of showing it."""
    figure, axes = panel(0.6, left=0.1, right=0.1, top=0.05, bottom=0.05)
    axes.set_xticks([], [])
    axes.set_yticks([], [])
    axes.text(0.5, 0.5, words.say("chart_label.no_data", lang), transform=axes.transAxes, ha="center", va="center", color=GREY)
    return figure


def key(axes, entries: list[tuple[str, str, str]], *, above: float = 0.14, start: float = 0.0) -> None:
    """A line above the panel that says what each mark means: (mark, colour, text), the mark drawn as it is in the chart.

    ``mark`` is ``bar``, ``box``, ``line``, ``text`` or a matplotlib marker, with ``open`` before it for a hollow one.
    """
    high, low = axes.get_ylim()[1], axes.get_ylim()[0]
    per_inch = (high - low) / (axes.get_position().height * axes.figure.get_figheight())
    inch, y, x = span(axes), high + above * per_inch, axes.get_xlim()[0] + start * span(axes)
    for mark, colour, text in entries:
        if mark in ("bar", "box"):
            axes.barh(y, 0.2 * inch, left=x, height=0.1 * abs(per_inch), color=colour if mark == "bar" else "white",
                      edgecolor=colour, linewidth=0.9, clip_on=False)
            step = 0.26
        elif mark == "text":
            step = 0.0
        elif mark == "line":
            axes.plot([x, x + 0.2 * inch], [y, y], color=colour, linewidth=1.6, clip_on=False)
            step = 0.26
        else:
            hollow = mark.startswith("open")
            axes.plot([x + 0.06 * inch], [y], mark[-1], color=colour, markersize=7, markerfacecolor="white" if hollow else colour,
                      markeredgewidth=1.6, clip_on=False)
            step = 0.17
        axes.text(x + step * inch, y, text, fontsize=SMALL, color=INK if mark != "text" else GREY, va="center_baseline")
        x += (step + labels.width(text, SMALL) + 0.25) * inch


def header(axes, text: str, edge: float, *, above: float = 0.14) -> None:
    """The heading of the column of numbers right of the panel, ending where they end."""
    high, low = axes.get_ylim()[1], axes.get_ylim()[0]
    per_inch = (high - low) / (axes.get_position().height * axes.figure.get_figheight())
    axes.text(edge, high + above * per_inch, text, fontsize=SMALL, color=GREY, ha="right", va="center_baseline")


#: Dots from which on those that cover each other are drawn once.
MANY = 1000


def uncovered(axes, x, y, diameter: float) -> np.ndarray:
    """Places of the dots to draw, ``diameter`` inches wide: all where they are few; of thousands one in each square that is nearly as wide as a dot."""
    if len(x) < MANY:
        return np.arange(len(x))
    (left, right), (bottom, top), box = axes.get_xlim(), axes.get_ylim(), axes.get_position()
    wide, high = box.width * axes.figure.get_figwidth(), box.height * axes.figure.get_figheight()
    column, row = ((part // (0.8 * diameter)).astype("int64") for part in ((np.asarray(x) - left) / (right - left) * wide, (np.asarray(y) - bottom) / (top - bottom) * high))
    return np.sort(np.unique(column * (1 << 32) + row, return_index=True)[1])


def bands_of(bands) -> list[tuple[str, float]]:
    """Grade thresholds as (grade, from), highest first, without the open lowest one; from a mapping grade → points, or a list of such pairs."""
    pairs = list(bands.items()) if hasattr(bands, "items") else [tuple(pair) for pair in bands]
    return sorted(((grade, float(start)) for grade, start in pairs if start is not None and float(start) > 0), key=lambda pair: -pair[1])


def grade_name(grade: str, start: float, lang: str) -> str:
    name = words.say(f"grade.{grade}", lang)
    return words.say("chart_label.grade_from", lang, {"grade": name, "from": words.Quantity(start, "points")})
