"""Projection of the year-end with an interval, judged by what the same projection would have been worth in earlier years (rolling origin)."""

import numpy as np
import pandas as pd
from scipy import stats

from perfanalysis.monitoring.execution import measure_course

#: The pooled view counts for so many years beside a series' own earlier years; set by this project, not fitted to any data.
POOL_YEARS = 2
#: Fewer earlier errors than this bear no interval and no choice between ways.
LEAST_ERRORS = 30
#: Share of year-ends in the interval; its ends are the quantiles that leave out half of the rest on each side.
COVERAGE = 0.8
#: How fast the intervals learn from their own misses, year by year (Gibbs and Candès 2021, adaptive conformal inference); set by this project.
LEARNING = 0.25
#: Plan and season contradict each other beyond so many times the sum of their usual errors.
FAR_APART = 3
#: Where fewer year-ends than this share went beyond their budgets, the budget is a cap: no projection exceeds it.
CAPPED_BELOW = 0.05
#: The ways that compete, on a tie the first: the plan unless what was spent contradicts it, plan and season together, the plan, the season.
WAYS = ("checked", "both", "plan", "season")
#: A ratio beyond threefold is a change of the budget's form, not an error; it counts as threefold.
_FARTHEST = np.log(3)
_KEYS = ["series", "unit", "project"]


def lay_out_courses(execution: pd.DataFrame, *, fiscal_year_start: int = 1) -> pd.DataFrame:
    """Every series (a unit, or a project of one) by year and month of the fiscal year.

    Parameters
    ----------
    execution : one row per unit × project × year × period end; reads ``budget``, ``executed_to_date``, ``projected`` (money)

    Returns
    -------
    One row per series × year × month
        ``level`` (unit, project), ``series`` (its code), ``unit``, ``project`` (empty for a unit), ``year``, ``month`` (1 to 12 of the fiscal year),
        ``budget``, ``executed_to_date``, ``own`` (money: the unit's own latest projection, known by then; missing where there is none), ``first_month``
        (the first that the series reports in that year).
    """
    projects = execution[execution["project"].notna() & (execution["project"] != "")]
    columns = ["unit", "year", "period_end", "budget", "executed_to_date", "projected"]
    units = measure_course(execution)[columns].assign(level="unit", project="")
    units["series"] = units["unit"]
    projects = projects[[*columns, "project"]].assign(level="project", series=projects["project"])
    courses = pd.concat([units, projects], ignore_index=True)
    courses["year"] = courses["year"].astype("int64")
    courses["month"] = (courses["period_end"].dt.month - fiscal_year_start) % 12 + 1
    courses = courses.sort_values(["level", "series", "year", "month"], kind="stable", ignore_index=True)
    by_year = courses.groupby(["level", "series", "year"])
    courses["own"] = by_year["projected"].ffill()
    courses["first_month"] = by_year["month"].transform("min")
    return courses.drop(columns=["period_end", "projected"])


def roll_origins(courses: pd.DataFrame, month: int, *, goal: float, settled_after: int = 1) -> pd.DataFrame:
    """What would have been projected at the end of ``month`` of every year, each time from what was known then.

    Ways compete. *Plan*: the unit's own projection, or the budget where it made none, corrected by the median of its earlier errors. *Season*: what was executed ÷
    the share of the year reached by then in earlier years. *Both*: their mean, weighted by how small the earlier errors of each were. *Checked*: the plan. In the
    last two, what was spent decides where plan and season contradict each other by more than their errors explain. Each year the way with the smallest
    money-weighted error in the years before is taken. Corrections and shares are pooled: the average of all series counts for ``POOL_YEARS`` years beside a
    series' own.

    Parameters
    ----------
    courses : one row per series × year × month of one level, of ``lay_out_courses``
    goal : ratio of the budget that is to be executed
    settled_after : years after which the final amount of a year is known. 1: with the first month of the next year. 2: only when the next year is over; until
        then the unit's own last projection of that year stands in.

    Returns
    -------
    One row per series × year that reports ``month``
        ``executed_to_date``, ``budget``, ``own``, ``final`` (money; missing while the year runs), ``late`` (flag: began during the year; no projection), ``way``,
        ``projected``, ``low``, ``high`` (money; the ends of the 80 % interval), ``chance`` (ratio: of executing at least ``goal`` × budget), ``unspent`` (money: the
        mean of what may be left of the budget), ``pro_rata``, ``last_share`` (money: the ways to beat). Interval, chance and unspent are missing where fewer than
        ``LEAST_ERRORS`` earlier errors are known. Where earlier year-ends kept to their budgets, the budget caps all of them.
    """
    years = np.arange(courses["year"].min(), courses["year"].max() + 1)
    now, end = courses[courses["month"] == month], courses[courses["month"] == 12]
    series = pd.Index(now["series"].unique())

    def matrix(frame: pd.DataFrame, column: str) -> np.ndarray:
        return frame.pivot(index="series", columns="year", values=column).reindex(index=series, columns=years).to_numpy("float64")

    executed, budget, own = (matrix(now, name) for name in ("executed_to_date", "budget", "own"))
    late = matrix(now, "first_month") > courses["first_month"].min()
    final, stand_in = (_positive(matrix(end, name)) for name in ("executed_to_date", "own"))
    plan = np.where(own > 0, own, _positive(budget))
    free = np.where(late, np.nan, 1.0)
    ways = {way: np.full(plan.shape, np.nan) for way in WAYS}
    spread = {way: np.ones(plan.shape) for way in WAYS}
    made = {name: np.full(plan.shape, np.nan) for name in ("projected", "low", "high", "chance", "unspent", "last_share")}
    chosen, informed = np.full(len(years), "", dtype=object), np.zeros(len(years), dtype=bool)
    for t in range(len(years)):
        known = _known(final, stand_in, t, settled_after) * free[:, :t]
        ways["plan"][:, t] = plan[:, t] * np.exp(_middle(_log_ratio(known, plan[:, :t])))
        ways["season"][:, t], made["last_share"][:, t] = _extrapolate(executed, known, t)
        scales = {}
        for way in ("plan", "season"):
            scales[way], spread[way][:, t] = _scales(_log_ratio(known, ways[way][:, :t]))
        plain, seasonal = ways["plan"][:, t], ways["season"][:, t]
        apart = _contradict(plain, seasonal, scales["plan"], scales["season"])
        ways["checked"][:, t] = np.where(apart, seasonal, plain)
        ways["both"][:, t] = np.where(apart, seasonal, _combine(plain, seasonal, scales["plan"], scales["season"]))
        informed[t] = np.isfinite(known).any()
        settled = max(t - settled_after + 1, 0)
        cap = np.where(_is_capped(known[:, :settled], budget[:, :settled]) & (budget[:, t] > 0), budget[:, t], np.inf)
        # never less than was executed, unless the unit's own plan is lower than that: bookings can be reversed
        least = np.nan_to_num(np.fmin(executed[:, t], plan[:, t]))
        for way in WAYS:
            ways[way][:, t] = np.maximum(np.minimum(ways[way][:, t], cap), least) * free[:, t]
        for way in ("checked", "both"):
            spread[way][:, t] = _scales(_log_ratio(known, ways[way][:, :t]))[1]
        chosen[t] = _choose(ways, known, t)
        way, width = ways[chosen[t]], spread[chosen[t]]
        made["projected"][:, t] = way[:, t]
        # what was projected before there was anything to learn from says nothing of what is projected now
        errors = _widen((_log_ratio(known, way[:, :t]) / width[:, :t])[:, :settled][:, informed[:settled]])
        if len(errors) >= LEAST_ERRORS:
            outside = _adapt(known[:, :settled], made["low"][:, :settled], made["high"][:, :settled]) / 2
            ends = np.minimum(way[:, t, None] * np.exp(width[:, t, None] * np.quantile(errors, [outside, 1 - outside])), cap[:, None])
            drawn = np.minimum(way[:, t, None] * np.exp(width[:, t, None] * errors), cap[:, None])
            made["low"][:, t], made["high"][:, t] = np.maximum(ends, least[:, None]).T
            judged = np.isfinite(way[:, t]) & (budget[:, t] > 0)
            drawn = np.maximum(drawn, least[:, None])
            reached = (drawn[judged] >= goal * budget[judged, t, None] * (1 - 1e-9)).sum(axis=1)
            # one more case on each side (Laplace): no number of earlier years makes anything certain or impossible
            made["chance"][judged, t] = (reached + 1) / (len(errors) + 2)
            made["unspent"][judged, t] = np.clip(budget[judged, t, None] - drawn[judged], 0, None).mean(axis=1)
    where = (series.get_indexer(now["series"]), now["year"].to_numpy() - years[0])
    rows = now[[*_KEYS, "year", "executed_to_date", "budget", "own"]].assign(
        final=final[where], late=late[where], way=chosen[where[1]], **{name: values[where] for name, values in made.items()})
    return rows.assign(pro_rata=(rows["executed_to_date"] * 12 / month).where(rows["projected"].notna())).reset_index(drop=True)


def _positive(values: np.ndarray) -> np.ndarray:
    return np.where(values > 0, values, np.nan)


def _known(final: np.ndarray, stand_in: np.ndarray, t: int, settled_after: int) -> np.ndarray:
    """The final amounts of the years before ``t`` as they were known in the course of year ``t``."""
    known = final[:, :t].copy()
    unsettled = slice(max(t - settled_after + 1, 0), t)
    known[:, unsettled] = stand_in[:, unsettled]
    return known


def _log_ratio(known: np.ndarray, foreseen: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.clip(np.log(known / foreseen), -_FARTHEST, _FARTHEST)


def _middle(errors: np.ndarray) -> np.ndarray:
    """The median of each row's errors and of ``POOL_YEARS`` times the median of all rows': one bad year corrects nothing."""
    pooled = np.nanmedian(errors) if np.isfinite(errors).any() else 0.0
    return np.nanmedian(np.column_stack([errors, np.full((len(errors), POOL_YEARS), pooled)]), axis=1)


def _shrink(values: np.ndarray, pooled: float) -> np.ndarray:
    return (np.nansum(values, axis=1) + POOL_YEARS * pooled) / (np.isfinite(values).sum(axis=1) + POOL_YEARS)


def _extrapolate(executed: np.ndarray, known: np.ndarray, t: int) -> tuple[np.ndarray, np.ndarray]:
    """What was executed in year ``t`` ÷ the share reached by then in earlier years (pooled), and ÷ last year's share alone."""
    if not np.isfinite(known).any():
        return np.full(len(executed), np.nan), np.full(len(executed), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.minimum(np.clip(executed[:, :t], 0, None) / known, 1)
        pooled = np.nansum(share * known) / known[np.isfinite(share)].sum()
        return _positive(executed[:, t] / _shrink(share, pooled)), _positive(executed[:, t] / _positive(share[:, -1]))


def _is_capped(known: np.ndarray, budget: np.ndarray) -> bool:
    """Whether earlier year-ends kept to their budgets."""
    both = np.isfinite(known) & (budget > 0)
    beyond = (known > budget * (1 + 1e-9))[both]
    return len(beyond) >= LEAST_ERRORS and beyond.mean() < CAPPED_BELOW


def _scales(errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The usual size of each row's errors (pooled), and the same as a multiple of the average row's; 1 where nothing is known yet."""
    size = np.abs(errors)
    if not np.isfinite(size).any():
        return np.full(len(errors), np.nan), np.ones(len(errors))
    pooled = max(float(np.nanmean(size)), 1e-6)
    own = _shrink(size, pooled)
    return own, own / pooled


def _widen(errors: np.ndarray) -> np.ndarray:
    """The errors sorted, and wider the fewer years they come from: the rows of one year share its luck, so years are what was drawn (Student's t)."""
    years = int(np.isfinite(errors).any(axis=0).sum())
    errors = np.sort(errors[np.isfinite(errors)])
    outside = (1 - COVERAGE) / 2
    return errors * float(stats.t.isf(outside, years) / stats.norm.isf(outside)) if years else errors


def _adapt(known: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """The share to leave outside the interval: more than stated was outside in earlier years, so less is left outside now (adaptive conformal inference)."""
    judged = np.isfinite(known) & np.isfinite(low)
    missed = ((known < low) | (known > high)) & judged
    years = judged.sum(axis=0) >= LEAST_ERRORS
    rates = missed.sum(axis=0)[years] / judged.sum(axis=0)[years]
    return float(np.clip((1 - COVERAGE) + LEARNING * ((1 - COVERAGE) - rates).sum(), 0.02, 0.5))


def _contradict(plan: np.ndarray, season: np.ndarray, plan_scale: np.ndarray, season_scale: np.ndarray) -> np.ndarray:
    """Where plan and season differ by more than their usual errors explain: what was spent is a fact, the plan was an intention."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.abs(np.log(season / plan)) > FAR_APART * (plan_scale + season_scale)


def _combine(plan: np.ndarray, season: np.ndarray, plan_scale: np.ndarray, season_scale: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = season_scale**-2 / (season_scale**-2 + plan_scale**-2)
        mean = np.exp(weight * np.log(season) + (1 - weight) * np.log(plan))
    return np.where(np.isnan(mean), np.where(np.isnan(season), plan, season), mean)


def _choose(ways: dict[str, np.ndarray], known: np.ndarray, t: int) -> str:
    """The way with the smallest money-weighted absolute error so far, on the rows that every way could project; the plan before that is known."""
    both = np.isfinite(known)
    for way in WAYS:
        both &= np.isfinite(ways[way][:, :t])
    if both.sum() < LEAST_ERRORS:
        return "plan"
    return min(WAYS, key=lambda way: np.abs(ways[way][:, :t] - known)[both].sum())
