"""The course of spending, month by month, with the rush at the end of the year that real budgets have."""

import numpy as np
import pandas as pd

from perfanalysis.demo import material as m

#: Shares of a year's spending that fall into January to December, per cent. December 17.9: China's general public expenditure of
#: 2013 (January–November 114,697, year 139,744 in 100 million yuan); the other months sum to 82.1, higher at quarters' ends.
MONTHS = np.array([5.6, 5.2, 7.8, 7.0, 7.3, 9.6, 7.3, 7.2, 9.2, 7.5, 8.4, 17.9])
#: December's share differs between departments (mean, standard deviation, least and most) and never exceeds the cap in a project.
DECEMBER = (0.179, 0.018, 0.12, 0.20)
DECEMBER_CAP = 0.235
#: Spread of a project's months around its department's (Dirichlet concentration): larger is smoother.
SMOOTHNESS = 350.0
#: Departments project their year-end too high, by this share of it (mean, standard deviation), in June, September and November.
OPTIMISM, PROJECTED_IN = (0.035, 0.025), (6, 9, 11)


def make_execution(rng: np.random.Generator, projects: pd.DataFrame, rush: dict[str, float]) -> pd.DataFrame:
    """The table ``execution``: cumulative months of every project, and of every unit as the sum of its projects.

    ``projects`` has ``project``, ``unit``, ``year``, ``funding``, ``budget_adjusted`` and ``executed`` (yuan). ``rush`` names the departments whose 2020 ends in
    a rush, with December's share. Bond projects, and so districts, begin in July 2020, when the bonds had been issued.
    """
    shares = _draw_months(rng, projects, rush)
    cumulative = np.round(np.cumsum(shares, axis=1) * projects["executed"].to_numpy()[:, None], -2)
    cumulative[:, -1] = projects["executed"]
    n = len(projects)
    months = pd.DataFrame({
        "unit": np.repeat(projects["unit"].to_numpy(), 12),
        "project": np.repeat(projects["project"].to_numpy(), 12),
        "year": np.repeat(projects["year"].to_numpy(), 12),
        "month": np.tile(np.arange(1, 13), n),
        "budget": np.repeat(projects["budget_adjusted"].to_numpy(), 12),
        "executed_to_date": cumulative.ravel(),
        "bond": np.repeat(projects["funding"].eq("special_bond").to_numpy(), 12),
    })
    months["period_end"] = pd.to_datetime(months[["year", "month"]].assign(day=1)) + pd.offsets.MonthEnd(0)
    whole = months.groupby(["unit", "year", "month", "period_end"], as_index=False)[["budget", "executed_to_date"]].sum()
    only_bonds = months.groupby(["unit", "year"])["bond"].transform("all")
    districts = months.loc[only_bonds, "unit"].unique()
    whole = whole[~(whole["unit"].isin(districts) & whole["month"].lt(7))]
    final = whole.groupby(["unit", "year"])["executed_to_date"].transform("max")
    guess = np.minimum(final * (1 + np.abs(rng.normal(*OPTIMISM, len(whole)))), whole["budget"])
    whole["projected"] = np.round(guess, -3).where(whole["month"].isin(PROJECTED_IN) & ~whole["unit"].isin(districts))
    months = months[~(months["bond"] & months["month"].lt(7))]
    table = pd.concat([whole.assign(project=np.nan), months.assign(projected=np.nan)], ignore_index=True)
    table["project"] = table["project"].astype("str")
    return table[["unit", "project", "year", "period_end", "budget", "executed_to_date", "projected"]]


def _draw_months(rng: np.random.Generator, projects: pd.DataFrame, rush: dict[str, float]) -> np.ndarray:
    """One row per project: shares of its year that fall into each month, summing to 1."""
    units = projects["unit"].unique()
    mean, spread, least, most = DECEMBER
    usual = pd.Series(np.clip(rng.normal(mean, spread, len(units)), least, most), index=units)
    december = projects["unit"].map(usual).to_numpy()
    rest = np.tile(MONTHS[:11], (len(projects), 1))
    # the epidemic delayed the spring of 2020; bonds were issued in June and July
    rest[:, 1:4] *= np.where(projects["year"].eq(2020), 0.7, 1.0)[:, None]
    rest[projects["funding"].eq("special_bond").to_numpy(), :6] = 0.0
    rest *= ((1 - december) / rest.sum(axis=1))[:, None]
    expected = np.column_stack([rest, december])
    drawn = rng.standard_gamma(np.maximum(expected * SMOOTHNESS, 1e-12)) * (expected > 0)
    shares = drawn / drawn.sum(axis=1, keepdims=True)
    year_end = np.minimum(shares[:, 11], DECEMBER_CAP)
    hurried = projects["year"].eq(m.YEAR) & projects["funding"].ne("special_bond")
    year_end = np.where(hurried & projects["unit"].isin(rush), projects["unit"].map(rush).astype("float64"), year_end)
    shares[:, :11] *= ((1 - year_end) / shares[:, :11].sum(axis=1))[:, None]
    shares[:, 11] = year_end
    return shares
