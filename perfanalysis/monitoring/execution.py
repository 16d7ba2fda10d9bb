"""The course of spending over the year, and the pace that is normal for the season."""

import pandas as pd

#: Quantiles of the other units' rates that make the band of a normal pace.
PACE = {"pace_low": 0.1, "pace_mid": 0.5, "pace_high": 0.9}


def measure_course(execution: pd.DataFrame) -> pd.DataFrame:
    """The course of each unit's year.

    Parameters
    ----------
    execution : one row per unit × project × year × period end
        Reads the rows of whole units (``project`` empty) where a unit has them, and sums its projects where it has not:
        ``budget`` and ``executed_to_date`` (money).

    Returns
    -------
    One row per unit × year × period end, ordered by them
        ``budget``, ``executed_to_date``, ``projected`` (money), ``share`` (ratio of the budget), ``month`` (1 to 12, of the calendar),
        ``spent`` (money, in this period alone; missing where the period before is missing).
    """
    whole = execution[execution["project"].isna() | (execution["project"] == "")]
    has_whole = pd.MultiIndex.from_frame(execution[["unit", "year"]]).isin(pd.MultiIndex.from_frame(whole[["unit", "year"]]))
    summed = execution[~has_whole].groupby(["unit", "year", "period_end"], as_index=False, sort=False)[
        ["budget", "executed_to_date", "projected"]
    ].sum(min_count=1)
    course = pd.concat([whole[["unit", "year", "period_end", "budget", "executed_to_date", "projected"]], summed], ignore_index=True)
    course = course.sort_values(["unit", "year", "period_end"], kind="stable", ignore_index=True)
    before = course.groupby(["unit", "year"])["executed_to_date"].shift()
    first = ~course.duplicated(["unit", "year"])
    return course.assign(
        share=(course["executed_to_date"] / course["budget"]).where(course["budget"] > 0),
        month=course["period_end"].dt.month,
        spent=course["executed_to_date"] - before.mask(first, 0.0),
    )


def measure_pace(course: pd.DataFrame, year: int, *, fiscal_year_start: int = 1, least: int = 5) -> pd.DataFrame:
    """What is normal by each month: the spread of all units' cumulative rates in the years before ``year``.

    Straight-line pace (month ÷ 12) calls a normal year slow, because spending gathers at its end; the pace of earlier years
    does not. Where there is no earlier year, the year itself is taken. Months with fewer than ``least`` unit-years are left out: they
    would compare a unit with little but itself.

    Returns
    -------
    One row per calendar month that was reported, in the order of the fiscal year
        ``month``, ``pace_low``, ``pace_mid``, ``pace_high`` (ratios of the budget), ``units`` (count of unit-years), ``from_year``, ``to_year``.
    """
    earlier = course[course["year"] < year]
    base = earlier if len(earlier) else course[course["year"] == year]
    base = base.dropna(subset=["share"])
    columns = ["month", *PACE, "units", "from_year", "to_year"]
    if base.empty:
        return pd.DataFrame(columns=columns)
    by_month = base.groupby("month")["share"]
    pace = pd.DataFrame({name: by_month.quantile(q) for name, q in PACE.items()})
    pace["units"] = by_month.size()
    pace = pace[pace["units"] >= least]
    pace["from_year"], pace["to_year"] = int(base["year"].min()), int(base["year"].max())
    pace = pace.reset_index()
    return pace.iloc[((pace["month"] - fiscal_year_start) % 12).argsort()].reset_index(drop=True)[columns]


def measure_last_month(course: pd.DataFrame) -> pd.DataFrame:
    """How much of each unit's year was spent in its last month.

    Only years reported month by month to the end count: twelve periods.

    Returns
    -------
    One row per unit × year
        ``spent`` (money, last month), ``executed`` (money, year), ``last_share`` (ratio), ``average_month`` (money, the eleven before).
    """
    periods = course.groupby(["unit", "year"])["period_end"].transform("size")
    monthly = course[periods == 12]
    last = monthly[~monthly.duplicated(["unit", "year"], keep="last")]
    result = last[["unit", "year", "spent"]].assign(executed=last["executed_to_date"].to_numpy())
    result["last_share"] = (result["spent"] / result["executed"]).where(result["executed"] > 0)
    result["average_month"] = (result["executed"] - result["spent"]) / 11
    return result.reset_index(drop=True)
