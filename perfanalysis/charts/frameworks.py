"""Charts of assessments: a unit's profile by category, its years, ranks as intervals, and all units by category."""

import numpy as np
import pandas as pd

from perfanalysis import words
from perfanalysis.charts import labels
from perfanalysis.charts.marks import empty, header, key
from perfanalysis.charts.style import (
    GREY,
    INK,
    NAVY,
    ORANGE,
    PALE,
    SMALL,
    TEXT,
    panel,
    row_axis,
    span,
    style,
    value_axis,
)


def chart_profile(frame: pd.DataFrame, lang: str):
    """A unit's score in each category beside the median of all units and their middle half.

    Parameters
    ----------
    frame : one row per category, in the order that is drawn
        Reads ``label``, ``label_en``, ``score``, ``median``, ``low`` and ``high`` (quartiles; all in points of 100).

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    with style():
        if frame.empty or frame["score"].isna().all():
            return empty(lang)
        figure, axes = panel(0.36 * len(frame) + 1.0, left=2.3, right=1.5, top=0.5, bottom=0.5)
        spread = frame[["score", "low", "median"]].to_numpy(dtype=float)
        low = max(0.0, np.floor((np.nanmin(spread) - 2) / 10) * 10)
        ticks, written = labels.number_ticks(low, 100)
        value_axis(axes, ticks, written, (low, 100 + (100 - low) * 0.02), title=words.say("chart_label.score", lang))
        row_axis(axes, len(frame))
        inch = span(axes)
        edges = [axes.get_xlim()[1] + place * inch for place in (0.65, 1.4)]
        for row, (name, line) in enumerate(zip(labels.names(frame, lang), frame.to_dict("records"), strict=True)):
            axes.text(low - 0.12 * inch, row, labels.wrap(name, 2.1), ha="right", va="center", linespacing=1.05)
            axes.plot([line["low"], line["high"]], [row, row], color=PALE, linewidth=7, solid_capstyle="butt", zorder=2)
            axes.plot([line["median"]] * 2, [row - 0.28, row + 0.28], color=INK, linewidth=1.6, zorder=3)
            axes.plot([line["score"]], [row], "D", color=ORANGE, markersize=7, markeredgecolor="white", markeredgewidth=0.8, zorder=4)
            for value, edge in ((line["score"], edges[0]), (line["median"], edges[1])):
                axes.text(edge, row, "–" if value != value else f"{value:.1f}", ha="right", va="center")
        for column, edge in (("own_score", edges[0]), ("median_all", edges[1])):
            header(axes, words.say(f"chart_label.{column}", lang), edge, above=0.3)
        key(axes, [("D", ORANGE, words.say("chart_label.own_score", lang)), ("line", INK, words.say("chart_label.median_all", lang)),
                   ("bar", PALE, words.say("chart_label.middle_half_all", lang))], above=0.3, start=-2.2)
    return figure


def chart_history(frame: pd.DataFrame, lang: str):
    """A unit's total over the years beside the median of all units.

    Parameters
    ----------
    frame : one row per year
        Reads ``year``, ``score``, ``median`` (points of 100).

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    rows = frame.sort_values("year")
    with style():
        if rows.empty or rows["score"].isna().all():
            return empty(lang)
        figure, axes = panel(2.5, left=0.6, right=1.7, top=0.25, bottom=0.4)
        values = rows[["score", "median"]].to_numpy(dtype=float)
        low = max(0.0, np.floor((np.nanmin(values) - 8) / 10) * 10)
        ticks, written = labels.number_ticks(low, 100)
        value_axis(axes, ticks, written, (low, 101), vertical=True)
        years = rows["year"].to_numpy()
        axes.set_xlim(years.min() - 0.25, years.max() + 0.12)
        axes.set_xticks(years, [words.Quantity(int(year), "year").written(lang) for year in years])
        ends, texts = [], []
        for column, colour, mark, line in (("median", GREY, "o", (0, (4, 2))), ("score", ORANGE, "D", "-")):
            axes.plot(years, rows[column], mark, color=colour, linestyle=line, linewidth=1.8, markersize=6, zorder=3)
            known = rows.dropna(subset=[column])
            ends.append(float(known[column].iloc[-1]) if len(known) else np.nan)
            texts.append((words.say("chart_label.own_score" if column == "score" else "chart_label.median_all", lang), colour))
        shown = [place for place, end in enumerate(ends) if end == end]
        gap = (101 - low) / (2.5 - 0.65) * 0.19
        for place, at in zip(shown, labels.spread([ends[place] for place in shown], gap, low, 101), strict=True):
            text, colour = texts[place]
            axes.text(years.max() + 0.14, at, f"{text} {ends[place]:.1f}", color=INK if colour == GREY else colour, va="center", clip_on=False)
        for year, score, median in zip(years, rows["score"], rows["median"], strict=True):
            if score == score and year != years.max():
                # on the side where the other line is not
                side = -1 if median > score else 1
                axes.text(year, score + side * (101 - low) * 0.05, f"{score:.1f}", ha="center", va="bottom" if side > 0 else "top", fontsize=SMALL, color=ORANGE)
    return figure


def chart_ranks(frame: pd.DataFrame, lang: str, *, most: int = 32):
    """Units by rank, the first on top, each with the interval of its rank.

    Parameters
    ----------
    frame : one row per unit
        Reads ``label``, ``label_en`` (missing for units that are not named), ``rank``, ``rank_low``, ``rank_high``, ``score`` (points), and, where
        there is one, ``own``.
    most : rows that are drawn; of more units the first and the last are drawn and those between counted.

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    rows = frame.dropna(subset=["rank"]).sort_values(["rank", "unit"] if "unit" in frame else ["rank"], kind="stable")
    with style():
        if rows.empty:
            return empty(lang)
        between = len(rows) - most if len(rows) > most + 1 else 0
        first = len(rows) if not between else (most + 1) // 2
        shown = rows if not between else pd.concat([rows.iloc[:first], rows.iloc[first + between :]])
        count = len(shown) + bool(between)
        unnamed = [place for place, name in enumerate(labels.names(shown, lang)) if not name]
        figure, axes = panel(0.245 * count + 0.95, left=2.7 if not unnamed else 1.9, right=1.75, top=0.4, bottom=0.55)
        first_rank, last = (1.0 if rows["rank_low"].min() < 6 else float(rows["rank_low"].min())), float(rows["rank_high"].max())
        ticks = [first_rank, *[tick for tick in labels.round_ticks(last, 0 if first_rank == 1 else first_rank) if first_rank < tick <= last - (last - first_rank) * 0.06],
                 *([last] if last > first_rank else [])]
        reach = max(last - first_rank, 1.0)
        value_axis(axes, ticks, [f"{tick:g}" for tick in ticks], (first_rank - reach * 0.02, last + reach * 0.02), title=words.say("chart_label.rank", lang))
        row_axis(axes, count)
        inch, left = span(axes), axes.get_xlim()[0]
        edges = [axes.get_xlim()[1] + place * inch for place in (0.95, 1.65)]
        for place, (name, line) in enumerate(zip(labels.names(shown, lang), shown.to_dict("records"), strict=True)):
            row = place + (1 if between and place >= first else 0)
            own = bool(line.get("own", False))
            axes.text(left - 0.1 * inch, row, labels.shorten(name, 2.5 if not unnamed else 1.7), ha="right", va="center", color=ORANGE if own else INK)
            axes.plot([line["rank_low"], line["rank_high"]], [row, row], color=PALE, linewidth=4, solid_capstyle="round", zorder=2)
            axes.plot([line["rank"]], [row], "D" if own else "o", color=ORANGE if own else NAVY, markersize=6 if own else 5, zorder=3)
            ends = [words.Quantity(line[name], "count") for name in ("rank_low", "rank_high")]
            text = ends[0].written(lang) if ends[0] == ends[1] else words.say("chart_label.rank_range", lang, {"low": ends[0], "high": ends[1]})
            axes.text(edges[0], row, text, ha="right", va="center", fontsize=SMALL)
            axes.text(edges[1], row, f"{line['score']:.1f}", ha="right", va="center", fontsize=SMALL)
        if unnamed:
            key(axes, [("o", NAVY, words.say("chart_label.each_other", lang))])
        header(axes, words.say("chart_label.rank_interval", lang), edges[0])
        header(axes, words.say("chart_label.score", lang), edges[1])
        if between:
            axes.text(left - 0.1 * inch, first, f"⋯ {labels.others(between, lang, 'others_between')}", ha="right", va="center", color=GREY, fontsize=SMALL)
    return figure


def chart_categories(frame: pd.DataFrame, lang: str, *, most: int = 32):
    """All units by category: a cell each with its score, darker where it is higher.

    Parameters
    ----------
    frame : one row per unit × category, units in the order that is drawn
        Reads ``unit``, ``label``, ``label_en``, ``category``, ``category_zh``, ``category_en``, ``score`` (points of 100).
    most : units that are drawn; of more the first and the last are drawn.

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    rows = frame.dropna(subset=["score"])
    with style():
        if rows.empty:
            return empty(lang)
        import seaborn

        units = rows.drop_duplicates("unit")
        between = len(units) - most if len(units) > most + 1 else 0
        first = (most + 1) // 2 if between else len(units)
        if between:
            gap = pd.DataFrame({"unit": [""], "label": [f"⋯ {labels.others(between, 'zh', 'others_between')}"], "label_en": [f"⋯ {labels.others(between, 'en', 'others_between')}"]})
            units = pd.concat([units.iloc[:first], gap, units.iloc[first + between :]])
        categories = rows.drop_duplicates("category")
        wide = rows.pivot(index="unit", columns="category", values="score").reindex(index=units["unit"], columns=categories["category"])
        titles = [str(title) for title in _titles(categories, lang)]
        room = (7.6 - 2.1) / len(categories) - 0.06
        wrapped = [labels.wrap(title, room, SMALL, 3) for title in titles]
        leans = any("…" in title or "..." in title for title in wrapped)
        top = 0.95 if leans else 0.65
        figure, axes = panel(0.25 * len(units) + top + 0.1, left=2.0, right=0.6 if leans else 0.1, top=top, bottom=0.1)
        low = max(0.0, float(np.nanmin(wide.to_numpy())) - 10)
        seaborn.heatmap(wide, ax=axes, cmap=seaborn.light_palette(NAVY, as_cmap=True), vmin=low, vmax=100, cbar=False,
                        annot=True, fmt=".0f", annot_kws={"fontsize": SMALL}, linewidths=0.8, linecolor="white")
        axes.set_xlabel("")
        axes.set_ylabel("")
        axes.set_yticks(np.arange(len(units)) + 0.5, [labels.shorten(name, 1.85) for name in labels.names(units, lang)], rotation=0, color=INK, fontsize=TEXT)
        for text in axes.texts:
            # white only on what is dark enough for it: 4.5 to 1
            text.set_color("white" if (float(text.get_text()) - low) / (100 - low) > 0.62 else INK)
        axes.xaxis.tick_top()
        axes.set_xticks(np.arange(len(categories)) + 0.5, [labels.shorten(title, 1.5, SMALL) for title in titles] if leans else wrapped, color=INK, fontsize=SMALL,
                        rotation=30 if leans else 0, ha="left" if leans else "center")
    return figure


def _titles(categories: pd.DataFrame, lang: str) -> pd.Series:
    return categories["category_zh"] if lang == "zh" else categories["category_en"]


def chart_outturn(frame: pd.DataFrame, lang: str, *, bands: list[tuple[str, float, float]]):
    """Spending as a share of the original budget, year by year, over the bands of the grades.

    Parameters
    ----------
    frame : one row per year
        Reads ``year`` and ``ratio`` (1.0 = as budgeted).
    bands : (grade, from, to) of each closed band, the narrowest first (ratios).

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    rows = frame.dropna(subset=["ratio"]).sort_values("year")
    with style():
        if rows.empty:
            return empty(lang)
        figure, axes = panel(0.42 * len(rows) + 1.0, left=0.9, right=0.9, top=0.4, bottom=0.35)
        edges = [rows["ratio"].min(), rows["ratio"].max(), *(edge for _, low, high in bands for edge in (low, high))]
        ticks, texts = labels.ratio_ticks(min(edges) - 0.02, max(edges) + 0.02)
        value_axis(axes, ticks, texts, (ticks[0], ticks[-1]))
        row_axis(axes, len(rows))
        inch = span(axes)
        for place, (_, low, high) in enumerate(reversed(bands)):
            axes.axvspan(low, high, color=("#EEF1F4", "#DCE3EA", "#C5D3E0")[min(place, 2)], zorder=0, linewidth=0)
        for place, (grade, low, high) in enumerate(bands):
            middle = (low + high) / 2 if place == 0 else (bands[place - 1][2] + high) / 2
            axes.text(middle, -0.5 - 0.16, grade, ha="center", va="bottom", color=GREY)
            if place:
                axes.text((bands[place - 1][1] + low) / 2, -0.5 - 0.16, grade, ha="center", va="bottom", color=GREY)
        axes.axvline(1.0, color=INK, linewidth=1.0)
        for row, line in enumerate(rows.to_dict("records")):
            axes.text(axes.get_xlim()[0] - 0.12 * inch, row, words.Quantity(int(line["year"]), "year").written(lang), ha="right", va="center")
            axes.plot([line["ratio"]], [row], "o", color=NAVY, markersize=7, zorder=3)
            axes.text(1.02, row, labels.written(line["ratio"], "ratio", lang), transform=axes.get_yaxis_transform(), va="center")
    return figure
