"""Budget and spending over three years → what PEFA 2016 measures: PI-1, PI-2 and, where there is revenue, PI-3."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from perfanalysis.rules.framework_model import Framework

#: PEFA compares so many of the largest heads one by one, or as many as have this share of the budget, and the rest as one line.
MAIN_HEADS, MAIN_SHARE = 20, 0.75


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
        ``budget``, ``actual`` (money), ``ratio`` (actual ÷ budget), ``off`` (Σ|a − b′|, money) and ``expected`` (Σb′, money; b′ = b · Σa ÷ Σb) over the lines
        of ``explain_composition``, ``variance`` (off ÷ expected), ``contingency_share`` (spent from contingency ÷ budget; missing where no head is
        named), ``heads`` (counted), ``lines`` (of the composition), ``left_out`` (heads lacking an amount).

    Source
    ------
    PEFA 2016, PI-1, PI-2.1 and PI-2.3 and the Secretariat's worksheets.
    """
    contingency, interest = set(contingency), set(interest)
    known = heads.dropna(subset=["budget", "actual"])
    years = known.groupby("year")[["budget", "actual"]].sum()
    years["ratio"] = (years["actual"] / years["budget"]).where(years["budget"] > 0)
    lines = explain_composition(heads, contingency=contingency, interest=interest).groupby("year")
    years[["off", "expected"]] = lines[["off", "expected"]].sum(min_count=1).reindex(years.index)
    years["variance"] = years["off"] / years["expected"].where(years["expected"] > 0)
    if contingency:
        reserves = known[known["head"].isin(contingency)].groupby("year")["actual"].sum().reindex(years.index)
        years["contingency_share"] = reserves / years["budget"].where(years["budget"] > 0)
    else:
        years["contingency_share"] = np.nan
    years["heads"] = known.groupby("year").size()
    years["lines"] = lines.size().reindex(years.index).fillna(0).astype("int64")
    years["left_out"] = (heads.groupby("year").size() - years["heads"]).reindex(years.index).fillna(0).astype("int64")
    return years.reset_index()


def explain_composition(heads: pd.DataFrame, *, contingency: Iterable[str] = (), interest: Iterable[str] = ()) -> pd.DataFrame:
    """The lines behind PI-2.1, row by row, without contingency and interest.

    Parameters
    ----------
    heads, contingency, interest : as for ``measure_outturn``

    Returns
    -------
    One row per line × year, the largest budget first
        ``head`` (empty for all other heads together), ``heads`` (how many stand in the line), ``budget``, ``actual``, ``expected`` (b′), ``off`` (|a − b′|; money).

    Source
    ------
    PEFA Handbook, dimension 2.1, data requirements: with more than 20 heads the largest that together make up 75 % of the budget, at least 20, and
    one line for the rest (https://www.pefa.org/node/4871).
    """
    composed = heads.dropna(subset=["budget", "actual"])
    composed = composed[~composed["head"].isin({*contingency, *interest})].sort_values(["year", "budget", "head"], ascending=[True, False, True], kind="stable")
    by_year = composed.groupby("year")
    before = by_year["budget"].cumsum() - composed["budget"]
    own = (by_year.cumcount() < MAIN_HEADS) | (before < MAIN_SHARE * by_year["budget"].transform("sum"))
    lines = composed.assign(head=composed["head"].where(own, ""), heads=1, order=(~own).astype(int))
    lines = lines.groupby(["year", "order", "head"], sort=False)[["heads", "budget", "actual"]].sum().reset_index().drop(columns="order")
    sums = lines.groupby("year")[["budget", "actual"]].transform("sum")
    expected = lines["budget"] * sums["actual"] / sums["budget"].where(sums["budget"] > 0)
    return lines.assign(expected=expected, off=(lines["actual"] - expected).abs())


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
