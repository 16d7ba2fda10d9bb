"""Points for budget execution."""

import numpy as np
import pandas as pd

from perfanalysis.rules import RuleBook, round_points
from perfanalysis.scoring.columns import gather_codes, numbers


def score_execution(projects: pd.DataFrame, rulebook: RuleBook) -> pd.DataFrame:
    """Execution rate and points of every project.

    Parameters
    ----------
    projects : one row per project × year
        Reads ``budget_adjusted``, ``budget_initial`` and ``executed`` (money; any of them may be missing).

    Returns
    -------
    One row per input row, same index and order
        ``budget`` (money: adjusted, or initial where that is missing), ``execution_rate`` (ratio, uncapped; missing where there is no
        budget or nothing is known of execution), ``execution_points`` (0 to ``execution_weight``, rounded as printed; missing where it
        cannot be scored), ``execution_weight`` (points), ``rule`` (the rule or convention that decided), ``conventions`` (every
        convention that touched the row), ``needs_reason`` (the rule-book asks for a reason at such a rate).

    Source
    ------
    The rule-book's clause on execution; conventions: ``perfanalysis.rules.conventions``.

    >>> from perfanalysis.rules import load_rulebook
    >>> form = pd.DataFrame({"budget_adjusted": [250_000.0], "executed": [215_457.6]})
    >>> score_execution(form, load_rulebook("mof-2020"))["execution_points"].tolist()
    [8.62]
    """
    adjusted, initial, executed = (numbers(projects, name) for name in ("budget_adjusted", "budget_initial", "executed"))
    fallback = np.isnan(adjusted) & ~np.isnan(initial)
    budget = np.where(np.isnan(adjusted), initial, adjusted)
    missing = np.isnan(budget) | np.isnan(executed)
    no_budget = ~missing & (budget <= 0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rate = np.where(missing | no_budget, np.nan, executed / budget)

    weight = rulebook.execution_weight
    by_steps = rulebook.execution_method == "steps"
    # a rate that differs from a limit by less than a float can tell is the limit
    near = np.round(rate, 9)
    if by_steps:
        starts = np.array([step.start for step in rulebook.execution_steps[::-1]])
        gives = np.array([step.gives for step in rulebook.execution_steps[::-1]])
        points = gives[np.clip(np.searchsorted(starts, near, side="right") - 1, 0, len(gives) - 1)]
        over = near > 1
        points = np.where(np.isnan(rate) | over, np.nan, points)
    else:
        over = np.zeros(len(projects), dtype=bool)
        points = weight * np.clip(rate, 0, 1)

    rule = np.select(
        [missing, no_budget, over],
        ["convention.execution_missing", "convention.budget_not_positive", "convention.over_budget"],
        f"rule.execution_{rulebook.execution_method}",
    )
    flags = {
        "convention.initial_budget": fallback,
        "convention.completion_by_spending": by_steps & ~np.isnan(points),
        "convention.execution_missing": missing,
        "convention.budget_not_positive": no_budget,
        "convention.over_budget": over,
    }
    below = rulebook.reason_below
    return pd.DataFrame(
        {
            "budget": budget,
            "execution_rate": rate,
            "execution_points": round_points(points, rulebook.decimals),
            "execution_weight": np.full(len(projects), weight),
            "rule": pd.Series(rule, index=projects.index, dtype="str"),
            "conventions": gather_codes(flags, projects.index, "conventions"),
            "needs_reason": np.zeros(len(projects), dtype=bool) if below is None else near < below,
        },
        index=projects.index,
    )
