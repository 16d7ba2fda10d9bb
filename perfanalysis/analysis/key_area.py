"""A key area as fiscal evaluation sees it: each item of the framework decision–process–output–benefit, as far as the data can measure it."""

from collections.abc import Mapping

import pandas as pd

from perfanalysis.analysis.library_match import check_indicators

#: Item → what the text of ``level2`` has where an indicator is of that kind.
_LEVEL2 = {"quantity": ("数量", "quantity"), "quality": ("质量", "quality"), "timeliness": ("时效", "timel"), "cost": ("成本", "cost")}
#: Item → the level 1 of its indicators.
_LEVEL1 = {"effect": "benefit", "satisfaction": "satisfaction"}


def measure_key_area(
    projects: pd.DataFrame, indicators: pd.DataFrame | None, tables: Mapping[str, pd.DataFrame], *, first_day: pd.Timestamp, approval_days: float,
    necessity: tuple[str, ...] = ("necessity", "立项必要性"),
) -> pd.DataFrame:
    """The items of the framework ``key-area`` that the data can measure, over all projects of the area in one year.

    Parameters
    ----------
    projects : one row per project
        Reads ``project``, ``funding``, ``budget`` (yuan), ``budget_initial``, ``executed``.
    indicators : one row per indicator, scored, with ``easy``; or None
    tables : rows of the year of ``targets``, ``monitoring``, ``problems``, ``ex_ante`` as far as the dataset has them
    first_day, approval_days : targets approved within so many days of the first day of the year count as approved with the budget
    necessity : texts of the criterion of ex-ante evaluation that asks whether a project is needed

    Returns
    -------
    One row per item that could be measured
        ``item``, ``value`` (ratio, or points for ``basis``), ``of`` (how many projects, indicators or scores it rests on).
    """
    rows: list[tuple[str, float, int]] = []

    def add(item: str, value: float, of: int) -> None:
        if of and value == value:
            rows.append((item, float(value), int(of)))

    if "ex_ante" in tables:
        given = tables["ex_ante"]
        given = given[given["project"].isin(projects["project"]) & given["criterion"].isin(necessity)]["score"].dropna()
        add("basis", given.mean(), len(given))
    # special bonds came during the year: neither targets nor budgets could be settled before it
    regular = projects[projects["funding"] != "special_bond"]
    money = regular.dropna(subset=["budget"])
    if "targets" in tables and money["budget"].sum() > 0:
        late = (tables["targets"]["approved_on"] - first_day).dt.days
        timely = tables["targets"].loc[late <= approval_days, "project"]
        add("procedure", money.loc[money["project"].isin(timely), "budget"].sum() / money["budget"].sum(), len(money))
    if indicators is not None and len(indicators):
        scored = indicators[indicators["points"].notna()]
        add("soundness", 1 - scored["easy"].astype("float64").mean(), len(scored))
        flags = check_indicators(indicators)
        add("clarity", 1 - (flags["vague"] | flags["unmeasurable"]).mean(), len(indicators))
    both = regular[regular["budget_initial"] > 0].dropna(subset=["budget"])
    if len(both):
        add("budgeting", (both["budget"] - both["budget_initial"]).abs().sum() / both["budget_initial"].sum(), len(both))
    known = projects.dropna(subset=["budget", "executed"])
    if known["budget"].sum() > 0:
        add("execution", known["executed"].sum() / known["budget"].sum(), len(known))
    if "problems" in tables and known["executed"].sum() > 0:
        found = tables["problems"].loc[tables["problems"]["project"].isin(projects["project"]), "amount"].sum()
        above = (known["executed"] - known["budget"]).clip(lower=0).sum()
        add("compliance", max(0.0, 1 - (found + above) / known["executed"].sum()), len(known))
    if "monitoring" in tables and indicators is not None and len(indicators):
        due = set(indicators["project"])
        add("practice", len(due & set(tables["monitoring"]["project"])) / len(due), len(due))
    if indicators is not None and len(indicators):
        level2 = indicators["level2"].fillna("").str.casefold()
        for item, texts in _LEVEL2.items():
            kind = level2.str.contains("|".join(texts)) | (indicators["level1"].eq("cost") if item == "cost" else False)
            add(item, *_earned(indicators[kind & ~indicators["level1"].isin(_LEVEL1.values())]))
        for item, level in _LEVEL1.items():
            add(item, *_earned(indicators[indicators["level1"] == level]))
    return pd.DataFrame(rows, columns=["item", "value", "of"])


def _earned(indicators: pd.DataFrame) -> tuple[float, int]:
    scored = indicators.dropna(subset=["points", "weight"])
    weight = scored["weight"].sum()
    return (scored["points"].sum() / weight if weight > 0 else float("nan")), len(scored)
