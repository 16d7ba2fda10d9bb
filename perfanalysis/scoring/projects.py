"""The score of each project, recomputed and submitted."""

import numpy as np
import pandas as pd

from perfanalysis.rules import RuleBook, round_points
from perfanalysis.scoring.columns import numbers, texts
from perfanalysis.scoring.execution import score_execution
from perfanalysis.scoring.indicators import score_indicators

KEY = ["project", "year"]
#: weights that differ by less than this add up: 33.33 + 33.33 + 33.34
SAME_POINTS = 0.01 + 1e-9


def score_projects(projects: pd.DataFrame, indicators: pd.DataFrame | None, rulebook: RuleBook) -> pd.DataFrame:
    """Total score and grade of every project by the rule-book, beside what was submitted.

    Parameters
    ----------
    projects : one row per project × year
        Reads what ``score_execution`` reads, ``unit``, ``execution_score`` and ``self_score`` (points).
    indicators : one row per project × year × indicator, or None
        Reads what ``score_indicators`` reads. Rows of other projects are left out.

    Returns
    -------
    One row per project × year, same index and order as ``projects``
        ``project``, ``year``, ``unit``, ``budget`` (money), ``execution_rate`` (ratio), ``execution_points``, ``indicator_points``
        (what could be scored), ``weight_scored``, ``weight_total``, ``partial`` (points so far), ``scored_share`` (ratio of the weight),
        ``recomputed`` (the total; missing unless everything that carries weight could be scored and the weights add up to the
        rule-book's total, or rescaled where the rule-book says so), ``grade``; ``submitted`` (the form's total), ``submitted_grade``,
        ``difference`` (submitted − recomputed), ``submitted_sum`` (what the form's own lines add up to; missing if any is),
        ``sum_difference`` (submitted − submitted_sum). All in points unless said otherwise.

    >>> scored = pa.score_projects(unit.data.of_year("projects"), unit.data.of_year("indicators"), pa.load_rulebook("mof-2020"))
    >>> scored[["submitted", "recomputed", "grade"]].values.tolist()
    [[90.5, 88.5, 'good'], [100.0, 100.0, 'excellent']]
    """
    execution = score_execution(projects, rulebook)
    scored = None if indicators is None else score_indicators(indicators, rulebook)
    return combine_scores(projects, indicators, execution, scored, rulebook)


def combine_scores(projects, indicators, execution, scored, rulebook) -> pd.DataFrame:
    """``score_projects`` from parts that are already scored."""
    lines = _sum_lines(projects, indicators, scored)
    weight = rulebook.execution_weight
    execution_points = execution["execution_points"].to_numpy()
    execution_known = ~np.isnan(execution_points)
    indicator_points = np.where(lines["lines"] > 0, lines["points"], np.nan)
    partial = np.nansum([execution_points, lines["points"]], axis=0)
    weight_scored = np.where(execution_known, weight, 0.0) + lines["weight_scored"]
    weight_total = weight + lines["weight"]
    anything = execution_known | (lines["scored"] > 0)
    complete = (execution_known | (weight == 0)) & (lines["lines"] > 0) & (lines["unscored"] == 0)
    if rulebook.unscored == "rescale":
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            recomputed = np.where(weight_scored > 0, partial / weight_scored * rulebook.total, np.nan)
        recomputed = np.where(lines["scored"] > 0, recomputed, np.nan)
    else:
        recomputed = np.where(complete & (np.abs(weight_total - rulebook.total) <= SAME_POINTS), partial, np.nan)
    recomputed = round_points(recomputed, rulebook.decimals)

    submitted = numbers(projects, "self_score")
    given = numbers(projects, "execution_score")
    submitted_sum = np.where((lines["lines"] > 0) & (lines["not_given"] == 0), lines["given"] + given, np.nan)
    submitted_sum = round_points(submitted_sum, 6)
    index = projects.index
    return pd.DataFrame(
        {
            "project": projects["project"],
            "year": projects["year"],
            "unit": pd.Series(texts(projects, "unit"), index=index, dtype="str") if "unit" in projects else pd.Series(np.nan, index=index, dtype="str"),
            "budget": execution["budget"],
            "execution_rate": execution["execution_rate"],
            "execution_points": execution_points,
            "indicator_points": round_points(indicator_points, rulebook.decimals),
            "weight_scored": weight_scored,
            "weight_total": weight_total,
            "recomputed": recomputed,
            "partial": np.where(anything, round_points(partial, rulebook.decimals), np.nan),
            "scored_share": np.where(weight_total > 0, weight_scored / np.where(weight_total > 0, weight_total, 1), np.nan),
            "grade": rulebook.grade(pd.Series(recomputed, index=index)),
            "submitted": submitted,
            "submitted_grade": rulebook.grade(pd.Series(submitted, index=index)),
            "difference": np.round(submitted - recomputed, 6),
            "submitted_sum": submitted_sum,
            "sum_difference": np.round(submitted - submitted_sum, 6),
        },
        index=index,
    )


def locate_projects(rows: pd.DataFrame, projects: pd.DataFrame) -> np.ndarray:
    """The position in ``projects`` of each row's project × year; −1 where there is none."""
    keys = pd.MultiIndex.from_frame(projects[KEY])
    return keys.get_indexer(pd.MultiIndex.from_frame(rows[KEY])) if len(rows) and len(projects) else np.full(len(rows), -1)


def _sum_lines(projects, indicators, scored) -> dict[str, np.ndarray]:
    """Sums over the indicators of each project, in the order of ``projects``."""
    size = len(projects)
    names = ("lines", "weight", "points", "scored", "weight_scored", "unscored", "given", "not_given")
    if indicators is None or indicators.empty:
        return {name: np.zeros(size) for name in names}
    place = locate_projects(indicators, projects)
    mine = place >= 0
    place = place[mine]
    weight, given = (numbers(indicators, name)[mine] for name in ("weight", "score"))
    points = scored["points"].to_numpy()[mine]
    known, stated = ~np.isnan(points), ~np.isnan(given)
    carries = weight != 0

    def total(values):
        return np.bincount(place, weights=values, minlength=size)

    return {
        "lines": total(np.ones(len(place))),
        "weight": total(np.nan_to_num(weight)),
        "points": total(np.nan_to_num(points)),
        "scored": total(known.astype(float)),
        "weight_scored": total(np.where(known, weight, 0.0)),
        "unscored": total((carries & ~known).astype(float)),
        "given": total(np.nan_to_num(given)),
        "not_given": total((carries & ~stated).astype(float)),
    }
