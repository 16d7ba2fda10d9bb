"""What if the rules were others: scores, grades and ranks before and after, side by side, with what moved."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from perfanalysis.dataset import Dataset
from perfanalysis.rules import RuleBook
from perfanalysis.rules.framework_model import TOTAL, Framework, Uncertainty
from perfanalysis.rules.frameworks import load_framework
from perfanalysis.rules.reading import load_rulebook
from perfanalysis.scoring import score_indicators, score_projects
from perfanalysis.scoring.frameworks import adjust_difficulty, assess_units, score_items
from perfanalysis.scoring.ranks import simulate_ranks

SIDES = ("before", "after")
Rules = str | Path | Mapping[str, Any]


def compare_frameworks(dataset: Dataset, year: int, before: Rules, after: Rules) -> pd.DataFrame:
    """All units' scores and ranks under two frameworks.

    Returns
    -------
    One row per unit that has a total under either, by its rank after
        ``unit``, for each side ``score`` (points, with difficulty as the framework uses it), ``rank``, ``rank_low``, ``rank_high`` (5 and 95 % of the
        draws of ``simulate_ranks``), ``of``; ``score_change`` (points), ``rank_change`` (places, positive = up), ``apart`` (the intervals
        do not meet: the move is more than the weights' uncertainty), ``moved_by`` (category or ``difficulty`` that changed the score most, empty where it
        did not change), ``moved_points`` (its part of the change).
    """
    old, new = load_framework(before), load_framework(after)
    assessments = dataset.table("assessments")
    # an item may need the two years before
    assessments = assessments[assessments["year"].between(year - 2, year)]
    difficulty = dataset.table("difficulty") if "difficulty" in dataset.names else None
    sides, parts = {}, {}
    for side, about in zip(SIDES, (old, new), strict=True):
        items = score_items(assessments, about)
        items = items[items["year"] == year]
        sides[side], parts[side] = _rank(items, difficulty, about), _parts(items, about)
    return _beside(sides).merge(_what_moved(sides, parts), on="unit", how="left").reset_index(drop=True)


def _rank(items: pd.DataFrame, difficulty: pd.DataFrame | None, about: Framework) -> pd.DataFrame:
    """One row per unit: ``plain`` (without difficulty), ``score``, rank and its interval as the framework counts."""
    totals = adjust_difficulty(items, difficulty, about).dropna(subset=["score"])
    multiplied = about.difficulty == "multiply" and totals["coefficient"].notna().any()
    ranks, _ = simulate_ranks(items, about, np.random.default_rng(about.uncertainty.seed), totals.set_index("unit")["coefficient"] if multiplied else None)
    frame = totals[["unit", "score", "adjusted"]].rename(columns={"score": "plain", "adjusted": "score"})
    frame = frame.merge(ranks[["unit", "rank", "rank_low", "rank_high", "of"]], on="unit", how="left")
    if about.difficulty == "reweight":
        # every unit then has weights of its own: no interval of ranks is drawn
        frame = frame.assign(rank=frame["score"].round(6).rank(method="min", ascending=False), rank_low=np.nan, rank_high=np.nan, of=len(frame))
    return frame


def _parts(items: pd.DataFrame, about: Framework) -> pd.DataFrame:
    """Each top category's share of the weight that is known (ratio) and its score: one row per unit × node; none where the total is no weighted mean."""
    if about.aggregation != "arithmetic":
        return pd.DataFrame({"unit": [], "node": [], "share": [], "score": []})
    nodes = assess_units(items, about)
    nodes = nodes[nodes["node"].isin([category.code for category in about.top_categories])].dropna(subset=["score"])
    return nodes.assign(share=nodes["weight"] / nodes.groupby("unit")["weight"].transform("sum"))[["unit", "node", "share", "score"]]


def _beside(sides: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    columns = ["unit", "score", "rank", "rank_low", "rank_high", "of"]
    both = sides["before"][columns].merge(sides["after"][columns], on="unit", how="outer", suffixes=("_before", "_after"))
    both["score_change"] = (both["score_after"] - both["score_before"]).round(9)
    both["rank_change"] = both["rank_before"] - both["rank_after"]
    both["apart"] = (both["rank_low_before"] > both["rank_high_after"]) | (both["rank_low_after"] > both["rank_high_before"])
    return both.sort_values(["rank_after", "rank_before", "unit"], kind="stable")


def _what_moved(sides: Mapping[str, pd.DataFrame], parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The category (or difficulty) that did most to each unit's change.

    A category's part is its share of the weight times its distance from the unit's own total before, after less before; over the categories these
    add up to the change, so that weighing more what a unit is good at reads as a gain.
    """
    both = parts["before"].merge(parts["after"], on=["unit", "node"], how="outer", suffixes=("_before", "_after"))
    plain = sides["before"].set_index("unit")["plain"]
    own = both["unit"].map(plain)
    both["part"] = sum(
        sign * (both[f"share_{side}"] * (both[f"score_{side}"] - own)).fillna(0.0) for side, sign in (("before", -1), ("after", 1))
    )
    ends = sides["before"].merge(sides["after"], on="unit", suffixes=("_before", "_after"))
    by_difficulty = pd.DataFrame({
        "unit": ends["unit"], "node": "difficulty",
        "part": (ends["score_after"] - ends["plain_after"]) - (ends["score_before"] - ends["plain_before"]),
    })
    found = pd.concat([both[["unit", "node", "part"]], by_difficulty], ignore_index=True).dropna(subset=["part"])
    found = found[found["part"].abs() > 1e-9]
    most = found.loc[found.groupby("unit")["part"].apply(lambda part: part.abs().idxmax())] if len(found) else found
    return most.rename(columns={"node": "moved_by", "part": "moved_points"})


def compare_rulebooks(dataset: Dataset, year: int, before: Rules, after: Rules, kind: str = "department") -> pd.DataFrame:
    """All departments' (or districts') mean recomputed scores and ranks under two rule-books.

    Returns
    -------
    One row per unit with scores under either, by its rank after
        As ``compare_frameworks``; ``score`` is the mean of its projects' recomputed scores and ``grade`` that of the mean; also ``scored`` on each side and
        ``regraded`` (counts of projects). Intervals of ranks: points for execution and for each kind of indicator weigh ± 25 %, for all units alike.
    """
    kinds = dataset.units.set_index("unit")["kind"]
    projects = compare_projects(dataset, year, before, after)
    projects = projects[projects["unit"].map(kinds) == kind]
    sides = {}
    for side, rules in zip(SIDES, (before, after), strict=True):
        book = load_rulebook(rules)
        by_unit = projects.groupby("unit")[f"score_{side}"].agg(["mean", "count"])
        by_unit = by_unit[by_unit["count"] > 0]
        frame = pd.DataFrame({"unit": by_unit.index, "score": by_unit["mean"].to_numpy(), "scored": by_unit["count"].to_numpy()})
        sides[side] = frame.assign(grade=book.grade(frame["score"]), of=len(frame)).merge(_draw_ranks(dataset, year, book, frame), on="unit", how="left")
    frame = _beside(sides)
    for side in SIDES:
        frame = frame.merge(sides[side][["unit", "scored", "grade"]].rename(columns={"scored": f"scored_{side}", "grade": f"grade_{side}"}), on="unit", how="left")
    both = projects.dropna(subset=["score_before", "score_after"])
    regraded = (both["grade_before"] != both["grade_after"]).groupby(both["unit"]).sum()
    return frame.assign(regraded=frame["unit"].map(regraded).fillna(0).astype(int)).reset_index(drop=True)


def compare_projects(dataset: Dataset, year: int, before: Rules, after: Rules) -> pd.DataFrame:
    """Every project's recomputed score and grade under two rule-books: one row per project of the year, in the dataset's order.

    ``project``, ``unit``, ``name``, ``name_en``, ``score`` (points) and ``grade`` on each side, ``score_change``; missing where a rule-book gives no score.
    """
    projects, indicators = (_of_year(dataset, name, year) for name in ("projects", "indicators"))
    frame = projects[["project", "unit", "name", "name_en"]].copy()
    for side, rules in zip(SIDES, (before, after), strict=True):
        scored = score_projects(projects, indicators, load_rulebook(rules))
        frame[f"score_{side}"], frame[f"grade_{side}"] = scored["recomputed"], scored["grade"]
    return frame.assign(score_change=(frame["score_after"] - frame["score_before"]).round(9))


def _of_year(dataset: Dataset, name: str, year: int) -> pd.DataFrame:
    table = dataset.table(name)
    return table[table["year"] == year].reset_index(drop=True)


def _draw_ranks(dataset: Dataset, year: int, book: RuleBook, units: pd.DataFrame, about: Uncertainty | None = None) -> pd.DataFrame:
    """Ranks of the units' mean scores, with intervals: the weight of execution and of each level-1 kind varies, the same draw for all units."""
    about = about or Uncertainty()
    projects, indicators = (_of_year(dataset, name, year) for name in ("projects", "indicators"))
    scored = score_projects(projects, indicators, book)
    known = scored["recomputed"].notna() & projects["unit"].isin(units["unit"])
    lines = indicators.assign(points=score_indicators(indicators, book)["points"])
    lines = lines[lines["points"].notna() & lines["project"].isin(projects.loc[known, "project"])]
    lines = lines.assign(level1=lines["level1"].fillna(""))
    execution = pd.DataFrame({"project": projects["project"], "level1": "execution", "points": scored["execution_points"], "weight": book.execution_weight})[known]
    lines = pd.concat([lines[["project", "level1", "points", "weight"]], execution.dropna(subset=["points"])])
    earned, weight = (lines.pivot_table(index="project", columns="level1", values=name, aggfunc="sum", fill_value=0.0) for name in ("points", "weight"))
    project = scored.loc[known].set_index("project")
    earned, weight = earned.reindex(project.index), weight.reindex(project.index)
    rng = np.random.default_rng(about.seed)
    factor = rng.uniform(1 - about.weights, 1 + about.weights, (earned.shape[1], about.draws))
    # the score as recomputed, times how the share of points earned changes under the drawn weights
    share = earned.to_numpy().sum(axis=1) / weight.to_numpy().sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = (earned.to_numpy() @ factor) / (weight.to_numpy() @ factor) / share[:, None] * project["recomputed"].to_numpy()[:, None]
    means = pd.DataFrame(drawn, index=project["unit"].to_numpy()).groupby(level=0).mean().reindex(units["unit"])
    ranks = (-means.round(6)).rank(method="min").to_numpy()
    rank = (-units["score"].round(6)).rank(method="min").to_numpy()
    low, high = (np.quantile(ranks, part, axis=1) if len(units) else np.array([]) for part in (0.05, 0.95))
    return pd.DataFrame({"unit": units["unit"].to_numpy(), "rank": rank, "rank_low": np.minimum(np.floor(low), rank), "rank_high": np.maximum(np.ceil(high), rank)})


def total_weight(rules: Rules) -> dict[str, float]:
    """Code of every item and top category → points of the whole that it stands for (the framework's weights, as they are given)."""
    about = load_framework(rules)
    weights = {item.code: item.weight for item in about.items}
    for category in reversed(about.categories):
        below = sum(weights[code] for code in about.children(category.code))
        weights[category.code] = category.weight if category.weight is not None else below
    weights[TOTAL] = sum(weights[category.code] for category in about.top_categories)
    return weights
