"""Which projects to look at again: ranked by stated factors of risk, and drawn by their money with a stated confidence (monetary-unit sampling)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from perfanalysis.errors import RuleError


def measure_factors(projects: pd.DataFrame, *, reviewed: pd.Series | None, overdue: pd.Series | None, thresholds: tuple[float, ...], width: float,
                    low_execution: float, same: float = 0.01) -> pd.DataFrame:
    """Every factor of risk of every project, from 0 to 1.

    Parameters
    ----------
    projects : one row per project of one year, scored
        Reads ``executed``, ``budget`` (money), ``execution_rate`` (ratio), ``submitted``, ``difference`` (points), ``indicators``, ``easy`` (counts of its indicators and of those
        with an easy target; missing where the data have no indicators), ``copied`` (flag), ``self_evaluated`` (flag: it is asked to evaluate itself).
    reviewed : flag, whether it was ever evaluated independently; None without reviews. overdue : flag, whether its unit has overdue problems; None without problems.
    thresholds, width : points from which each grade is given, and how many points above count as just above.
    low_execution : ratio. same : points up to which two scores agree.

    Returns
    -------
    One row per input row, same index and order; missing where a factor cannot be told
    """
    submitted, known = projects["submitted"], projects["indicators"].notna()
    near = pd.concat([(submitted >= at) & (submitted < at + width) for at in thresholds], axis=1).any(axis=1)
    missing = pd.Series(np.nan, index=projects.index)

    def flag(values: pd.Series, where: pd.Series) -> pd.Series:
        return values.astype("float64").where(where)

    return pd.DataFrame({
        "size": (projects["executed"].rank(method="min") - 1) / max(1, projects["executed"].notna().sum() - 1),
        "score_differs": flag(projects["difference"].abs() > same + 1e-9, projects["difference"].notna()),
        "not_submitted": flag(submitted.isna(), projects["self_evaluated"]),
        "no_targets": flag(projects["indicators"].eq(0), known),
        "easy_targets": (projects["easy"] / projects["indicators"]).where(projects["indicators"] > 0),
        "copied_indicators": flag(projects["copied"], known & (projects["indicators"] > 0)),
        "low_execution": flag(projects["execution_rate"] < low_execution, projects["execution_rate"].notna()),
        "over_budget": flag(projects["executed"] > projects["budget"], projects["execution_rate"].notna()),
        "near_grade": flag(near, submitted.notna()),
        "unit_overdue": missing if overdue is None else overdue.astype("float64"),
        "never_reviewed": missing if reviewed is None else (~reviewed).astype("float64"),
    }, index=projects.index).astype("float64")


def rank_risk(factors: pd.DataFrame, weights: Mapping[str, float]) -> pd.DataFrame:
    """100 × the weighted mean of each project's known factors.

    Returns
    -------
    One row per input row, same index and order
        ``risk`` (0 to 100; missing where no factor is known), ``known`` (share of the weights whose factor is known), ``reasons`` (names of the factors that count,
        the largest contribution first; size, which every project has, is left out).
    """
    weight = pd.Series(weights, dtype="float64")
    values = factors[list(weight.index)]
    parts = values * weight
    below = values.notna() @ weight
    named = parts.drop(columns="size", errors="ignore").fillna(0.0)
    reasons = [tuple(row[row > 0].sort_values(ascending=False, kind="stable").index) for _, row in named.iterrows()]
    return pd.DataFrame({"risk": 100 * (parts.sum(axis=1) / below).where(below > 0), "known": below / weight.sum(), "reasons": reasons}, index=factors.index)


def draw_reviews(risk: pd.Series, *, by_risk: int, at_random: int, rng: np.random.Generator) -> pd.DataFrame:
    """Projects for re-evaluation: those with the highest risk, and others at random, so that the next comparison does not rest on a biased choice.

    Returns
    -------
    One row per chosen project, index as in ``risk``
        ``chosen`` (risk, random), ``chance`` (ratio: 1 by risk, else the number drawn ÷ the number it was drawn from).
    """
    order = risk.dropna().sort_values(ascending=False, kind="stable").index
    top, rest = order[:by_risk], order[by_risk:]
    drawn = rest[np.sort(rng.choice(len(rest), min(at_random, len(rest)), replace=False))]
    chance = len(drawn) / len(rest) if len(rest) else math.nan
    return pd.DataFrame({"chosen": ["risk"] * len(top) + ["random"] * len(drawn), "chance": [1.0] * len(top) + [chance] * len(drawn)}, index=top.append(drawn))


def poisson_factor(confidence: float, errors: float) -> float:
    """The upper limit of a Poisson mean of which ``errors`` were seen: the confidence factor of monetary-unit sampling (0 errors, 95 %: 3.00)."""
    return float(stats.gamma.ppf(confidence, errors + 1))


def planning_factor(confidence: float, ratio: float) -> float:
    """The confidence factor for a sample in which ``ratio`` (expected ÷ tolerable misstatement) is expected to be found.

    Source
    ------
    Stewart, Technical Notes on the AICPA Audit Guide Audit Sampling (2012): the factor F that solves F = Γ⁻¹(confidence; 1 + ratio · F).
    """
    factor = poisson_factor(confidence, 0.0)
    for _ in range(500):
        step = poisson_factor(confidence, ratio * factor)
        if abs(step - factor) < 1e-10:
            return step
        factor = step
    raise RuleError(f"an expected misstatement of {ratio:.0%} of the tolerable one is too much for any sample at a confidence of {confidence:.0%}")


@dataclass(frozen=True)
class Sample:
    """A monetary-unit sample: one row of ``items`` per chosen project (``project``, ``amount``, ``stratum``: top or interval), in the order of the population.

    ``total`` is the population's money, ``counted`` its projects; ``factor`` = ``planning_factor``; ``interval`` = tolerable ÷ factor: whatever is as large is in the top
    stratum and examined for certain.
    """

    items: pd.DataFrame
    total: float
    counted: int
    factor: float
    interval: float
    confidence: float
    tolerable: float
    expected: float
    seed: int


def draw_sample(amounts: pd.Series, *, confidence: float, tolerable: float, expected: float, seed: int) -> Sample:
    """Draw projects with a chance proportional to their money, so that a misstatement of ``tolerable`` would hardly stay unseen.

    Parameters
    ----------
    amounts : money by project (index); what is missing or not above zero is not drawn from. The order does not matter: it is drawn in the order of the codes.
    confidence : ratio. tolerable, expected : shares of the whole amount (ratios).
    seed : of the random start; the same seed gives the same sample.

    Raises
    ------
    RuleError
        Nothing to draw from, or numbers that no sample can be planned with.
    """
    if not 0.5 <= confidence < 1 or not 0 < tolerable < 1 or not 0 <= expected < tolerable:
        raise RuleError(f"confidence {confidence}, tolerable {tolerable}, expected {expected}: confidence must be from 0.5 to below 1, tolerable between 0 and 1, "
                        "expected from 0 to below tolerable")
    book = amounts[amounts > 0].sort_index()
    if book.empty:
        raise RuleError("no project has an amount above zero, so that no sample can be drawn")
    total = float(book.sum())
    factor = planning_factor(confidence, expected / tolerable)
    interval = tolerable * total / factor
    top, rest = book[book >= interval], book[book < interval]
    start = float(np.random.default_rng(seed).uniform(0, interval))
    hits = np.arange(start, rest.sum(), interval)
    chosen = rest.index[np.searchsorted(rest.cumsum().to_numpy(), hits, side="right")]
    picked = book.index.isin(top.index) | book.index.isin(chosen)
    items = book[picked].rename("amount").rename_axis("project").reset_index()
    items["stratum"] = np.where(items["project"].isin(top.index), "top", "interval")
    return Sample(items, total, len(book), factor, interval, confidence, tolerable * total, expected * total, seed)


def evaluate_sample(sample: Sample, audited: pd.Series) -> pd.DataFrame:
    """What the misstatements found say of all the money: projected, and at most (Stringer's bound), each way.

    Parameters
    ----------
    audited : the amount found right, by project (index), for every project of the sample.

    Returns
    -------
    Two rows (index ``over``: booked more than was right, ``under``: less)
        ``found`` (count of misstated projects), ``known`` (money: misstatement of the top stratum, examined in full), ``projected`` (money: most likely misstatement of
        all), ``upper`` (money: with the sample's confidence not more than this).

    Raises
    ------
    KeyError
        A project of the sample has no audited amount: what was not examined is not taken for right.
    """
    items = sample.items.set_index("project")
    right = audited.reindex(items.index)
    if right.isna().any():
        raise KeyError(f"no audited amount for: {', '.join(map(str, right.index[right.isna()]))}")
    wrong, top = items["amount"] - right, items["stratum"] == "top"
    rows = {}
    for side, sign in (("over", 1.0), ("under", -1.0)):
        side_wrong = (sign * wrong).clip(lower=0)
        taints = (side_wrong / items["amount"])[~top]
        known, taints = float(side_wrong[top].sum()), np.sort(taints[taints > 0].to_numpy())[::-1]
        factors = np.array([poisson_factor(sample.confidence, errors) for errors in range(len(taints) + 1)])
        # where the top stratum holds all the money, nothing is left to be projected
        basic = factors[0] if (~top).any() or sample.counted > len(items) else 0.0
        upper = known + sample.interval * float(basic + (np.diff(factors) * taints).sum())
        rows[side] = (int((side_wrong > 0).sum()), known, known + sample.interval * float(taints.sum()), upper)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["found", "known", "projected", "upper"])
