"""Charts of money: executed against budget by project, over the year, and split by account."""

import pandas as pd

from perfanalysis import words
from perfanalysis.charts import labels
from perfanalysis.charts.marks import empty, header, key
from perfanalysis.charts.style import (
    CATEGORIES,
    GREY,
    INK,
    NAVY,
    SMALL,
    TEXT,
    WIDTH,
    panel,
    row_axis,
    span,
    style,
    value_axis,
)
from perfanalysis.tables import TABLES


def chart_execution_by_project(frame: pd.DataFrame, lang: str, *, currency: str = "CNY", most: int = 12):
    """Executed against the adjusted budget, the largest budgets first.

    Parameters
    ----------
    frame : one row per project
        Reads ``label``, ``label_en``, ``budget_adjusted``, ``executed`` (money), ``execution_rate`` (ratio).
    most : rows that are drawn; the rest are drawn together as one row.

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    rows = frame.dropna(subset=["budget_adjusted"]).sort_values("budget_adjusted", ascending=False, kind="stable")
    with style():
        if rows.empty:
            return empty(lang)
        rest = rows.iloc[most:] if len(rows) > most + 1 else rows.iloc[:0]
        rows = rows.iloc[: len(rows) - len(rest)]
        shown = [labels.wrap(name, 2.3) for name in labels.names(rows, lang)]
        amounts = list(rows[["budget_adjusted", "executed", "execution_rate"]].itertuples(index=False, name=None))
        if len(rest):
            both = rest.dropna(subset=["executed"])
            amounts.append((rest["budget_adjusted"].sum(), both["executed"].sum(), both["executed"].sum() / both["budget_adjusted"].sum()))
            shown.append(labels.others(len(rest), lang))
        count = len(amounts)
        figure, axes = panel(0.36 * count + 0.95, left=2.5, right=0.8, top=0.42, bottom=0.53)
        highest = max(max(amount for amount in (budget, executed) if amount == amount) for budget, executed, _ in amounts)
        ticks, written, scale = labels.money_axis(highest, lang, currency)
        value_axis(axes, ticks, written, (0, ticks[-1]), title=words.say("chart_label.money_axis", lang, {"scale": scale}))
        row_axis(axes, count)
        axes.barh(range(count), [budget for budget, _, _ in amounts], height=0.66, color="white", edgecolor=GREY, linewidth=0.9)
        axes.barh(range(count), [0 if executed != executed else executed for _, executed, _ in amounts], height=0.36, color=NAVY, linewidth=0)
        edge = axes.get_xlim()[1] + 0.62 * span(axes)
        for row, (_, _, rate) in enumerate(amounts):
            axes.text(-0.06 * span(axes), row, shown[row], ha="right", va="center", linespacing=1.1, color=INK if row < most or not len(rest) else GREY)
            axes.text(edge, row, labels.written(rate, "ratio", lang), ha="right", va="center", color=INK)
        key(axes, [("bar", NAVY, words.say("chart_label.executed", lang)), ("box", GREY, words.say("chart_label.budget_adjusted", lang))])
        header(axes, words.say("chart_label.execution_rate", lang), edge)
    return figure


def chart_execution_by_period(frame: pd.DataFrame, lang: str, *, fiscal_year_start: int = 1):
    """The year's cumulative spending as a share of its budget, beside the pace that is usual for the season.

    Parameters
    ----------
    frame : one row per period end (of one or several years; the last year is emphasised)
        Reads ``period_end`` (date), ``year``, ``share`` (ratio of the year's budget), and, where known, ``pace_low``, ``pace_mid``, ``pace_high`` (ratios).
    fiscal_year_start : first month of the fiscal year (1 to 12).

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    rows = frame.sort_values(["year", "period_end"], kind="stable")
    day = pd.to_datetime(rows["period_end"])
    rows = rows.assign(elapsed=(day.dt.month - fiscal_year_start) % 12 + day.dt.day / day.dt.days_in_month)
    with style():
        if rows["share"].notna().sum() == 0:
            return empty(lang)
        this = rows[rows["year"] == rows["year"].max()]
        shares = [rows["share"].max(), *(this[name].max() for name in ("pace_high",) if name in this)]
        high = max(1.0, *(share for share in shares if share == share))
        ticks, written = labels.ratio_ticks(0, high)
        figure, axes = panel(3.5, left=0.62, right=1.75, top=0.3, bottom=0.36)
        value_axis(axes, ticks, written, (0, ticks[-1] * 1.02), vertical=True)
        axes.set_xlim(0, 12.15)
        months = [(fiscal_year_start - 1 + step) % 12 + 1 for step in range(12)]
        axes.set_xticks([step + 1 for step in range(12)], [words.say(f"month_short.{month}", lang) for month in months])
        axes.spines["bottom"].set_visible(True)
        key(axes, [("text", GREY, words.say("chart_label.share_of_budget", lang))], above=0.13, start=-0.4)
        ends: list[tuple[float, str, str, float]] = []  # height, text, colour, where the line ends
        axes.plot([0, 12], [0, 1], color=GREY, linewidth=1.0, linestyle=(0, (1, 2.2)))
        ends.append((1.0, words.say("chart_label.straight_line", lang), GREY, 12))
        if {"pace_low", "pace_high"} <= set(this):
            pace = this.dropna(subset=["pace_low", "pace_high"])
            if len(pace):
                axes.fill_between(pace["elapsed"], pace["pace_low"], pace["pace_high"], color=BAND, linewidth=0)
                last = pace.iloc[-1]
                text = words.say("chart_label.pace_band", lang)
                key(axes, [("bar", BAND, text)], above=0.13, start=axes.get_position().width * WIDTH - labels.width(text, SMALL) - 0.26)
                if "pace_mid" in pace and pd.notna(last["pace_mid"]):
                    axes.plot(pace["elapsed"], pace["pace_mid"], color=TEAL_TEXT, linewidth=1.6, linestyle=(0, (5, 2)))
                    ends.append((last["pace_mid"], f"{words.say('chart_label.pace_mid', lang)} {labels.written(last['pace_mid'], 'ratio', lang)}", TEAL_TEXT, last["elapsed"]))
        for year, line in rows.dropna(subset=["share"]).groupby("year"):
            newest, last = year == rows["year"].max(), line.iloc[-1]
            axes.plot(line["elapsed"], line["share"], color=NAVY if newest else GREY, linewidth=2.2 if newest else 1.0,
                      marker="o" if newest else None, markersize=4.5, clip_on=False, zorder=3)
            name = words.say("chart_label.this_year" if newest else "chart_label.earlier_year", lang, {"year": words.Quantity(year, "year")})
            ends.append((last["share"], f"{name} {labels.written(last['share'], 'ratio', lang)}", NAVY if newest else GREY, last["elapsed"]))
        end_labels(axes, ends)
    return figure


def chart_accounts(frame: pd.DataFrame, lang: str, *, currency: str = "CNY"):
    """Money by budget account (the four of the full-diameter budget) as one bar.

    Parameters
    ----------
    frame : one row per account
        Reads ``account`` (a choice of ``projects.account``), ``amount`` (money).

    Returns
    -------
    matplotlib Figure, neither shown nor saved
    """
    choices = list(TABLES["projects"].column("account").choices)
    rows = frame.dropna(subset=["amount"])
    rows = rows[(rows["amount"] > 0) & rows["account"].isin(choices)]
    rows = rows.sort_values("account", key=lambda codes: codes.map(choices.index), kind="stable")
    total = rows["amount"].sum()
    with style():
        if rows.empty:
            return empty(lang)
        column = TABLES["projects"].column("account")
        texts = [
            f"{labels.wrap(_capital(column.choice_label(account, lang)), 1.75)}\n{_amount(amount, total, lang, currency)}"
            for account, amount in rows[["account", "amount"]].itertuples(index=False, name=None)
        ]
        bottom = 0.5 + 0.15 * max(text.count("\n") + 1 for text in texts)
        figure, axes = panel(0.5 + bottom, left=0.05, right=0.05, top=0.05, bottom=bottom)
        axes.set_xlim(0, total)
        axes.set_ylim(0, 1)
        axes.set_xticks([], [])
        axes.set_yticks([], [])
        inch = span(axes)
        starts = (rows["amount"].cumsum() - rows["amount"]).tolist()
        middles = [start + amount / 2 for start, amount in zip(starts, rows["amount"], strict=True)]
        half = 0.93 * inch
        places = labels.spread(middles, 2 * half, half, total - half)
        for start, amount, middle, place, text, account in zip(starts, rows["amount"], middles, places, texts, rows["account"], strict=True):
            kind = choices.index(account)
            axes.barh(0.5, amount, left=start, height=0.9, color=CATEGORIES[kind], edgecolor="white", linewidth=1.2)
            axes.plot([middle, middle, place, place], [0.05, -0.12, -0.28, -0.4], color=CATEGORIES[kind], linewidth=1.0, clip_on=False)
            axes.text(place, -0.5, text, ha="center", va="top", fontsize=SMALL, linespacing=1.25)
    return figure


def end_labels(axes, ends: list[tuple[float, str, str, float]]) -> None:
    """Name lines at their right ends, in the margin, apart from each other, each tied to its end."""
    low, high = axes.get_ylim()
    gap = (high - low) / (axes.get_position().height * axes.figure.get_figheight()) * 0.19
    right = axes.get_xlim()[1]
    for (height, text, colour, end), place in zip(ends, labels.spread([end[0] for end in ends], gap, low, high), strict=True):
        axes.plot([end, right, right + 0.25], [height, height if end > right - 0.5 else place, place], color=colour, linewidth=0.7, alpha=0.7, clip_on=False)
        axes.text(right + 0.32, place, text, color=colour, va="center", fontsize=TEXT if colour == NAVY else SMALL)


TEAL_TEXT, BAND = "#1B6B65", "#C3E0DD"


def _amount(amount: float, total: float, lang: str, currency: str) -> str:
    return words.say("chart_label.amount_and_share", lang, {"amount": words.Quantity(amount, "money", currency), "share": words.Quantity(amount / total, "ratio")})


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
