"""Budget and spending over three years → what PEFA 2016 measures: PI-1, PI-2 and, where there is revenue, PI-3."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from perfanalysis.rules.framework_model import Framework


def measure_outturn(heads: pd.DataFrame, *, contingency: Iterable[str] = (), interest: Iterable[str] = ()) -> pd.DataFrame:
    """How far spending lay from the original budget, in total and in composition.

    Parameters
    ----------
    heads : one row per head (department) × year
        Reads ``head``, ``year``, ``budget`` (as first approved) and ``actual`` (money). A head that lacks either is left out of both.
    contingency, interest : heads that are contingency reserves and interest; left out of the composition

    Returns
    -------
    One row per year
        ``budget``, ``actual`` (money), ``ratio`` (actual ÷ budget), ``variance`` (Σ|a − b′| ÷ Σb′ with b′ = b · Σa ÷ Σb over the heads without
        contingency and interest), ``contingency_share`` (spent from contingency ÷ budget; missing where no head is named), ``heads`` (counted),
        ``left_out`` (heads lacking an amount).

    Source
    ------
    PEFA 2016, PI-1, PI-2.1 and PI-2.3 and the Secretariat's worksheets.
    """
    contingency, interest = set(contingency), set(interest)
    known = heads.dropna(subset=["budget", "actual"])
    years = known.groupby("year")[["budget", "actual"]].sum()
    years["ratio"] = (years["actual"] / years["budget"]).where(years["budget"] > 0)
    composed = known[~known["head"].isin(contingency | interest)]
    sums = composed.groupby("year")[["budget", "actual"]].transform("sum")
    expected = composed["budget"] * sums["actual"] / sums["budget"].where(sums["budget"] > 0)
    by_year = pd.DataFrame({"year": composed["year"], "off": (composed["actual"] - expected).abs(), "expected": expected}).groupby("year").sum()
    years["variance"] = (by_year["off"] / by_year["expected"].where(by_year["expected"] > 0)).reindex(years.index)
    if contingency:
        reserves = known[known["head"].isin(contingency)].groupby("year")["actual"].sum().reindex(years.index)
        years["contingency_share"] = reserves / years["budget"].where(years["budget"] > 0)
    else:
        years["contingency_share"] = np.nan
    years["heads"] = known.groupby("year").size()
    years["left_out"] = (heads.groupby("year").size() - years["heads"]).reindex(years.index).fillna(0).astype("int64")
    return years.reset_index()


def explain_composition(heads: pd.DataFrame, *, contingency: Iterable[str] = (), interest: Iterable[str] = ()) -> pd.DataFrame:
    """The heads behind PI-2.1, one row per head × year: ``budget``, ``actual``, ``expected`` (b′), ``off`` (|a − b′|, money)."""
    composed = heads.dropna(subset=["budget", "actual"])
    composed = composed[~composed["head"].isin({*contingency, *interest})]
    sums = composed.groupby("year")[["budget", "actual"]].transform("sum")
    expected = composed["budget"] * sums["actual"] / sums["budget"].where(sums["budget"] > 0)
    return composed.assign(expected=expected, off=(composed["actual"] - expected).abs())


def pefa_assessments(outturn: pd.DataFrame, framework: Framework, unit: str, revenue: pd.DataFrame | None = None) -> pd.DataFrame:
    """The yearly values of PEFA's dimensions as rows of the table ``assessments``, for ``assess_units``.

    ``outturn`` is the result of ``measure_outturn``; ``revenue`` has ``year``, ``budget`` and ``actual`` (money), one row a year. Dimensions without data
    have no row, and their score stays missing.
    """
    columns = {"PI-1.1": "ratio", "PI-2.1": "variance", "PI-2.3": "contingency_share"}
    parts = [outturn[["year"]].assign(item=item, value=outturn[column]) for item, column in columns.items()]
    if revenue is not None and len(revenue):
        parts.append(revenue[["year"]].assign(item="PI-3.1", value=revenue["actual"] / revenue["budget"].where(revenue["budget"] > 0)))
    rows = pd.concat(parts, ignore_index=True).dropna(subset=["value"])
    return rows.assign(framework=framework.name, unit=unit, score=np.nan)[["framework", "unit", "year", "item", "value", "score"]]
