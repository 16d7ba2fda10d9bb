"""Charts of the chain from ex-ante evaluation to the use of results: one project's steps, and how much of a unit has each."""

import pandas as pd

from perfanalysis import words
from perfanalysis.charts import labels
from perfanalysis.charts.marks import empty, key
from perfanalysis.charts.style import GREY, NAVY, ORANGE, PALE, SMALL, TEAL, panel, row_axis, span, style, value_axis

#: state → marker, edge colour, face colour: never colour alone
_MARKS = {"done": ("o", NAVY, NAVY), "missing": ("X", ORANGE, ORANGE), "not_due": ("o", PALE, "white"), "unknown": ("s", GREY, "white")}


def chart_chain(frame: pd.DataFrame, lang: str):
    """The steps of one project's year on a line: done, missing, not due or not known, each with its date or score.

    Parameters
    ----------
    frame : one row per step, in order
        Reads ``step``, ``state`` (done, missing, not_due, unknown), ``note`` (text in ``lang`` by ``written``, or missing).

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    with style():
        if frame.empty:
            return empty(lang)
        figure, axes = panel(1.6, left=0.2, right=0.2, top=0.35, bottom=0.05)
        axes.set_xlim(-0.5, len(frame) - 0.5)
        axes.set_ylim(-1.6, 1)
        axes.set_xticks([], [])
        axes.set_yticks([], [])
        axes.plot([0, len(frame) - 1], [0, 0], color=PALE, linewidth=2.2, zorder=1)
        room = 1 / span(axes) - 0.1
        for place, line in enumerate(frame.to_dict("records")):
            mark, edge, face = _MARKS[line["state"]]
            axes.plot([place], [0], mark, color=edge, markerfacecolor=face, markersize=13, markeredgewidth=1.6, zorder=3)
            axes.text(place, 0.42, labels.wrap(words.say(f"chain_step.{line['step']}", lang), room), ha="center", va="bottom", linespacing=1.05)
            note = words.say(f"chain_state.{line['state']}", lang) if line["state"] != "done" or line["note"] is None else line["note"].written(lang)
            axes.text(place, -0.42, labels.wrap(note, room, SMALL, 3), ha="center", va="top", fontsize=SMALL, linespacing=1.1,
                      color=ORANGE if line["state"] == "missing" else GREY)
    return figure


def chart_coverage(frame: pd.DataFrame, lang: str):
    """The share of projects and of money that has each step.

    Parameters
    ----------
    frame : one row per step, in order
        Reads ``step``, ``share``, ``money_share`` (ratios; missing where the step is not known).

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    with style():
        if frame.empty or frame[["share", "money_share"]].isna().all(axis=None):
            return empty(lang)
        figure, axes = panel(0.55 * len(frame) + 1.0, left=1.75, right=0.75, top=0.4, bottom=0.45)
        ticks, written = labels.ratio_ticks(0, 1.0)
        value_axis(axes, ticks, written, (0, 1.0))
        row_axis(axes, len(frame))
        inch = span(axes)
        for row, line in enumerate(frame.to_dict("records")):
            axes.text(-0.12 * inch, row, labels.wrap(words.say(f"chain_step.{line['step']}", lang), 1.6), ha="right", va="center", linespacing=1.05)
            for column, shift, colour in (("share", -0.19, NAVY), ("money_share", 0.19, TEAL)):
                value = line[column]
                if value != value:
                    axes.text(0.08 * inch, row + shift, words.say("chain_state.unknown", lang), va="center", fontsize=SMALL, color=GREY)
                    continue
                axes.barh(row + shift, value, height=0.32, color=colour if column == "share" else "white", edgecolor=colour, linewidth=1.2)
                axes.text(1.0 + 0.65 * inch, row + shift, labels.written(value, "ratio", lang), ha="right", va="center", fontsize=SMALL)
        key(axes, [("bar", NAVY, words.say("chart_label.share_of_projects", lang)), ("box", TEAL, words.say("chart_label.share_of_money", lang))], above=0.2)
    return figure
