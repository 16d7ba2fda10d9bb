"""Do the weights add up, in all and by level 1?"""

import numpy as np
import pandas as pd

from perfanalysis.rules import RuleBook
from perfanalysis.rules.model import LEVELS
from perfanalysis.scoring.columns import numbers, texts
from perfanalysis.scoring.projects import SAME_POINTS, locate_projects


def check_weights(projects: pd.DataFrame, indicators: pd.DataFrame, rulebook: RuleBook) -> pd.DataFrame:
    """What the weights of each project add up to, and what the rule-book wants.

    Parameters
    ----------
    projects : one row per project × year
        Only the key is read.
    indicators : one row per project × year × indicator
        Reads ``weight`` (points) and ``level1``.

    Returns
    -------
    One row per project × year × group, in the order of ``projects``; projects without indicators have none
        ``project``, ``year``, ``group`` (``total``: execution and all indicators; else level-1 kinds joined by ``+``), ``weight`` and
        ``wanted`` (points; weight is missing where a line states none), ``difference`` (weight − wanted), ``differs``, ``rule``, ``source``, ``verified``.
        Groups are given only where the rule-book splits the weights and every line names its level 1.
    """
    columns = ["project", "year", "group", "weight", "wanted", "difference", "differs", "rule", "source", "verified"]
    clause = rulebook.clause("rule.weights")
    size = len(projects)
    place = locate_projects(indicators, projects)
    mine = place >= 0
    place = place[mine]
    weight, level = numbers(indicators, "weight")[mine], texts(indicators, "level1")[mine]

    def total(values):
        return np.bincount(place, weights=np.asarray(values, dtype=float), minlength=size)

    lines, unstated = total(np.ones(len(place))), total(np.isnan(weight))
    unnamed = total(level == "")
    by_level = {name: total(np.where(level == name, np.nan_to_num(weight), 0)) for name in LEVELS}
    present = {name: total(level == name) > 0 for name in LEVELS}

    parts = [_rows(lines > 0, "total", rulebook.execution_weight + total(np.nan_to_num(weight)), rulebook.total)]
    open_yet = (lines > 0) & (unnamed == 0)
    for weights in rulebook.weight_sets:
        fits = open_yet & np.logical_and.reduce([present[name] for name in weights.has] or [open_yet])
        fits &= ~np.logical_or.reduce([present[name] for name in weights.lacks] or [~open_yet])
        open_yet &= ~fits
        if len(weights.groups) > 1:
            parts += [_rows(fits, group.code, sum(by_level[name] for name in group.levels), group.weight) for group in weights.groups]
    found = pd.concat(parts, ignore_index=True).sort_values("place", kind="stable")
    where = found["place"].to_numpy()
    weight = np.where(unstated[where] > 0, np.nan, found["weight"].to_numpy())
    difference = np.round(weight - found["wanted"].to_numpy(), 6)
    frame = pd.DataFrame({
        "project": projects["project"].to_numpy()[where],
        "year": projects["year"].to_numpy()[where],
        "group": found["group"].to_numpy(),
        "weight": np.round(weight, 6),
        "wanted": found["wanted"].to_numpy(),
        "difference": difference,
        "differs": np.abs(difference) > SAME_POINTS,
        "rule": clause.code, "source": clause.source, "verified": clause.verified,
    })
    return frame[columns].reset_index(drop=True)


def _rows(where: np.ndarray, group: str, weight: np.ndarray, wanted: float) -> pd.DataFrame:
    places = np.flatnonzero(where)
    return pd.DataFrame({
        "place": places, "group": pd.Series(group, index=range(len(places)), dtype="str"), "weight": weight[places],
        "wanted": float(wanted),
    })
