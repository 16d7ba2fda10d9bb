"""Signals in the months of a unit: what a month spends beside its usual, on an XmR chart and a CUSUM. Never on cumulative amounts."""

import numpy as np
import pandas as pd

from perfanalysis.monitoring.projection import POOL_YEARS

#: Of a moving range of two values from a normal series: 3 ÷ d₂ and D₄, with d₂ = 2/√π = 1.128 and d₃ = 0.853 (Shewhart's constants for n = 2).
LIMIT_FACTOR, RANGE_FACTOR, D2 = 2.66, 3.267, 1.128
#: Reference value and decision limit of the CUSUM in standard deviations: tuned to a shift of one, a false alarm every 465 periods (Montgomery, Introduction to
#: Statistical Quality Control).
REFERENCE, DECISION = 0.5, 5.0
#: Fewer periods of earlier years give no limits.
LEAST_PERIODS = 20
RULES = ("outside", "run", "trend", "two_of_three", "cusum")


def adjust_season(courses: pd.DataFrame, year: int) -> pd.DataFrame:
    """What each unit spent in a period, as a multiple of what is usual for that period of the year.

    Parameters
    ----------
    courses : one row per unit × year × month up to the report's day, of ``lay_out_courses``; reads ``budget``, ``executed_to_date``
    year : the running year; what is usual comes from the years before

    Returns
    -------
    One row per unit × year × month whose spending is known
        ``spent`` (money, in this period alone), ``usual`` (money: budget × the share of it that this period takes in earlier years, the average unit's counting
        for ``POOL_YEARS`` years), ``level`` (number: spent ÷ usual).
    """
    rows = courses.sort_values(["series", "year", "month"], kind="stable")
    by_year = rows.groupby(["series", "year"])["executed_to_date"]
    first = ~rows.duplicated(["series", "year"])
    rows = rows.assign(spent=rows["executed_to_date"] - by_year.shift().mask(first, 0.0))
    # a first report later in the year holds several periods at once
    rows = rows[~first | (rows["month"] == rows["month"].min())]
    rows = rows[(rows["budget"] > 0) & rows["spent"].notna()]
    earlier = rows[rows["year"] < year]
    pooled = earlier.groupby("month")[["spent", "budget"]].sum()
    pooled = (pooled["spent"] / pooled["budget"]).rename("pooled")
    own = earlier.assign(share=earlier["spent"] / earlier["budget"]).groupby(["series", "month"])["share"].agg(["sum", "count"])
    rows = rows.join(own, on=["series", "month"]).join(pooled, on="month")
    share = (rows["sum"].fillna(0) + POOL_YEARS * rows["pooled"]) / (rows["count"].fillna(0) + POOL_YEARS)
    usual = (rows["budget"] * share).where(share > 0)
    return rows.assign(usual=usual, level=rows["spent"] / usual)[["series", "year", "month", "spent", "usual", "level"]].dropna(subset=["level"]).reset_index(drop=True)


def measure_signals(levels: pd.Series, baseline: int) -> pd.DataFrame:
    """XmR chart and CUSUM of one unit's levels.

    Parameters
    ----------
    levels : in the order of time
    baseline : so many of the first values set centre and limits; they are never signals themselves

    Returns
    -------
    One row per value, same index and order
        ``centre``, ``low``, ``high`` (numbers: the limits), ``cusum_up``, ``cusum_down`` (standard deviations), and a flag for each of ``RULES``: outside the
        limits; 7 on one side of the centre; 7 rising or falling; 2 of 3 beyond two thirds of a limit on one side; CUSUM beyond its decision limit.

    Source
    ------
    Centre ± 2.66 × mean moving range, ranges of 3.267 times their mean and more left out once; CUSUM with k = 0.5 and h = 5.
    """
    values = levels.to_numpy("float64")
    centre, half = measure_limits(values[:baseline])
    found = _find_rules(values[None, :], np.array([centre]), np.array([half]), baseline)
    return pd.DataFrame(
        {"centre": centre, "low": centre - half, "high": centre + half, **{name: found[name][0] for name in ("cusum_up", "cusum_down", *RULES)}}, index=levels.index
    )


def measure_limits(values: np.ndarray) -> tuple[float, float]:
    """Centre and half width of the XmR limits.

    >>> centre, half = measure_limits(np.array([1.0, 2.0, 1.0, 2.0]))
    >>> centre, round(half, 2)  # every moving range is 1
    (1.5, 2.66)
    """
    ranges = np.abs(np.diff(values))
    kept = ranges[ranges < RANGE_FACTOR * ranges.mean()] if ranges.any() else ranges
    return float(values.mean()), LIMIT_FACTOR * float(kept.mean())


def simulate_false_alarms(baseline: int, length: int, rng: np.random.Generator, *, units: int = 2000) -> dict[str, float]:
    """The share of units with at least one signal in ``length`` periods where nothing happened, limits set by ``baseline`` periods: one ratio per rule, and ``any``."""
    values = rng.normal(size=(units, baseline + length))
    centre, half = (np.array(part) for part in zip(*(measure_limits(row[:baseline]) for row in values), strict=True))
    found = _find_rules(values, centre, half, baseline)
    shares = {rule: float(found[rule].any(axis=1).mean()) for rule in RULES}
    return {**shares, "any": float(np.any([found[rule].any(axis=1) for rule in RULES], axis=0).mean())}


def _find_rules(values: np.ndarray, centre: np.ndarray, half: np.ndarray, baseline: int) -> dict[str, np.ndarray]:
    """The rules on many units at once: a row a unit."""
    centre, half = centre[:, None], half[:, None]
    away = values - centre
    side = np.sign(away)
    step = np.sign(np.diff(values, axis=1, prepend=np.nan))
    up, down = np.zeros_like(values), np.zeros_like(values)
    scale = half / LIMIT_FACTOR / D2
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.nan_to_num(away / scale)
    for t in range(baseline, values.shape[1]):
        up[:, t] = np.maximum(0, up[:, t - 1] + z[:, t] - REFERENCE)
        down[:, t] = np.maximum(0, down[:, t - 1] - z[:, t] - REFERENCE)
    found = {
        "outside": np.abs(away) > half,
        "run": _all_of(side > 0, 7) | _all_of(side < 0, 7),
        # seven values that rise are six steps up
        "trend": _all_of(step > 0, 6) | _all_of(step < 0, 6),
        "two_of_three": _two_of_three(away > half * 2 / 3) | _two_of_three(away < -half * 2 / 3),
        "cusum": (up > DECISION) | (down > DECISION),
    }
    for flags in found.values():
        flags[:, :baseline] = False
    return {**found, "cusum_up": up, "cusum_down": down}


def _all_of(flags: np.ndarray, count: int) -> np.ndarray:
    sums = np.cumsum(flags, axis=1)
    return sums - np.pad(sums, ((0, 0), (count, 0)))[:, : flags.shape[1]] == count


def _two_of_three(flags: np.ndarray) -> np.ndarray:
    sums = np.cumsum(flags, axis=1)
    return flags & (sums - np.pad(sums, ((0, 0), (3, 0)))[:, : flags.shape[1]] >= 2)
