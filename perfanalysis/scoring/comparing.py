"""Every disagreement between what was submitted and what the rule-book gives, with the rule that decides it."""

import numpy as np
import pandas as pd

from perfanalysis.rules import RuleBook
from perfanalysis.scoring.columns import numbers, texts
from perfanalysis.scoring.execution import score_execution
from perfanalysis.scoring.indicators import score_indicators
from perfanalysis.scoring.projects import SAME_POINTS, combine_scores, locate_projects
from perfanalysis.scoring.weights import check_weights

#: in the order in which a report lists them
KINDS = ("execution_rate", "execution_points", "indicator_points", "band", "sum", "total", "grade", "weights")
_COLUMNS = ["project", "year", "unit", "indicator", "kind", "quantity", "submitted", "recomputed", "difference", "submitted_grade",
            "grade", "rule", "source", "verified"]


def compare_scores(projects: pd.DataFrame, indicators: pd.DataFrame | None, rulebook: RuleBook) -> pd.DataFrame:
    """What was submitted against what the rule-book gives.

    What rounding to the printed digits explains is not a disagreement: 0.01 points for a line, and for a rate half of its last printed
    digit (0.005 percentage points for 86.18 %, half a percentage point for 86 %). A total may differ by what its
    agreeing lines differ by, and 0.01. What could not be recomputed is not compared.

    Parameters
    ----------
    projects, indicators
        As for ``score_projects``; also reads ``execution_rate_stated`` (ratio).

    Returns
    -------
    One row per disagreement, by project in the order of ``projects``, then by kind
        ``project``, ``year``, ``unit``, ``indicator`` (empty for execution, sum, total and grade; for ``weights`` the group),
        ``kind`` (one of ``KINDS``), ``quantity`` (points or ratio), ``submitted``, ``recomputed``, ``difference`` (submitted − recomputed),
        ``submitted_grade`` and ``grade`` (codes, for kind ``grade``), ``rule`` (``rule.…`` or ``convention.…``), ``source`` (document,
        empty for a convention), ``verified``.

    >>> from perfanalysis.rules import load_rulebook
    >>> form = pd.DataFrame({"project": ["a"], "year": [2019], "budget_adjusted": [43.2], "executed": [37.24],
    ...                      "execution_rate_stated": [0.86], "execution_score": [9.0]})
    >>> compare_scores(form, None, load_rulebook("mof-2020"))[["kind", "submitted", "recomputed"]].values.tolist()
    [['execution_points', 9.0, 8.62]]

    >>> found = pa.compare_scores(unit.data.of_year("projects"), unit.data.of_year("indicators"), pa.load_rulebook("mof-2020"))
    >>> found[["project", "kind", "submitted", "recomputed"]].values.tolist()[0]
    ['P1', 'indicator_points', 18.0, 16.0]
    """
    execution = score_execution(projects, rulebook)
    scored = None if indicators is None else score_indicators(indicators, rulebook)
    totals = combine_scores(projects, indicators, execution, scored, rulebook)
    everyone = np.arange(len(projects))
    parts = []

    def add(where, kind, place, submitted, recomputed, rule, *, quantity="points", indicator=None):
        if not where.any():
            return
        parts.append(pd.DataFrame({
            "place": place[where], "kind": kind, "quantity": quantity, "indicator": "" if indicator is None else indicator[where],
            "submitted": submitted[where], "recomputed": recomputed[where], "rule": rule[where] if isinstance(rule, np.ndarray) else rule,
        }))

    rule = execution["rule"].to_numpy(dtype=object)
    stated, rate = numbers(projects, "execution_rate_stated"), execution["execution_rate"].to_numpy()
    add(np.abs(stated - rate) > _rate_slack(stated), "execution_rate", everyone, stated, rate,
        f"rule.execution_{rulebook.execution_method}", quantity="ratio")
    given, points = numbers(projects, "execution_score"), execution["execution_points"].to_numpy()
    slack = _explained(given, points)
    add(np.abs(given - points) > SAME_POINTS, "execution_points", everyone, given, points, rule)

    if indicators is not None and len(indicators):
        place = locate_projects(indicators, projects)
        mine = place >= 0
        given, points = numbers(indicators, "score"), scored["points"].to_numpy()
        rule = scored["rule"].to_numpy(dtype=object)
        differs = mine & (np.abs(given - points) > SAME_POINTS)
        band = rule == "convention.band_limit"
        names = texts(indicators, "indicator")
        add(differs & ~band, "indicator_points", place, given, points, rule, indicator=names)
        add(differs & band, "band", place, given, points, "rule.qualitative", indicator=names)
        slack = slack + np.bincount(place[mine], weights=_explained(given, points)[mine], minlength=len(projects))
        weights = check_weights(projects, indicators, rulebook)
        weights = weights[weights["differs"]]
        if len(weights):
            add(np.ones(len(weights), dtype=bool), "weights", locate_projects(weights, projects), weights["weight"].to_numpy(),
                weights["wanted"].to_numpy(), "rule.weights", indicator=weights["group"].to_numpy(dtype=object))

    submitted, sums, recomputed = (totals[name].to_numpy() for name in ("submitted", "submitted_sum", "recomputed"))
    add(np.abs(submitted - sums) > SAME_POINTS, "sum", everyone, submitted, sums, "rule.total")
    wrong = np.abs(submitted - recomputed) > SAME_POINTS + slack
    rescaled = rulebook.unscored == "rescale" and "rule.unscored_rescale" in rulebook.clauses
    add(wrong, "total", everyone, submitted, recomputed, "rule.unscored_rescale" if rescaled else "rule.total")
    regraded = (totals["submitted_grade"] != totals["grade"]).to_numpy() & wrong
    add(regraded, "grade", everyone, submitted, recomputed, "rule.grades")
    return _assemble(parts, projects, totals, rulebook)


def _rate_slack(stated: np.ndarray) -> np.ndarray:
    """Half of the last digit that the rate was printed with, as a ratio: at least two decimals of a per cent are looked for."""
    percent = stated * 100
    whole, tenth = np.abs(percent - np.round(percent)) < 1e-7, np.abs(percent - np.round(percent, 1)) < 1e-7
    return np.select([whole, tenth], [0.005, 0.0005], 0.00005) + 1e-9


def _explained(given: np.ndarray, points: np.ndarray) -> np.ndarray:
    """By how much a line that agrees may still move the total."""
    difference = np.abs(given - points)
    return np.where(difference <= SAME_POINTS, difference, 0.0)


def _assemble(parts, projects, totals, rulebook) -> pd.DataFrame:
    text = pd.Series(dtype="str")
    if not parts:
        empty = {name: pd.Series(dtype="float64") for name in ("submitted", "recomputed", "difference")}
        empty |= {"year": projects["year"].iloc[:0].reset_index(drop=True), "verified": pd.Series(dtype=bool)}
        return pd.DataFrame({name: empty.get(name, text) for name in _COLUMNS})
    found = pd.concat(parts, ignore_index=True)
    found["order"] = found["kind"].map({kind: place for place, kind in enumerate(KINDS)})
    found = found.sort_values(["place", "order"], kind="stable")
    place = found["place"].to_numpy()
    for name in ("project", "year", "unit"):
        found[name] = totals[name].iloc[place].to_numpy()
    for name in ("submitted_grade", "grade"):
        found[name] = totals[name].iloc[place].where((found["kind"] == "grade").to_numpy()).to_numpy()
    clauses = {code: rulebook.clause(code) for code in found["rule"].unique()}
    found["source"] = found["rule"].map({code: clause.source for code, clause in clauses.items()})
    found["verified"] = found["rule"].map({code: clause.verified for code, clause in clauses.items()}).astype(bool)
    found["difference"] = np.round(found["submitted"] - found["recomputed"], 9)
    texts_ = {name: "str" for name in ("indicator", "kind", "quantity", "unit", "submitted_grade", "grade", "rule", "source")}
    return found[_COLUMNS].astype(texts_).reset_index(drop=True)
