"""Units assessed by a framework: raw value → score, category and total, with and without difficulty."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from perfanalysis.errors import RuleError
from perfanalysis.rules.framework_model import TOTAL, USES, Framework, Item

#: A unit in a year.
KEYS = ["unit", "year"]


def score_items(assessments: pd.DataFrame, framework: Framework) -> pd.DataFrame:
    """Every item of the framework for every unit and year that has any: raw value → score.

    Parameters
    ----------
    assessments : one row per framework × unit × year × item (the table of that name)
        Reads ``value`` (in the item's own measure, per cent as ratio) and, where there is one, ``score`` (as given).

    Returns
    -------
    One row per unit × year × item of the framework, in the framework's order; items without a row are there, with nothing in them
        ``category``, ``weight`` (points of the whole), ``value``, ``score`` (by the framework's goalposts or bands; missing where it cannot be
        told, never zero for that), ``given`` (the score as given), ``difference`` (given less ``score``), ``basis``: ``value``, ``given`` (no raw
        value, so the given score stands) or ``missing``.

    Source
    ------
    Goalposts fixed in advance and clipped at both ends: OECD/JRC, Handbook on Constructing Composite Indicators, 2008, step 5.
    """
    rows = assessments[(assessments["framework"] == framework.name) & assessments["item"].isin(framework.frame["item"])]
    given = rows["score"] if "score" in rows else pd.Series(np.nan, index=rows.index)
    rows = rows[[*KEYS, "item", "value"]].assign(given=given)
    units = rows[KEYS].drop_duplicates().sort_values(KEYS, kind="stable")
    about = framework.frame[["item", "category", "weight"]].assign(order=range(len(framework.items)))
    grid = units.merge(about, how="cross").merge(rows, on=[*KEYS, "item"], how="left")
    grid = grid.sort_values([*KEYS, "order"], kind="stable").drop(columns="order").reset_index(drop=True)
    by_item = grid.groupby("item", sort=False)
    scored = pd.Series(np.nan, index=grid.index)
    for item in framework.items:
        if item.code in by_item.groups:
            part = grid.loc[by_item.groups[item.code]]
            scored.loc[part.index] = _score(part, item)
    grid["score"] = scored.fillna(grid["given"])
    grid["basis"] = np.select([scored.notna(), grid["given"].notna()], ["value", "given"], "missing")
    grid["difference"] = grid["given"] - scored
    return grid[[*KEYS, "item", "category", "weight", "value", "score", "given", "difference", "basis"]]


def _score(rows: pd.DataFrame, item: Item) -> pd.Series:
    values = rows["value"].astype("float64")
    if item.years == "mean_of_three":
        values = _of_three(rows.assign(result=values), "mean")
    if item.scale == "given":
        scores = pd.Series(np.nan, index=rows.index)
    elif item.scale == "goalposts":
        scores = (100 * (values - item.worst) / (item.best - item.worst)).clip(0, 100)
    elif item.scale == "bands":
        scores = pd.Series(np.nan, index=rows.index)
        for band in reversed(item.bands):
            scores = scores.mask(band.holds(values), band.gives)
    else:
        # the least and the greatest of the units of the year, whatever they are
        of_year = values.groupby(rows["year"])
        low, high = of_year.transform("min"), of_year.transform("max")
        reach = (high - low).where(high > low)
        scores = 100 * ((values - low) if item.direction > 0 else (high - values)) / reach
    return _of_three(rows.assign(result=scores), "second") if item.years == "two_of_three" else scores


def _of_three(rows: pd.DataFrame, take: str) -> pd.Series:
    """The mean, or the second best, of the year and the two before it; missing unless all three are known."""
    wide = rows.pivot(index="unit", columns="year", values="result")
    wide = wide.reindex(columns=range(int(wide.columns.min()) - 2, int(wide.columns.max()) + 1))
    three = np.stack([wide.shift(back, axis=1).to_numpy() for back in range(3)])
    # a band is met in two of three years where the second best year meets it; sorting puts missing values last
    result = three.mean(axis=0) if take == "mean" else np.where(np.isnan(three).any(axis=0), np.nan, np.sort(three, axis=0)[1])
    long = pd.DataFrame(result, index=wide.index, columns=wide.columns).stack()
    return pd.Series(long.reindex(pd.MultiIndex.from_frame(rows[KEYS])).to_numpy(), index=rows.index)


def assess_units(assessments: pd.DataFrame, framework: Framework) -> pd.DataFrame:
    """Scores by category and in total.

    Parameters
    ----------
    assessments : as for ``score_items``; or its result, which is then used as it is

    Returns
    -------
    One row per unit × year × node, the categories in the framework's order and then ``total``
        ``node``, ``score`` (0 to 100, or the framework's own scale; missing where too little is known), ``weight`` (points of the whole that
        stand in it), ``known`` (share of that weight whose score is known, ratio).

    A missing item is treated as the framework says (``missing``): left out, so that the others of its category carry its weight, with no
    total below ``known_at_least``; or no score for anything above it.
    """
    items = assessments if "basis" in assessments else score_items(assessments, framework)
    units, scores = score_matrix(items, framework)
    weights = framework.frame["weight"].to_numpy()[:, None]
    parts = []
    nodes = roll_up(scores, weights, framework)
    for place, (node, (score, known, weight)) in enumerate(nodes.items()):
        parts.append(units.assign(node=node, score=score[:, 0], weight=weight[0], known=known, order=place))
    frame = pd.concat(parts, ignore_index=True) if parts else units.assign(node="", score=np.nan, weight=np.nan, known=np.nan, order=0)
    return frame.sort_values([*KEYS, "order"], kind="stable").drop(columns="order").reset_index(drop=True)


def roll_up(
    scores: np.ndarray, weights: np.ndarray, framework: Framework, category_weights: Mapping[str, np.ndarray] | None = None
) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Scores (units × items) and weights (items × draws) → node → scores (units × draws), known share of weight (units), weight (draws).

    ``scores`` may also differ between draws (units × items × draws), the same ones missing in each. ``category_weights`` (draws) go before the
    weights that the framework states for categories.
    """
    place = {item.code: number for number, item in enumerate(framework.items)}
    shares = framework.frame["weight"].to_numpy()
    by_code = {category.code: category for category in framework.categories}
    done: dict[str, tuple] = {}

    def node(code: str):
        if code in place:
            at = place[code]
            own = scores[:, at] if scores.ndim == 3 else np.broadcast_to(scores[:, [at]], (len(scores), weights.shape[1]))
            return own, ~np.isnan(own[:, 0]) * shares[at], weights[at], shares[at]
        if code in done:
            return done[code]
        parts = [node(child) for child in framework.children(code)]
        category = by_code.get(code)
        children_weights = np.stack([part[2] for part in parts])
        how = (category.aggregation if category else "") or framework.aggregation
        values = _combine([part[0] for part in parts], children_weights, how, framework.missing)
        known, whole = sum(part[1] for part in parts), sum(part[3] for part in parts)
        if code == TOTAL and whole > 0:
            values = np.where((known / whole >= framework.known_at_least - 1e-4)[:, None], values, np.nan)
        own = children_weights.sum(axis=0)
        if category is not None and category.weight is not None:
            own = (category_weights or {}).get(code, np.full(weights.shape[1], category.weight))
        done[code] = (values, known, own, whole)
        return done[code]

    node(TOTAL)
    order = [*(c.code for c in framework.categories), TOTAL]
    return {code: (done[code][0], done[code][1] / done[code][3] if done[code][3] else done[code][1], done[code][2]) for code in order if code in done}


def _combine(parts: list[np.ndarray], weights: np.ndarray, how: str, missing: str) -> np.ndarray:
    """Children (each units × draws) with weights (children × draws) → units × draws; what is missing is left out or makes the whole missing."""
    stack = np.stack(parts)
    known = ~np.isnan(stack)
    if how in ("worst", "worst_plus"):
        low = np.where(known, stack, np.inf).min(axis=0)
        high = np.where(known, stack, -np.inf).max(axis=0)
        result = low + (0.5 * (high > low) if how == "worst_plus" else 0.0)
        result = np.where(known.any(axis=0), result, np.nan)
    else:
        part_weights = np.where(known, weights[:, None, :], 0.0)
        if how == "geometric":
            with np.errstate(divide="ignore"):
                values = np.log(np.clip(np.where(known, stack, 1.0), 0.0, None))
            # a score of zero with no weight says nothing
            values = np.where(part_weights > 0, values, 0.0)
        else:
            values = np.where(known, stack, 0.0)
        whole = part_weights.sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            result = (values * part_weights).sum(axis=0) / whole
        result = np.where(whole > 0, np.exp(result) if how == "geometric" else result, np.nan)
    return np.where(known.all(axis=0), result, np.nan) if missing == "no_total" else result


def score_matrix(items: pd.DataFrame, framework: Framework) -> tuple[pd.DataFrame, np.ndarray]:
    """The rows of ``score_items`` as units (``unit``, ``year``) and their scores (units × items, in the framework's order)."""
    wide = items.pivot(index=KEYS, columns="item", values="score").reindex(columns=framework.frame["item"])
    return wide.index.to_frame(index=False), wide.to_numpy(dtype=float)


def adjust_difficulty(items: pd.DataFrame, difficulty: pd.DataFrame | None, framework: Framework, use: str | None = None) -> pd.DataFrame:
    """Totals and ranks with and without the declared coefficient of difficulty, in both uses.

    Parameters
    ----------
    items : rows of ``score_items``
    difficulty : one row per framework × unit × year (the table of that name), ``coefficient`` (1.0 = of normal difficulty); with a column
        ``item`` it is the coefficient of single items, of which their mean multiplies
    use : ``multiply`` or ``reweight``; by default the framework's

    Returns
    -------
    One row per unit × year
        ``score`` (without), ``coefficient``, ``multiplied`` (score × coefficient, at most the framework's cap), ``reweighted`` (every item weighs
        w·d / Σ w·d, d being the coefficient for items that bear difficulty and 1 for the others), ``adjusted`` (by ``use``), and the ranks of
        each (1 = highest, equal scores share the better one) among the ``of`` units of the year that have a score. Without a coefficient the
        adjusted scores are missing.

    Source
    ------
    Coefficient declared before the results, from stated drivers, published with the report; score and rank are always shown with and without.
    """
    use = use or framework.difficulty
    if use not in USES:
        raise RuleError(f"use of difficulty {use!r} is not one of {', '.join(USES)}")
    units, scores = score_matrix(items, framework)
    base = framework.frame["weight"].to_numpy()
    totals = units.assign(score=roll_up(scores, base[:, None], framework)[TOTAL][0][:, 0])
    by_item, unit_level = _coefficients(units, difficulty, framework)
    totals["coefficient"] = unit_level
    totals["multiplied"] = (totals["score"] * totals["coefficient"]).clip(upper=framework.cap)
    effective = base * by_item
    # one weight vector per unit: units become draws of a matrix of one row each, taken from the diagonal
    totals["reweighted"] = _each_with_its_weights(scores, effective, framework)
    totals.loc[totals["coefficient"].isna(), "reweighted"] = np.nan
    totals["adjusted"] = totals[{"multiply": "multiplied", "reweight": "reweighted", "none": "score"}[use]]
    for column, rank in (("score", "rank"), ("multiplied", "rank_multiplied"), ("reweighted", "rank_reweighted"), ("adjusted", "rank_adjusted")):
        # as printed, to two decimals: 81.114999 and 81.115001 are no order
        totals[rank] = totals[column].round(6).groupby(totals["year"]).rank(method="min", ascending=False)
    totals["of"] = totals.groupby("year")["score"].transform("count")
    return totals


def _coefficients(units: pd.DataFrame, difficulty: pd.DataFrame | None, framework: Framework) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients by unit and item (units × items), and by unit; missing where none was declared. One that the framework assumes stands for the unit's whole work."""
    by_item, own = _declared(units, difficulty, framework)
    assumed = np.array([framework.coefficients.get(year, {}).get(unit, np.nan) for unit, year in zip(units["unit"], units["year"], strict=True)], dtype=float)
    bears = framework.frame["bears_difficulty"].to_numpy()
    given = ~np.isnan(assumed)
    by_item = np.where(given[:, None], np.where(bears, assumed[:, None], 1.0), by_item)
    return by_item, np.where(given, assumed, own)


def _declared(units: pd.DataFrame, difficulty: pd.DataFrame | None, framework: Framework) -> tuple[np.ndarray, np.ndarray]:
    if difficulty is None or difficulty.empty:
        return np.ones((len(units), len(framework.items))), np.full(len(units), np.nan)
    rows = difficulty[difficulty["framework"] == framework.name]
    index = pd.MultiIndex.from_frame(units)
    if "item" in rows and rows["item"].notna().any():
        wide = rows.pivot(index=KEYS, columns="item", values="coefficient").reindex(index=index, columns=framework.frame["item"])
        mean = np.nansum(wide.to_numpy() * framework.frame["weight"].to_numpy(), axis=1) / (wide.notna() * framework.frame["weight"].to_numpy()).sum(axis=1)
        return wide.fillna(1.0).to_numpy(), np.asarray(mean, dtype=float)
    own = rows.drop_duplicates(KEYS).set_index(KEYS)["coefficient"].reindex(index).to_numpy(dtype=float)
    bears = framework.frame["bears_difficulty"].to_numpy()
    return np.where(bears, np.nan_to_num(own, nan=1.0)[:, None], 1.0), own


def _each_with_its_weights(scores: np.ndarray, weights: np.ndarray, framework: Framework, at_once: int = 200) -> np.ndarray:
    totals = np.full(len(scores), np.nan)
    for start in range(0, len(scores), at_once):
        part = slice(start, start + at_once)
        totals[part] = np.diagonal(roll_up(scores[part], weights[part].T, framework)[TOTAL][0])
    return totals


def measure_change(scores: pd.DataFrame, keys: list[str], column: str = "score") -> pd.Series:
    """``column`` less its value of the year before in the same ``keys`` (points); missing without one. Same index as ``scores``.

    The difference of the scores as reports state them, with two decimals, so that a reader who subtracts gets it too.
    """
    before = scores[[*keys, "year", column]].assign(year=scores["year"] + 1).rename(columns={column: "before"})
    merged = scores[[*keys, "year", column]].merge(before, on=[*keys, "year"], how="left")
    return pd.Series((as_stated(merged[column]) - as_stated(merged["before"])).round(2).to_numpy(), index=scores.index, name="change")


def as_stated(points: pd.Series) -> pd.Series:
    """Points as reports state them: two decimals, half up."""
    return np.floor(points * 100 + 0.5 + 1e-7) / 100


def find_unknown_items(assessments: pd.DataFrame, framework: Framework) -> list[str]:
    """Item codes that stand in the data under this framework's name and that it does not know, sorted."""
    rows = assessments[assessments["framework"] == framework.name]
    return sorted(set(rows["item"].dropna()) - set(framework.frame["item"]))
