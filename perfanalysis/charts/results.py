"""Charts of results: actual values against targets, and achievement against execution."""

import numpy as np
import pandas as pd

from perfanalysis import words
from perfanalysis.charts import labels
from perfanalysis.charts.marks import empty, key
from perfanalysis.charts.style import (
    GREY,
    GRID,
    INK,
    NAVY,
    ORANGE,
    PLUM,
    SMALL,
    TEAL,
    WIDTH,
    panel,
    row_axis,
    span,
    style,
    value_axis,
)
from perfanalysis.tables import TABLES

#: quadrant (see ``perfanalysis.monitoring``) → marker, colour
_QUADRANTS = {
    "met_spent": ("o", TEAL),
    "met_unspent": ("D", ORANGE),
    "missed_spent": ("s", PLUM),
    "missed_unspent": ("^", NAVY),
}


def chart_attainment(frame: pd.DataFrame, lang: str, *, most: int = 18, clip: float = 2.0):
    """Actual against target by indicator, grouped by level 1; missed targets first.

    Parameters
    ----------
    frame : one row per indicator
        Reads ``label``, ``label_en``, ``level1`` (a choice of ``indicators.level1``), ``attainment`` (ratio, 1.0 = target met), ``met`` (true, false or
        missing), ``weight`` (points; the area of a mark).
    most : rows that are drawn; where there are more, those that met their target are left out first and counted.
    clip : attainment beyond it is drawn at the edge and its value written.

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    levels = list(TABLES["indicators"].column("level1").choices)
    order = pd.DataFrame({"met": frame["met"].map({False: 0, True: 2}).fillna(1).astype(int), "attainment": frame["attainment"]})
    chosen = frame.loc[order.sort_values(["met", "attainment"], kind="stable").index[:most]]
    chosen = chosen.assign(
        met_order=order["met"], group=chosen["level1"].map({level: place for place, level in enumerate(levels)}).fillna(len(levels))
    ).sort_values(["group", "met_order", "attainment"], kind="stable")
    left_out = len(frame) - len(chosen)
    with style():
        if frame["attainment"].notna().sum() == 0:
            return empty(lang)
        lines: list[tuple] = []
        for group, members in chosen.groupby("group", sort=True):
            if group < len(levels):
                lines.append(("head", TABLES["indicators"].column("level1").choice_label(levels[int(group)], lang)))
            columns = zip(labels.names(members, lang), members["attainment"], members["met"], members["weight"], strict=True)
            lines += [("dot", *column) for column in columns]
        if left_out:
            lines.append(("head", labels.others(left_out, lang, "others_met" if order["met"].drop(chosen.index).eq(2).all() else "others_rest")))
        figure, axes = panel(0.335 * len(lines) + 0.95, left=2.75, right=0.85, top=0.4, bottom=0.55)
        ticks = labels.round_ticks(clip)
        value_axis(axes, ticks, [f"{tick * 100:.0f}%" for tick in ticks], (0, clip), title=words.say("chart_label.attainment", lang))
        row_axis(axes, len(lines))
        axes.axvline(1.0, color=INK, linewidth=1.2)
        inch = span(axes)
        edge = clip + 0.72 * inch
        for row, (kind, *line) in enumerate(lines):
            if kind == "head":
                axes.text(-0.1 * inch, row + 0.1, line[0][:1].upper() + line[0][1:], color=GREY, ha="right", va="center", fontsize=SMALL)
                axes.plot([-2.6 * inch, edge], [row + 0.48, row + 0.48], color=GRID, linewidth=0.8, clip_on=False)
                continue
            name, attainment, met, weight = line
            axes.text(-0.1 * inch, row, labels.wrap(name, 2.4), ha="right", va="center", linespacing=1.05)
            axes.text(edge, row, labels.written(attainment, "ratio", lang), ha="right", va="center")
            if attainment != attainment:
                continue
            x = min(max(attainment, 0.0), clip)
            colour = TEAL if met == True else (ORANGE if met == False else GREY)  # noqa: E712 - missing is neither
            axes.plot([1.0, x], [row, row], color=colour, linewidth=1.6, solid_capstyle="butt")
            size = 5.5 + 5 * np.sqrt(min(weight, 50) / 50) if weight == weight else 6.5
            marker = ">" if attainment > clip else ("o" if met == True else "D")  # noqa: E712
            axes.plot([x], [row], marker, color=colour, markersize=size, markerfacecolor=colour if met == True else "white",  # noqa: E712
                      markeredgewidth=1.6, clip_on=False, zorder=3)
        entries = [("o", TEAL, "met"), ("openD", ORANGE, "missed"), (">", TEAL, "beyond")][: 3 if (chosen["attainment"] > clip).any() else 2]
        key(axes, [(mark, colour, words.say(f"chart_label.{code}", lang)) for mark, colour, code in entries])
    return figure


def chart_quadrants(
    frame: pd.DataFrame, lang: str, *, execution_from: float, achievement_from: float, named: int = 10
):
    """Double monitoring: achievement of targets against execution, one mark a project, sized by budget.

    Parameters
    ----------
    frame : one row per project
        Reads ``label``, ``label_en``, ``execution_rate``, ``achievement`` (ratios), ``budget_adjusted`` (money), ``quadrant`` (a key of
        ``perfanalysis.monitoring.QUADRANTS``).
    execution_from, achievement_from : ratios at which the quadrants meet.
    named : at most so many projects are named, those with targets met and money left first, then by budget.

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    rows = frame.dropna(subset=["execution_rate", "achievement", "quadrant"]).reset_index(drop=True)
    with style():
        if rows.empty:
            return empty(lang)
        figure, axes = panel(4.6, left=0.75, right=0.25, top=0.55, bottom=0.62)
        low_x, high_x = _limits(rows["execution_rate"], execution_from)
        low_y, high_y = _limits(rows["achievement"], achievement_from)
        x_ticks, x_written = labels.ratio_ticks(low_x, high_x)
        y_ticks, y_written = labels.ratio_ticks(low_y, high_y)
        pad_x, pad_y = (high_x - low_x) * 0.03, (high_y - low_y) * 0.09
        value_axis(axes, [t for t in x_ticks if low_x <= t <= high_x], [w for t, w in zip(x_ticks, x_written, strict=True) if low_x <= t <= high_x],
                   (low_x - pad_x, high_x + pad_x), title=words.say("chart_label.execution_rate", lang))
        value_axis(axes, [t for t in y_ticks if low_y <= t <= high_y], [w for t, w in zip(y_ticks, y_written, strict=True) if low_y <= t <= high_y],
                   (low_y - pad_y, high_y + pad_y), vertical=True, title=words.say("chart_label.achievement", lang))
        axes.axvline(execution_from, color=INK, linewidth=1.0)
        axes.axhline(achievement_from, color=INK, linewidth=1.0)
        budget = rows["budget_adjusted"].clip(lower=0)
        largest = budget.max()
        radius = 0.05 + 0.13 * np.sqrt((budget / largest).fillna(0)) if largest and largest > 0 else pd.Series(0.07, index=rows.index)
        radius *= 1.0 if len(rows) <= 100 else 0.6
        # a few sizes rather than one for each project: a city's thousand marks stay a small picture
        radius = (radius / 0.02).round() * 0.02
        for (quadrant, size), marks in rows.groupby([rows["quadrant"], radius], sort=True):
            marker, colour = _QUADRANTS[quadrant]
            axes.plot(marks["execution_rate"], marks["achievement"], marker, markersize=size * 2 * 72 * 0.82, markerfacecolor=colour + "99",
                      markeredgecolor=colour, markeredgewidth=1.0, zorder=3, clip_on=False)
        _name_points(axes, rows, radius, lang, named)
        entries = [(_QUADRANTS[name][0], _QUADRANTS[name][1], _counted(name, int((rows["quadrant"] == name).sum()), lang)) for name in _QUADRANTS]
        second = max(labels.width(text, SMALL) for _, _, text in entries[::2]) + 0.5
        for place, entry in enumerate(entries):
            key(axes, [entry], above=0.36 - 0.22 * (place // 2), start=second * (place % 2))
        text = words.say("chart_label.budget_size", lang)
        key(axes, [("text", GREY, text)], above=0.14, start=axes.get_position().width * WIDTH - labels.width(text, SMALL))
    return figure


def _name_points(axes, rows: pd.DataFrame, radius: pd.Series, lang: str, named: int) -> None:
    from matplotlib.patches import Rectangle

    box = (axes.get_position().width * WIDTH, axes.get_position().height * axes.figure.get_figheight())
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    points = np.column_stack([(rows["execution_rate"] - left) / (right - left) * box[0], (rows["achievement"] - bottom) / (top - bottom) * box[1]])
    urgency = rows["quadrant"].map({"met_unspent": 0, "missed_unspent": 1, "missed_spent": 1})
    ranked = rows.assign(urgency=urgency).dropna(subset=["urgency"]).sort_values(["urgency", "budget_adjusted"], ascending=[True, False], kind="stable")
    wanted = [rows.index.get_loc(index) for index in ranked.index[:named]]
    cross_x, cross_y = (axes.lines[0].get_xdata()[0] - left) / (right - left) * box[0], (axes.lines[1].get_ydata()[0] - bottom) / (top - bottom) * box[1]
    lines = ((cross_x - 0.03, 0.0, cross_x + 0.03, box[1]), (0.0, cross_y - 0.03, box[0], cross_y + 0.03))
    texts = dict(zip(wanted, (labels.wrap(name, 1.7, SMALL) for name in labels.names(rows.iloc[wanted], lang)), strict=True))
    sizes = {
        index: (max(labels.width(line, SMALL) for line in text.split("\n")) + 0.04, 0.155 * (text.count("\n") + 1) + 0.02)
        for index, text in texts.items()
    }
    places = labels.place_labels(points, sizes, radius.to_numpy(), box, wanted, lines)
    for index, (x, y, led) in places.items():
        (wide, high), (mark_x, mark_y) = sizes[index], points[index]
        if led:
            tip = y - np.sign(y - mark_y) * high / 2
            from_mark = radius.iloc[index] / max(np.hypot(x - mark_x, tip - mark_y), 1e-9)
            mark_x, mark_y = mark_x + (x - mark_x) * from_mark, mark_y + (tip - mark_y) * from_mark
            axes.plot([left + at / box[0] * (right - left) for at in (mark_x, x)], [bottom + at / box[1] * (top - bottom) for at in (mark_y, tip)],
                      color=GREY, linewidth=0.7, zorder=2.5)
        axes.add_patch(Rectangle((left + (x - wide / 2) / box[0] * (right - left), bottom + (y - high / 2 + 0.02) / box[1] * (top - bottom)),
                                 wide / box[0] * (right - left), (high - 0.03) / box[1] * (top - bottom), facecolor="white", linewidth=0, zorder=2.2))
        axes.text(left + x / box[0] * (right - left), bottom + y / box[1] * (top - bottom), texts[index],
                  ha="center", va="center", fontsize=SMALL, linespacing=1.05, zorder=4)
    unnamed = len(ranked) - len(places)
    if unnamed:
        axes.text(1.0, -0.135, labels.others(unnamed, lang, "others_unnamed"), transform=axes.transAxes, ha="right", va="top", fontsize=SMALL, color=GREY)


def _counted(quadrant: str, count: int, lang: str) -> str:
    name = words.say(f"chart_label.quadrant.{quadrant}", lang)
    return words.say("chart_label.quadrant_count", lang, {"quadrant": name, "count": words.Quantity(count, "count")})


def _limits(values: pd.Series, threshold: float) -> tuple[float, float]:
    """The whole of 0 to 1 unless everything lies high; always with room on both sides of the threshold."""
    low = min(values.min(), threshold - 0.1)
    low = 0.0 if low < 0.4 else np.floor(low * 10) / 10
    return max(0.0, low) if values.min() >= 0 else float(values.min()), max(1.0, float(values.max()))
