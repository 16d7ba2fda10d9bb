"""What the end of the year will bring, as seen from a month before it."""

import datetime

import pandas as pd

from perfanalysis.monitoring.double import measure_achievement
from perfanalysis.rules import RuleBook
from perfanalysis.scoring import score_indicators


def count_months(as_of: datetime.date, fiscal_year_start: int = 1) -> int:
    """Months of the fiscal year that have passed at the end of the month of ``as_of``: 7 for 31 July of a calendar year."""
    return (as_of.month - fiscal_year_start) % 12 + 1


def measure_seasonal_share(pace: pd.DataFrame, month: int) -> float:
    """The share of a year's spending that is normally made by the end of ``month``: the median pace then ÷ the median pace at year-end.

    ``pace`` is that of ``measure_pace``; missing where it lacks either month.
    """
    last = pace["pace_mid"].iloc[-1] if len(pace) == 12 else float("nan")
    now = pace.loc[pace["month"] == month, "pace_mid"]
    return float(now.iloc[0] / last) if len(now) and last > 0 else float("nan")


def project_execution(execution: pd.DataFrame, as_of: datetime.date, seasonal: float, *, first_month: int) -> pd.DataFrame:
    """Each project's execution to date, and what it will have executed at year-end if the rest of the year goes as it normally does.

    Parameters
    ----------
    execution : rows of one year; those of projects are read
        ``project``, ``period_end``, ``budget``, ``executed_to_date`` (money).
    seasonal : ratio, of ``measure_seasonal_share``.
    first_month : the first month (1 to 12) of the fiscal year that is reported; a project whose first row is of a later month began during the
        year, and no pace of a whole year fits it.

    Returns
    -------
    One row per project with a row as of that day, indexed by ``project``
        ``budget``, ``executed_to_date``, ``projected`` (money: executed ÷ seasonal share, at most the budget and never less than was executed),
        ``rate``, ``projected_rate`` (ratios of the budget), ``late_start`` (flag; its ``projected`` is missing).
    """
    rows = execution[execution["project"].notna() & (execution["project"] != "")]
    first = rows.groupby("project")["period_end"].min()
    now = rows[rows["period_end"] == pd.Timestamp(as_of)].set_index("project")[["budget", "executed_to_date"]]
    late = first.reindex(now.index).dt.month.ne(first_month)
    expected = (now["executed_to_date"] / seasonal).clip(upper=now["budget"])
    projected = expected.where(expected >= now["executed_to_date"], now["executed_to_date"]).where(expected.notna() & ~late)
    known = now["budget"] > 0
    return now.assign(
        rate=(now["executed_to_date"] / now["budget"]).where(known), late_start=late, projected=projected, projected_rate=(projected / now["budget"]).where(known)
    )


def find_own_projection(execution: pd.DataFrame, as_of: datetime.date) -> pd.DataFrame:
    """The units' own latest projections of their year, made by ``as_of``: one row per unit (``unit``, ``period_end``, ``budget``, ``projected``)."""
    rows = execution[execution["projected"].notna() & (execution["project"].isna() | (execution["project"] == "")) & (execution["period_end"] <= pd.Timestamp(as_of))]
    return rows.sort_values("period_end", kind="stable").drop_duplicates("unit", keep="last")[["unit", "period_end", "budget", "projected"]]


def expect_achievement(lines: pd.DataFrame, rulebook: RuleBook) -> pd.DataFrame:
    """How far each project will achieve its targets, by what its monitoring expects of each indicator at year-end.

    Parameters
    ----------
    lines : one row per monitored indicator: the columns of ``indicators`` and, of ``monitoring``, ``expected`` and ``likelihood``. An indicator in words counts
        as reached where its target will certainly be met, as not reached where that is impossible, and is left open otherwise.

    Returns
    -------
    As ``measure_achievement``, one row per project × year
    """
    ahead = lines.assign(
        actual=lines["expected"], actual_text=float("nan"), score=float("nan"), reason=float("nan"),
        reached=lines["likelihood"].map({"certain": "yes", "impossible": "no"}).where(lines["nature"].eq("qualitative")).astype("str"),
    )
    ahead = ahead.assign(score=ahead["weight"].where(ahead["reached"].eq("yes"), 0.0).where(ahead["reached"].notna()))
    return measure_achievement(ahead.join(score_indicators(ahead, rulebook)[["points"]]))
