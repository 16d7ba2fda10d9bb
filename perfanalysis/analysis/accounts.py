"""Money by the four budget accounts, each amount counted once."""

import pandas as pd

_MONEY = ["budget_initial", "budget", "executed"]


def split_accounts(projects: pd.DataFrame, by: list[str] | None = None) -> pd.DataFrame:
    """Sum money by account, with what is counted at another level set apart.

    Parameters
    ----------
    projects : one row per project of one year; reads ``account``, ``budget_initial``, ``budget``, ``executed`` (money) and, where the data has it, ``transferred`` (flag: the
        money is passed on and counted again where it is spent).
    by : further columns to split by.

    Returns
    -------
    One row per account (missing ones last) × ``by``
        ``projects`` (count), ``budget_initial``, ``budget``, ``executed`` (money, transfers left out), ``transferred_projects`` (count), ``transferred_budget`` (money left out),
        ``execution_rate`` (ratio)
    """
    keys = ["account", *(by or [])]
    passed = _flag(projects)
    frame = projects[keys].assign(
        projects=(~passed).astype(int), transferred_projects=passed.astype(int), transferred_budget=projects["budget"].where(passed, 0.0),
        **{name: projects[name].where(~passed) for name in _MONEY},
    )
    names = ["projects", *_MONEY, "transferred_projects", "transferred_budget"]
    summed = frame.groupby(keys, as_index=False, dropna=False)[names].sum(min_count=1)
    return summed.assign(execution_rate=(summed["executed"] / summed["budget"]).where(summed["budget"] > 0))


def _flag(projects: pd.DataFrame) -> pd.Series:
    if "transferred" not in projects:
        return pd.Series(False, index=projects.index)
    return projects["transferred"].fillna(False).astype(bool)
