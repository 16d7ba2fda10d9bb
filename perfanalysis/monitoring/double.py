"""Double monitoring: execution of the budget against achievement of the targets, and what follows for the funds."""

import pandas as pd

#: quadrant → (targets met, money spent); the opinion on the funds has the quadrant's name in the catalogues.
QUADRANTS = {
    "met_spent": (True, True),
    "met_unspent": (True, False),
    "missed_spent": (False, True),
    "missed_unspent": (False, False),
}


def measure_achievement(indicators: pd.DataFrame) -> pd.DataFrame:
    """How far each project achieved its targets.

    Parameters
    ----------
    indicators : one row per project × year × indicator, scored
        Reads ``weight`` and ``points`` (points; missing where nothing could be scored).

    Returns
    -------
    One row per project × year
        ``achievement`` (ratio: points ÷ weight of the scored indicators; missing where none was scored), ``scored_weight``,
        ``weight`` (points), ``indicators``, ``unscored`` (counts).
    """
    scored = indicators["points"].notna() & indicators["weight"].notna()
    frame = indicators[["project", "year"]].assign(
        points=indicators["points"].where(scored),
        scored_weight=indicators["weight"].where(scored),
        weight=indicators["weight"],
        indicators=1,
        unscored=(~scored).astype(int),
    )
    summed = frame.groupby(["project", "year"], as_index=False)[["points", "scored_weight", "weight", "indicators", "unscored"]].sum(min_count=1)
    summed["achievement"] = (summed["points"] / summed["scored_weight"]).where(summed["scored_weight"] > 0)
    return summed.drop(columns="points")


def monitor_projects(projects: pd.DataFrame, *, targets_met: float, execution_from: float) -> pd.DataFrame:
    """Place each project by execution and achievement, and say what its unspent funds call for.

    Parameters
    ----------
    projects : one row per project × year
        Reads ``execution_rate`` and ``achievement`` (ratios), ``budget`` and ``executed`` (money).
    targets_met, execution_from : ratios from which targets count as met and money as spent.

    Returns
    -------
    One row per input row, same index and order
        ``quadrant`` (a key of ``QUADRANTS``; missing where either side is), ``unspent`` (money: budget less executed, at least 0).

    Source
    ------
    Double monitoring as the article describes it: targets met but execution low calls for an opinion on adjusting the project and on
    disposing of its funds. The two thresholds are this project's and stand in the report's method section.
    """
    known = projects["execution_rate"].notna() & projects["achievement"].notna()
    met = projects["achievement"].round(9) >= targets_met
    spent = projects["execution_rate"].round(9) >= execution_from
    quadrant = pd.Series(float("nan"), index=projects.index, dtype="str")
    for name, (is_met, is_spent) in QUADRANTS.items():
        quadrant[known & (met == is_met) & (spent == is_spent)] = name
    return pd.DataFrame(
        {"quadrant": quadrant, "unspent": (projects["budget"] - projects["executed"]).clip(lower=0)}, index=projects.index
    )
