"""A policy or project over its years: cumulative money, what it achieved, and whether it should continue, be adjusted or end."""

import numpy as np
import pandas as pd

from perfanalysis.monitoring import measure_achievement
from perfanalysis.rules.life_cycle import DECISIONS, LifeCycleRules


def measure_years(projects: pd.DataFrame, scored: pd.DataFrame | None = None) -> pd.DataFrame:
    """Money and achievement of one project by year, and the money since the first year.

    Parameters
    ----------
    projects : one row per year of the project
        Reads ``year``, ``budget_initial``, ``budget_adjusted``, ``executed`` (yuan), ``self_score`` (points), ``start_year``, ``end_year``.
    scored : its indicators of all years, scored (``score_indicators``), or None where there are none

    Returns
    -------
    One row per year, ascending
        ``budget`` (adjusted, else initial), ``executed``, ``budget_total`` and ``executed_total`` (yuan since the first year in the data;
        missing from the first year on that lacks the amount), ``execution_rate``, ``achievement`` (ratio), ``indicators``, ``met`` (counts;
        missing without indicators), ``growth`` (ratio, of the budget since the year before; missing without one).
    """
    frame = projects.sort_values("year").reset_index(drop=True)
    frame["budget"] = frame["budget_adjusted"].fillna(frame["budget_initial"])
    for name in ("budget", "executed"):
        # a sum over a gap would be too small without saying so
        known = frame[name].notna().cummin()
        frame[f"{name}_total"] = frame[name].cumsum().where(known)
    frame["execution_rate"] = (frame["executed"] / frame["budget"]).where(frame["budget"] > 0)
    before = frame["budget"].shift().where(frame["year"].diff().eq(1).fillna(False))
    frame["growth"] = (frame["budget"] / before - 1).where(before > 0)
    if scored is None or scored.empty:
        return frame.assign(achievement=np.nan, indicators=np.nan, met=np.nan)
    met = scored["met"].eq("yes").groupby(scored["year"]).sum().rename("met")
    reached = measure_achievement(scored)[["year", "achievement", "indicators"]]
    return frame.merge(reached, on="year", how="left").merge(met, left_on="year", right_index=True, how="left")


def weigh_reasons(years: pd.DataFrame, reviews: pd.DataFrame | None, rules: LifeCycleRules) -> pd.DataFrame:
    """Every reason to end or adjust, tested on the years so far.

    Parameters
    ----------
    years : ``measure_years`` up to the report's year
    reviews : independent evaluations of the project (``year``, ``score`` in points), or None

    Returns
    -------
    One row per reason of the rules
        ``reason``, ``decision``, ``threshold``, ``unit``, ``value`` (of the project; missing where there are no data), ``holds`` (missing
        where it cannot be tested).
    """
    last = years.iloc[-1]
    year = int(last["year"])
    before = years[years["year"] == year - 1]
    earlier = before.iloc[0] if len(before) else None
    scores = reviews.dropna(subset=["score"]) if reviews is not None else pd.DataFrame(columns=["year", "score"])
    latest = scores[scores["year"] == scores["year"].max()]["score"].mean() if len(scores) else np.nan
    worst_of_two = np.nan if earlier is None else max(last["achievement"], earlier["achievement"]) if earlier["achievement"] == earlier["achievement"] else np.nan
    fell = earlier is not None and last["achievement"] < earlier["achievement"]
    comparable = earlier is not None and pd.notna(last["achievement"]) and pd.notna(earlier["achievement"])
    values = {
        "term_over": float(last["end_year"]) if pd.notna(last["end_year"]) else np.nan,
        "missed_repeatedly": worst_of_two if pd.notna(last["achievement"]) else np.nan,
        "review_failed": latest, "review_weak": latest,
        "missed": last["achievement"], "unspent": last["execution_rate"],
        "growth_without_result": last["growth"] if comparable else np.nan,
    }
    rows = []
    for reason in rules.reasons:
        value = values[reason.code]
        if pd.isna(value):
            holds = pd.NA
        elif reason.code == "term_over":
            holds = value <= year
        elif reason.code == "growth_without_result":
            holds = bool(fell and value > reason.value)
        else:
            holds = bool(round(value, 9) < reason.value)
        rows.append((reason.code, reason.decision, reason.value, reason.unit or "year", value, holds))
    frame = pd.DataFrame(rows, columns=["reason", "decision", "threshold", "unit", "value", "holds"])
    return frame.astype({"holds": "boolean"})




def decide_life_cycle(tested: pd.DataFrame) -> str:
    """``end``, ``adjust`` or ``continue``: the gravest decision among the reasons that hold; ``open`` where none could be tested on results.

    Parameters
    ----------
    tested : ``weigh_reasons``
    """
    holding = set(tested.loc[tested["holds"].fillna(False), "decision"])
    for decision in DECISIONS:
        if decision in holding:
            return decision
    results = tested[~tested["reason"].isin(["term_over", "unspent"])]
    return "continue" if results["holds"].notna().any() else "open"


def follow_indicators(scored: pd.DataFrame) -> pd.DataFrame:
    """Benefit and satisfaction indicators that stand in two years or more: one row per indicator × year, to compare the years.

    Parameters
    ----------
    scored : the project's indicators of all years; reads ``level1``, ``level3``, ``year``
    """
    outcome = scored[scored["level1"].isin(["benefit", "satisfaction"])]
    years = outcome.groupby(["level1", "level3"])["year"].transform("nunique")
    return outcome[years >= 2].sort_values(["level1", "level3", "year"], kind="stable").reset_index(drop=True)
