"""Scores of many projects at once: means, grades, targets met, conventions touched."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from perfanalysis.rules import CONVENTIONS, GRADES


def summarise_scores(scored: pd.DataFrame, by: str | Sequence[str] | None = None, *, score: str = "recomputed") -> pd.DataFrame:
    """Means and grades of groups of projects.

    Parameters
    ----------
    scored : one row per project × year, from ``score_projects`` (with further columns to group by, if wanted)
        Reads ``budget`` (money), and ``recomputed`` with ``grade`` or ``submitted`` with ``submitted_grade``, as ``score`` names.

    Returns
    -------
    One row per group, in sorted order (one row in all where ``by`` is None)
        ``projects``, ``scored`` (counts), ``mean`` (points), ``weighted_mean`` (points, by budget; over projects with a score and a budget),
        for each grade its count and, as ``share_<grade>``, its ratio of the scored. Means and shares of nothing are missing.
    """
    grade = {"recomputed": "grade", "submitted": "submitted_grade"}[score]
    keys = [by] if isinstance(by, str) else list(by or [])
    frame = scored[keys].assign(
        projects=1, scored=scored[score].notna().astype(int), sum=scored[score], base=scored["budget"].where(scored[score].notna()),
        product=scored[score] * scored["budget"], **{code: (scored[grade] == code).astype(int) for code in GRADES},
    )
    grouped = frame.groupby(keys, sort=True, dropna=False) if keys else frame.groupby(np.zeros(len(frame), dtype=int))
    sums = grouped.sum()
    if not keys:
        sums = sums.reindex([0], fill_value=0)
    known = sums["scored"].where(sums["scored"] > 0)
    made = sums[["projects", "scored"]].assign(
        mean=sums["sum"] / known, weighted_mean=sums["product"] / sums["base"].where(sums["base"] > 0),
        **{code: sums[code] for code in GRADES}, **{f"share_{code}": sums[code] / known for code in GRADES},
    )
    return made.reset_index(drop=not keys)


def summarise_attainment(indicators: pd.DataFrame, scored: pd.DataFrame, by: str | Sequence[str] | None = None) -> pd.DataFrame:
    """How many targets of groups of indicators were met.

    Parameters
    ----------
    indicators : one row per indicator, with the columns of ``by``
    scored : the result of ``score_indicators`` for the same rows

    Returns
    -------
    One row per group, in sorted order
        ``indicators``, ``met``, ``partly``, ``missed``, ``unknown`` (counts), ``met_share`` (ratio of those known; missing where none is).
    """
    keys = [by] if isinstance(by, str) else list(by or [])
    met = scored["met"].to_numpy(dtype=object)
    frame = indicators[keys].assign(
        indicators=1, met=(met == "yes").astype(int), partly=(met == "partly").astype(int), missed=(met == "no").astype(int),
        unknown=scored["met"].isna().to_numpy(dtype=int),
    )
    grouped = frame.groupby(keys, sort=True, dropna=False) if keys else frame.groupby(np.zeros(len(frame), dtype=int))
    sums = grouped.sum()
    if not keys:
        sums = sums.reindex([0], fill_value=0)
    known = (sums["indicators"] - sums["unknown"]).where(lambda count: count > 0)
    return sums.assign(met_share=sums["met"] / known).reset_index(drop=not keys)


def count_conventions(scored: pd.DataFrame) -> pd.DataFrame:
    """How many rows each convention touched: what a report must own up to.

    Parameters
    ----------
    scored : the result of ``score_indicators`` or ``score_execution``
        Reads ``conventions``.

    Returns
    -------
    One row per convention that touched any, in the order of ``perfanalysis.rules.CONVENTIONS``
        ``rule`` (catalogue code), ``indicators`` (count of the rows given), ``share`` (ratio of them), ``unscored`` (whether it leaves a row without
        points).
    """
    codes = scored["conventions"].dropna().str.split(" ").explode().value_counts()
    known = [f"convention.{name}" for name in CONVENTIONS if f"convention.{name}" in codes.index]
    return pd.DataFrame({
        "rule": pd.Series(known, dtype="str"),
        "indicators": pd.Series([int(codes[code]) for code in known], dtype="int64"),
        "share": pd.Series([codes[code] / len(scored) for code in known], dtype="float64"),
        "unscored": pd.Series([CONVENTIONS[code.removeprefix("convention.")] for code in known], dtype=bool),
    })
