"""Ranks under uncertainty: what the choices behind an assessment do to the units' places, which choice does most, and which item."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from perfanalysis.rules.framework_model import TOTAL, Framework
from perfanalysis.scoring.frameworks import roll_up, score_matrix

#: The choices that are varied. Weights and goalposts by the framework's shares; the others between the alternatives below, each as likely.
CHOICES = ("weights", "goalposts", "normalisation", "aggregation")
#: How raw values become scores: as the framework says; between the least and the greatest of the units (1 to 100); by standard deviations
#: from their mean (mean 50, 10 points each): COINr's alternatives, here in points of 100.
SCALINGS = ("own", "min_max", "z_score")
MEANS = ("arithmetic", "geometric")
#: Below this many points no score lies when it is averaged geometrically: a single zero would decide a whole category.
FLOOR = 1.0
#: In the place of all units together in ``choices``.
ALL = ""


def simulate_ranks(
    items: pd.DataFrame, framework: Framework, rng: np.random.Generator, coefficients: pd.Series | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ranks as intervals, and which choice moves them: every unit is ranked anew with the framework's choices varied at random.

    Parameters
    ----------
    items : rows of ``score_items`` of one year
    rng : what draws the choices; the same one gives the same intervals
    coefficients : by unit (index), multiplied with the totals and capped, for ranks with difficulty

    Returns
    -------
    ranks : one row per unit with a total
        ``unit``, ``rank`` (by the framework's own choices), ``rank_median``, ``rank_low`` and ``rank_high`` (5 and 95 % of the draws, rounded
        outwards), ``of`` (units ranked), ``overlap`` (other units whose interval of ranks meets this one's).
    choices : one row per unit × choice that has an alternative, and for all units together (``unit`` empty)
        ``first`` (share of the variance of the rank that the choice explains alone), ``total`` (with its interplay with the others); for all
        together the variance is that of the mean of |rank − own rank|. Missing where nothing moves. ``low`` and ``high``: 5 and 95 % of
        ``total``, bootstrapped, for all together only.

    Source
    ------
    Saisana, Saltelli and Tarantola, 2005; OECD/JRC, Handbook on Constructing Composite Indicators, 2008, step 7; Becker, COINr.
    """
    units, scores = score_matrix(items, framework)
    factor = np.ones((len(units), 1)) if coefficients is None else coefficients.reindex(units["unit"]).to_numpy(dtype=float)[:, None]
    cap = np.inf if coefficients is None else framework.cap
    plain = np.minimum(roll_up(scores, framework.frame["weight"].to_numpy()[:, None], framework)[TOTAL][0] * factor, cap)[:, 0]
    known = ~np.isnan(plain)
    units, scores, factor, plain = units[known].reset_index(drop=True), scores[known], factor[known], plain[known]
    if not known.any():
        none = {name: pd.Series(dtype="float64") for name in ("rank", "rank_median", "rank_low", "rank_high", "of", "overlap")}
        return units[["unit"]].assign(**none), pd.DataFrame({
            name: pd.Series(dtype="str" if name in ("unit", "choice") else "float64") for name in ("unit", "choice", "first", "total", "low", "high")})
    rank = _rank(plain[:, None])[:, 0]
    values = items.pivot(index="unit", columns="item", values="value").reindex(index=units["unit"], columns=framework.frame["item"]).to_numpy(dtype=float)
    from scipy.stats import qmc

    varied = _Varied.of(values, scores, framework, rng)
    names = varied.choices
    # Sobol's plan: two independent samples a and b, and for each choice a with that one choice taken from b (Saltelli, 2010)
    n = varied.weights.shape[1] // 2
    sample = qmc.Sobol(d=2 * len(names), rng=rng).random(n)
    a, b = sample[:, : len(names)], sample[:, len(names) :]
    mixed = []
    for place in range(len(names)):
        mixed.append(a.copy())
        mixed[-1][:, place] = b[:, place]
    drawn = [_rank(np.minimum(varied.totals(part, framework) * factor, cap)) for part in (a, b, *mixed)]
    both = np.concatenate(drawn[:2], axis=1)
    low = np.minimum(np.floor(np.quantile(both, 0.05, axis=1)), rank)
    high = np.maximum(np.ceil(np.quantile(both, 0.95, axis=1)), rank)
    # those whose interval begins at or before my end, less those whose interval ends before my beginning, less myself
    overlap = np.searchsorted(np.sort(low), high, side="right") - np.searchsorted(np.sort(high), low, side="left") - 1
    ranks = units[["unit"]].assign(rank=rank, rank_median=np.median(both, axis=1), rank_low=low, rank_high=high, of=len(units), overlap=overlap)
    return ranks, _explain(units["unit"], rank, drawn, names, rng)


def _explain(units: pd.Series, rank: np.ndarray, drawn: list[np.ndarray], names: tuple[str, ...], rng: np.random.Generator) -> pd.DataFrame:
    """First-order and total Sobol indices of each unit's rank, and of the mean shift of all."""
    from scipy.stats import sobol_indices

    moved = [np.vstack([part, np.abs(part - rank[:, None]).mean(axis=0)]) for part in drawn]
    n = moved[0].shape[1]
    first, total, low, high = (np.full((len(rank) + 1, len(names)), np.nan) for _ in range(4))
    moving = np.concatenate(moved[:2], axis=1).std(axis=1) > 1e-9
    if moving.any():
        part = [block[moving] for block in moved]
        found = sobol_indices(func={"f_A": part[0], "f_B": part[1], "f_AB": np.stack(part[2:])}, n=n)
        # the estimate of a share that is nought may fall a little below it
        first[moving], total[moving] = np.clip(found.first_order, 0, 1), np.clip(found.total_order, 0, 1)
    if moving[-1]:
        again = np.stack([_total_of([block[-1][places] for block in moved]) for places in rng.integers(0, n, (200, n))])
        low[-1], high[-1] = np.quantile(np.clip(again, 0, 1), [0.05, 0.95], axis=0)
    index = pd.MultiIndex.from_product([[*units, ALL], names], names=["unit", "choice"])
    return pd.DataFrame({"first": first.ravel(), "total": total.ravel(), "low": low.ravel(), "high": high.ravel()}, index=index).reset_index()


def _total_of(drawn: list[np.ndarray]) -> np.ndarray:
    a, b, *mixed = drawn
    variance = np.concatenate([a, b]).var()
    return np.array([((a - part) ** 2).mean() / 2 / variance if variance > 0 else np.nan for part in mixed])


@dataclass(frozen=True)
class _Varied:
    """The alternatives that a draw chooses from: weights and goalposts from tables of draws, normalisation and aggregation by name."""

    weights: np.ndarray  # items × draws
    stated: Mapping[str, np.ndarray]  # category with a weight of its own → draws
    own: np.ndarray  # units × items, scores by the framework
    ends: tuple[np.ndarray, np.ndarray]  # items × draws: the values that score 0 and 100; missing for items without goalposts
    values: np.ndarray  # units × items
    relative: Mapping[str, np.ndarray]  # scaling → units × items
    choices: tuple[str, ...]
    means: tuple[str, ...]

    @classmethod
    def of(cls, values: np.ndarray, scores: np.ndarray, framework: Framework, rng: np.random.Generator) -> "_Varied":
        about, frame = framework.uncertainty, framework.frame
        draws = about.repetitions
        spread = rng.uniform(1 - about.weights, 1 + about.weights, (len(frame), draws))
        stated = {category.code: category.weight * rng.uniform(1 - about.weights, 1 + about.weights, draws)
                  for category in framework.categories if category.weight is not None}
        worst, best = (frame[name].to_numpy(dtype=float)[:, None] for name in ("worst", "best"))
        scaled = np.array([item.scale == "goalposts" and item.years == "own" for item in framework.items])
        # a score that was given without a value has no goalposts to be moved
        scaled &= ~(np.isnan(values) & ~np.isnan(scores)).any(axis=0)
        moved = rng.uniform(-about.goalposts, about.goalposts, (2, len(frame), draws)) * (best - worst)
        worst, best = np.where(scaled[:, None], worst, np.nan), np.where(scaled[:, None], best, np.nan)
        sign = np.where(scaled, np.sign(best - worst)[:, 0], 1.0)
        raw = np.where(scaled, values * sign, scores)
        low, high = (getattr(np, name)(raw, axis=0) for name in ("nanmin", "nanmax"))
        deviation = np.nanstd(raw, axis=0, ddof=1) if len(raw) > 1 else np.zeros(raw.shape[1])
        with np.errstate(invalid="ignore", divide="ignore"):
            # an item in which all are equal tells nobody apart
            min_max = np.where(high > low, 1 + 99 * (raw - low) / (high - low), np.where(np.isnan(raw), np.nan, 50.0))
            z_score = np.where(deviation > 0, 50 + 10 * (raw - np.nanmean(raw, axis=0)) / deviation, np.where(np.isnan(raw), np.nan, 50.0))
        # what is scored between the least and the greatest already has one alternative less
        relative = {"z_score": z_score} if all(item.scale == "min_max" for item in framework.items) else {"min_max": min_max, "z_score": z_score}
        means = MEANS if framework.aggregation in MEANS else (framework.aggregation,)
        open_choices = {"weights": about.weights > 0, "goalposts": about.goalposts > 0 and scaled.any(), "normalisation": True, "aggregation": len(means) > 1}
        return cls(frame["weight"].to_numpy()[:, None] * spread, stated, scores, (worst + moved[0], best + moved[1]), values, relative,
                   tuple(name for name in CHOICES if open_choices[name]), means)

    def totals(self, sample: np.ndarray, framework: Framework, at_once: int = 64) -> np.ndarray:
        """Totals (units × rows of the sample); each column of the sample, from 0 to 1, picks the alternative of one choice."""
        draws = self.weights.shape[1]
        picked = {name: np.zeros(len(sample), dtype=int) for name in CHOICES}
        sizes = {"weights": draws, "goalposts": draws, "normalisation": 1 + len(self.relative), "aggregation": len(self.means)}
        for place, name in enumerate(self.choices):
            picked[name] = np.minimum((sample[:, place] * sizes[name]).astype(int), sizes[name] - 1)
        result = np.full((len(self.own), len(sample)), np.nan)
        for scaling, own in enumerate([None, *self.relative.values()]):
            for mean, how in enumerate(self.means):
                rows = np.flatnonzero((picked["normalisation"] == scaling) & (picked["aggregation"] == mean))
                about = _averaged(framework, how)
                for start in range(0, len(rows), at_once):
                    part = rows[start : start + at_once]
                    scores = self._between(picked["goalposts"][part]) if own is None else own
                    scores = np.maximum(scores, FLOOR) if how == "geometric" else scores
                    at = picked["weights"][part]
                    result[:, part] = roll_up(scores, self.weights[:, at], about, {code: draw[at] for code, draw in self.stated.items()})[TOTAL][0]
        return result

    def _between(self, at: np.ndarray) -> np.ndarray:
        """Scores between the goalposts of the draws ``at`` (units × items × draws)."""
        if "goalposts" not in self.choices:
            return self.own
        worst, best = (end[:, at] for end in self.ends)
        scores = np.clip(100 * (self.values[:, :, None] - worst) / (best - worst), 0, 100)
        return np.where(np.isnan(worst), self.own[:, :, None], scores)


def _averaged(framework: Framework, how: str) -> Framework:
    """The framework with every mean taken as ``how`` says; what is no mean (the worst rules) stays."""
    categories = tuple(replace(category, aggregation="") if category.aggregation in MEANS else category for category in framework.categories)
    return replace(framework, aggregation=how, categories=categories)


def _rank(totals: np.ndarray) -> np.ndarray:
    """Ranks by column, 1 the highest; equal totals, as far as six decimals, share the better one."""
    from scipy.stats import rankdata

    return rankdata(-np.round(totals, 6), method="min", axis=0)


def leave_one_out(items: pd.DataFrame, framework: Framework) -> pd.DataFrame:
    """The ranks without one item, or without one category, as if the framework did not have it.

    Parameters
    ----------
    items : rows of ``score_items`` of one year

    Returns
    -------
    One row per unit with a total × node left out (every category, then every item)
        ``node``, ``rank`` (1 the highest), ``shift`` (its own rank less this: positive where the unit would stand higher without the node).
        The others of a category keep its weight. A node without which nobody has a total is left out of the answer.
    """
    units, scores = score_matrix(items, framework)
    weights = framework.frame["weight"].to_numpy()
    nodes = roll_up(scores, weights[:, None], framework)
    total = nodes[TOTAL][0][:, 0]
    known = ~np.isnan(total)
    if not known.any():
        return _nothing()
    units, scores, rank = units.loc[known, "unit"].to_numpy(), scores[known], _rank(total[known][:, None])[:, 0]
    # a category keeps its weight when one of its items goes, so every weight is stated
    categories = tuple(replace(category, weight=float(nodes[category.code][2][0])) if category.code in nodes else category for category in framework.categories)
    parts = []
    for node in (*(category.code for category in framework.categories), *framework.frame["item"]):
        kept, about = _without(framework, categories, node)
        if not kept.any():
            continue
        after = roll_up(scores[:, kept], weights[kept][:, None], about)[TOTAL][0]
        if not np.isnan(after).all():
            # a unit that has no total left is ranked behind none
            place = np.where(np.isnan(after[:, 0]), np.nan, _rank(np.nan_to_num(after, nan=-np.inf))[:, 0])
            parts.append(pd.DataFrame({"unit": units, "node": node, "rank": place, "shift": rank - place}))
    return pd.concat(parts, ignore_index=True) if parts else _nothing()


def _nothing() -> pd.DataFrame:
    return pd.DataFrame({"unit": pd.Series(dtype="str"), "node": pd.Series(dtype="str"), "rank": pd.Series(dtype="float64"), "shift": pd.Series(dtype="float64")})


def _without(framework: Framework, categories: tuple, node: str) -> tuple[np.ndarray, Framework]:
    """Which items stay when ``node`` goes, and the framework of the rest."""
    gone, grew = {node}, True
    while grew:
        more = {category.code for category in categories if category.parent in gone} - gone
        gone, grew = gone | more, bool(more)
    items = tuple(item for item in framework.items if item.code not in gone and item.category not in gone)
    # a category without anything below it is no category
    kept, shrank = [category for category in categories if category.code not in gone], True
    while shrank:
        filled = {item.category for item in items} | {category.parent for category in kept}
        fewer = [category for category in kept if category.code in filled]
        kept, shrank = fewer, len(fewer) < len(kept)
    stays = {item.code for item in items}
    return framework.frame["item"].isin(stays).to_numpy(), replace(framework, items=items, categories=tuple(kept))
