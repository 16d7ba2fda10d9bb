"""Charts of what the end of the year may bring, and of months that stand out."""

import pandas as pd

from perfanalysis import words
from perfanalysis.charts import labels
from perfanalysis.charts.execution import BAND, end_labels
from perfanalysis.charts.marks import empty, header, key
from perfanalysis.charts.style import GREY, INK, NAVY, ORANGE, PALE, panel, row_axis, span, style, value_axis


def chart_projection(frame: pd.DataFrame, lang: str, *, fiscal_year_start: int = 1):
    """The year's course to date and where it may end, beside the courses of earlier years.

    Parameters
    ----------
    frame : one row per period end
        Reads ``year``, ``period_end``, ``share`` (ratio of the budget) and, the same in every row, ``projected``, ``low``, ``high``, ``goal`` (ratios of the budget).

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    day = pd.to_datetime(frame["period_end"])
    rows = frame.assign(elapsed=(day.dt.month - fiscal_year_start) % 12 + 1).dropna(subset=["share"])
    with style():
        if rows.empty:
            return empty(lang)
        end = rows.iloc[-1]
        figure, axes = panel(3.5, left=0.62, right=2.0, top=0.3, bottom=0.36)
        top = max(1.0, rows["share"].max(), end["high"])
        ticks, written = labels.ratio_ticks(min(0.0, rows["share"].min()), top)
        value_axis(axes, ticks, written, (ticks[0], ticks[-1] * 1.02), vertical=True)
        axes.set_xlim(0, 12.3)
        axes.set_xticks(range(1, 13), [words.say(f"month_short.{(fiscal_year_start - 1 + step) % 12 + 1}", lang) for step in range(12)])
        axes.spines["bottom"].set_visible(True)
        key(axes, [("text", GREY, words.say("chart_label.share_of_budget", lang))], above=0.13, start=-0.4)
        newest = rows["year"].max()
        for year, line in rows[rows["year"] < newest].groupby("year"):
            axes.plot(line["elapsed"], line["share"], color=GREY if year == newest - 1 else PALE, linewidth=1.0)
        now = rows[rows["year"] == newest]
        start = now.iloc[-1]
        axes.plot(now["elapsed"], now["share"], color=NAVY, linewidth=2.2, marker="o", markersize=4.5, zorder=3)
        axes.fill_between([start["elapsed"], 12], [start["share"], end["low"]], [start["share"], end["high"]], color=BAND, linewidth=0)
        axes.plot([start["elapsed"], 12], [start["share"], end["projected"]], color=NAVY, linewidth=1.4, linestyle=(0, (4, 2)))
        axes.plot([12, 12], [end["low"], end["high"]], color=NAVY, linewidth=2.2, solid_capstyle="butt")
        axes.plot([12], [end["projected"]], "o", color=NAVY, markersize=6)
        axes.plot([0, 12.3], [end["goal"]] * 2, color=ORANGE, linewidth=1.0, linestyle=(0, (1, 2)))
        ends = [(end[name], f"{words.say(f'chart_label.{name}_end', lang)} {labels.written(end[name], 'ratio', lang)}", colour, 12)
                for name, colour in (("low", GREY), ("projected", NAVY), ("high", GREY), ("goal", ORANGE))]
        earlier = rows[(rows["year"] == newest - 1)]
        if len(earlier):
            last = earlier.iloc[-1]
            text = words.say("chart_label.earlier_year", lang, {"year": words.Quantity(newest - 1, "year")})
            ends.append((last["share"], f"{text} {labels.written(last['share'], 'ratio', lang)}", GREY, last["elapsed"]))
        end_labels(axes, ends)
    return figure


def chart_ranges(frame: pd.DataFrame, lang: str, *, goal: float, most: int = 12):
    """The expected execution of the units least likely to reach the goal, with its interval.

    Parameters
    ----------
    frame : one row per unit, in the order that is drawn
        Reads ``label``, ``label_en``, ``rate``, ``rate_low``, ``rate_high``, ``chance`` (ratios).

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    rows = frame.head(most)
    with style():
        if rows.empty:
            return empty(lang)
        figure, axes = panel(0.33 * len(rows) + 0.95, left=2.5, right=0.8, top=0.42, bottom=0.53)
        # an interval that ends beyond twice the budget is cut there: its end is in the table
        ticks, written = labels.ratio_ticks(0, min(max(1.0, rows["rate_high"].max()), 2.0))
        value_axis(axes, ticks, written, (0, ticks[-1]), title=words.say("chart_label.share_of_budget", lang))
        row_axis(axes, len(rows))
        edge = axes.get_xlim()[1] + 0.62 * span(axes)
        axes.axvline(goal, color=ORANGE, linewidth=1.2, linestyle=(0, (1, 2)))
        for place, (name, row) in enumerate(zip(labels.names(rows, lang), rows.to_dict("records"), strict=True)):
            axes.plot([row["rate_low"], row["rate_high"]], [place, place], color=BAND, linewidth=7, solid_capstyle="butt")
            axes.plot([min(row["rate"], ticks[-1])], [place], "o", color=NAVY, markersize=6)
            axes.text(-0.06 * span(axes), place, labels.wrap(name, 2.3), ha="right", va="center", linespacing=1.1, color=INK)
            axes.text(edge, place, labels.written(row["chance"], "ratio", lang), ha="right", va="center", color=INK)
        key(axes, [("o", NAVY, words.say("chart_label.projected_end", lang)), ("bar", BAND, words.say("chart_label.outlook_interval", lang)),
                   ("line", ORANGE, f"{words.say('chart_label.goal_end', lang)} {labels.written(goal, 'ratio', lang)}")], start=-2.4)
        header(axes, words.say("chart_label.outlook_chance", lang), edge)
    return figure


def chart_levels(frame: pd.DataFrame, lang: str, *, fiscal_year_start: int = 1):
    """What each period spent as a multiple of its usual, with the limits that earlier years set.

    Parameters
    ----------
    frame : one row per period in the order of time
        Reads ``year``, ``month`` (of the fiscal year), ``level`` (1.0 = usual), ``centre``, ``low``, ``high``, ``any`` (flag: a signal).

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    rows = frame.reset_index(drop=True)
    with style():
        if rows.empty:
            return empty(lang)
        limits = rows.dropna(subset=["centre"]).iloc[-1]
        figure, axes = panel(2.9, left=0.62, right=1.55, top=0.32, bottom=0.36)
        least, top = min(rows["level"].min(), limits["low"], 0.0), max(rows["level"].max(), limits["high"])
        ticks, written = labels.ratio_ticks(least, top)
        value_axis(axes, ticks, written, (ticks[0], ticks[-1]), vertical=True)
        axes.set_xlim(-0.6, len(rows) - 0.4)
        starts = rows.index[~rows.duplicated("year")]
        named, free = [], -1.0
        for place in starts:
            text = labels.written(rows.at[place, "year"], "year", lang)
            if place >= free:
                named.append((place, text))
                free = place + (labels.width(text) + 0.1) * span(axes)
        axes.set_xticks([place for place, _ in named], [text for _, text in named], ha="left")
        for place in starts[1:]:
            axes.axvline(place - 0.5, color=PALE, linewidth=0.8)
        axes.plot(rows.index, rows["level"], color=NAVY, linewidth=1.2, marker="o", markersize=3.2, zorder=3, clip_on=False)
        signals = rows[rows["any"]]
        axes.plot(signals.index, signals["level"], "D", color=ORANGE, markersize=7, zorder=4, clip_on=False)
        for name, dashes in (("centre", "-"), ("low", (0, (4, 2))), ("high", (0, (4, 2)))):
            axes.axhline(limits[name], color=GREY, linewidth=1.0, linestyle=dashes)
        key(axes, [("o", NAVY, words.say("chart_label.outlook_level", lang)), ("D", ORANGE, words.say("chart_label.outlook_signal", lang))], above=0.16)
        end = len(rows) - 1
        end_labels(axes, [(limits[name], f"{words.say(f'chart_label.limit_{name}', lang)} {labels.written(limits[name], 'ratio', lang)}", GREY, end)
                          for name in ("low", "centre", "high")])
    return figure
