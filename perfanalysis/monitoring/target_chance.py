"""The chance that a project meets its targets: how often projects that looked like it at the same time of earlier years did."""

import numpy as np
import pandas as pd

from perfanalysis.monitoring.double import measure_achievement
from perfanalysis.monitoring.year_end import count_months, expect_achievement
from perfanalysis.rules import RuleBook
from perfanalysis.scoring import score_indicators

#: A chance is the share among so many earlier projects; with fewer than twice as many there is nobody to choose from.
NEIGHBOURS = 50
LEAST_CASES = 2 * NEIGHBOURS


def gather_cases(monitoring: pd.DataFrame, indicators: pd.DataFrame, rulebook: RuleBook, year: int, month: int, *, fiscal_year_start: int = 1) -> pd.DataFrame:
    """What was expected of projects at the same month of the years before ``year``, and what they achieved in the end.

    Parameters
    ----------
    monitoring : one row per project × year × day × indicator
    indicators : one row per project × year × indicator, with the final values

    Returns
    -------
    One row per project × year
        ``expected``, ``achieved`` (ratios: points ÷ weight of the scored indicators).
    """
    months = monitoring["as_of"].map(lambda day: count_months(day, fiscal_year_start))
    then = monitoring[(monitoring["year"] < year) & (months == month)]
    if then.empty:
        return pd.DataFrame({"project": pd.Series(dtype="str"), "year": pd.Series(dtype="int64"), "expected": pd.Series(dtype="float64"), "achieved": pd.Series(dtype="float64")})
    lines = indicators.merge(then[["project", "year", "indicator", "expected", "likelihood"]], on=["project", "year", "indicator"])
    expected = expect_achievement(lines, rulebook)[["project", "year", "achievement"]].rename(columns={"achievement": "expected"})
    final = measure_achievement(lines.join(score_indicators(lines, rulebook)[["points"]]))[["project", "year", "achievement"]]
    cases = expected.merge(final.rename(columns={"achievement": "achieved"}), on=["project", "year"])
    return cases.dropna(subset=["expected", "achieved"]).sort_values(["expected", "year", "project"], kind="stable", ignore_index=True)


def measure_target_chance(expected: pd.Series, cases: pd.DataFrame, *, targets_met: float) -> pd.Series:
    """The chance of each project to earn at least ``targets_met`` of its indicator points.

    Parameters
    ----------
    expected : ratio expected at year-end, one per project
    cases : of ``gather_cases``

    Returns
    -------
    Same index and order: of the ``NEIGHBOURS`` earlier projects whose expectation was nearest the share that met their targets, one case added on either side, so
    that it is never 0 or 1; missing where nothing is expected or fewer than ``LEAST_CASES`` earlier projects are known.
    """
    if len(cases) < LEAST_CASES:
        return pd.Series(np.nan, index=expected.index)
    known = expected.dropna()
    before, met = cases["expected"].to_numpy(), (cases["achieved"].round(9) >= targets_met).to_numpy()
    away = np.abs(known.to_numpy()[:, None] - before[None, :])
    # everybody who is as near as the last neighbour is one too: of many who expected everything no few are picked
    limit = np.partition(away, NEIGHBOURS - 1, axis=1)[:, NEIGHBOURS - 1 : NEIGHBOURS]
    near = away <= limit + 1e-12
    chance = ((near & met).sum(axis=1) + 1) / (near.sum(axis=1) + 2)
    return pd.Series(chance, index=known.index).reindex(expected.index)
