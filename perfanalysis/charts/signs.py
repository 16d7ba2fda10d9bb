"""Charts of signs that deserve a look: which unit stands out in what."""


import numpy as np
import pandas as pd

from perfanalysis import words
from perfanalysis.charts import labels
from perfanalysis.charts.marks import empty, key
from perfanalysis.charts.style import GREY, GRID, INK, NAVY, ORANGE, SMALL, WIDTH, panel, row_axis, style


def chart_signs(frame: pd.DataFrame, lang: str, *, signs: tuple[str, ...], most: int = 25):
    """A line a unit, a column a sign: a filled mark where the unit stands out, a hollow one where it does not, none where it has too few cases; with its share.

    Parameters
    ----------
    frame : one row per unit × sign
        Reads ``unit``, ``label``, ``label_en``, ``sign`` (words under ``sign_short.``), ``share`` (ratio), ``p`` (missing where not tested), ``flagged`` (flag).
    most : units that are drawn, those with the most signs first; the others are counted.

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    flagged = frame[frame["flagged"]]
    with style():
        if flagged.empty:
            return empty(lang)
        order = flagged.groupby("unit")["p"].agg(["size", "min"]).sort_values(["size", "min"], ascending=[False, True])
        units, left_out = list(order.index[:most]), max(0, len(order) - most)
        names = dict(zip(frame["unit"], labels.names(frame, lang), strict=True))
        figure, axes = panel(0.3 * (len(units) + bool(left_out)) + 1.05, left=2.3, right=0.1, top=0.85, bottom=0.15)
        row_axis(axes, len(units) + bool(left_out))
        axes.set_xlim(-0.5, len(signs) - 0.5)
        axes.set_xticks([], [])
        wide = (WIDTH - 2.4) / len(signs)
        for column, sign in enumerate(signs):
            axes.text(column, -0.62, labels.wrap(words.say(f"sign_short.{sign}", lang), wide - 0.08, SMALL, lines=3), ha="center", va="bottom", fontsize=SMALL, color=GREY, linespacing=1.05)
        for row, unit in enumerate(units):
            axes.text(-0.55, row, labels.shorten(names[unit], 2.2), ha="right", va="center")
            axes.axhline(row + 0.5, color=GRID, linewidth=0.8)
            own = frame[(frame["unit"] == unit) & frame["p"].notna()].set_index("sign")
            for column, sign in enumerate(signs):
                if sign not in own.index:
                    continue
                stands_out = bool(own.at[sign, "flagged"])
                axes.plot([column - 0.28], [row], "D" if stands_out else "o", color=ORANGE if stands_out else NAVY, markersize=7 if stands_out else 4,
                          markerfacecolor=ORANGE if stands_out else "white", markeredgewidth=1.2)
                axes.text(column - 0.13, row, words.format_quantity(own.at[sign, "share"], "ratio", lang, decimals=0), va="center", fontsize=SMALL, color=INK if stands_out else GREY)
        if left_out:
            axes.text(-0.55, len(units), labels.others(left_out, lang, "others_rest"), ha="right", va="center", color=GREY, fontsize=SMALL)
        key(axes, [("D", ORANGE, words.say("chart_label.sign_stands_out", lang)), ("openo", NAVY, words.say("chart_label.sign_within", lang))], above=0.66, start=-2.2)
    return figure


def chart_digits(frame: pd.DataFrame, lang: str):
    """First digits of payments as bars beside what Benford's law expects as marks.

    Parameters
    ----------
    frame : one row per digit 1–9 (index); reads ``share``, ``expected`` (ratios).

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    with style():
        if frame["share"].isna().all():
            return empty(lang)
        figure, axes = panel(2.7, left=0.7, right=0.2, top=0.4, bottom=0.5)
        ticks, texts = labels.ratio_ticks(0, max(frame["share"].max(), frame["expected"].max()))
        axes.set_xlim(0.4, 9.6)
        axes.set_xticks(list(frame.index), [str(digit) for digit in frame.index])
        axes.set_xlabel(words.say("chart_label.first_digit", lang), fontsize=SMALL, labelpad=5)
        axes.set_ylim(0, ticks[-1])
        axes.set_yticks(ticks, texts)
        axes.grid(True, axis="y", color=GRID, linewidth=0.8)
        axes.bar(frame.index, frame["share"], width=0.6, color=NAVY, linewidth=0)
        axes.plot(np.asarray(frame.index), frame["expected"], "D", color=ORANGE, markersize=7, markerfacecolor="white", markeredgewidth=1.6)
        key(axes, [("bar", NAVY, words.say("chart_label.digits_found", lang)), ("openD", ORANGE, words.say("chart_label.digits_expected", lang))], above=0.18)
    return figure
