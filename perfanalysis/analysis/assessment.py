"""Assessment by a framework: all units' scores, ranks and changes, computed once for all reports, and who should be inspected."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

import numpy as np
import pandas as pd

from perfanalysis.analysis.keeping import keep_frames
from perfanalysis.dataset import Dataset
from perfanalysis.rules.framework_model import TOTAL, Framework
from perfanalysis.rules.thresholds import Threshold
from perfanalysis.scoring.frameworks import adjust_difficulty, assess_units, measure_change, score_items
from perfanalysis.scoring.ranks import leave_one_out, simulate_ranks

#: Reasons for a special inspection, the gravest first.
REASONS = ("low_score", "fell", "low_category", "overdue")


@dataclass(frozen=True)
class Standing:
    """All units under one framework up to a year.

    ``nodes``: one row per unit × year × node (``assess_units``) with ``change`` on the year before. ``totals``: one row per unit × year
    (``adjust_difficulty``) with ``change``. ``ranks`` and ``choices``: one row per unit of the year, and per unit × choice (``simulate_ranks``);
    ``ranks`` has the same columns ending in ``_adjusted`` for the totals with difficulty. ``medians``: median score by node and item (``code``) and
    year, quartiles beside it. ``left_out``: one row per unit × node left out (``leave_one_out``). ``items``: the rows of ``score_items``.
    """

    nodes: pd.DataFrame = field(repr=False)
    totals: pd.DataFrame = field(repr=False)
    ranks: pd.DataFrame = field(repr=False)
    choices: pd.DataFrame = field(repr=False)
    medians: pd.DataFrame = field(repr=False)
    left_out: pd.DataFrame = field(repr=False)
    items: pd.DataFrame = field(repr=False)


def summarise_standing(assessments: pd.DataFrame, difficulty: pd.DataFrame | None, framework: Framework, year: int) -> Standing:
    """Score every unit of ``assessments`` in all years up to ``year``; ranks as intervals for ``year``. Pure: the framework names the seed."""
    items = score_items(assessments[assessments["year"] <= year], framework)
    items["change"] = measure_change(items, ["unit", "item"])
    nodes = assess_units(items, framework)
    nodes["change"] = measure_change(nodes, ["unit", "node"])
    totals = adjust_difficulty(items, difficulty, framework)
    totals["change"] = measure_change(totals, ["unit"])
    now, seed = items[items["year"] == year], framework.uncertainty.seed
    ranks, choices = simulate_ranks(now, framework, np.random.default_rng(seed))
    coefficients = totals[totals["year"] == year].set_index("unit")["coefficient"]
    if framework.difficulty == "multiply" and coefficients.notna().any():
        adjusted, _ = simulate_ranks(now, framework, np.random.default_rng(seed), coefficients)
        ranks = ranks.merge(adjusted.add_suffix("_adjusted").rename(columns={"unit_adjusted": "unit"}), on="unit", how="left")
    stacked = pd.concat([nodes[["year", "node", "score"]].rename(columns={"node": "code"}), items[["year", "item", "score"]].rename(columns={"item": "code"})])
    by_code = stacked.groupby(["year", "code"])["score"]
    medians = by_code.quantile([0.25, 0.5, 0.75]).unstack().reindex(columns=[0.25, 0.5, 0.75]).set_axis(["low", "median", "high"], axis=1).reset_index()
    return Standing(nodes, totals, ranks, choices, medians, leave_one_out(now, framework), items)


def load_standing(dataset: Dataset, framework: Framework, year: int, unit: str | None = None) -> Standing:
    """The summary from the dataset's store, made there first if it is not yet; ``items`` and ``left_out`` are those of ``unit`` alone where one is named."""
    from perfanalysis import __version__

    names = [part.name for part in fields(Standing)]
    key = json.dumps([dataset.meta["content"], framework.digest, year, __version__, names], sort_keys=True)
    folder = dataset.path / "peers" / f"standing-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    if not folder.is_dir():
        difficulty = dataset.table("difficulty") if "difficulty" in dataset.names else None
        standing = summarise_standing(dataset.table("assessments"), difficulty, framework, year)
        try:
            keep_frames({name: getattr(standing, name) for name in names}, folder)
        except OSError:
            return replace(standing, items=_of(standing.items, unit), left_out=_of(standing.left_out, unit))
    own = None if unit is None else [("unit", "==", unit)]
    return Standing(**{name: pd.read_parquet(folder / f"{name}.parquet", filters=own if name in ("items", "left_out") else None) for name in names})


def _of(frame: pd.DataFrame, unit: str | None) -> pd.DataFrame:
    return frame if unit is None else frame[frame["unit"] == unit].reset_index(drop=True)


def find_inspections(
    nodes: pd.DataFrame, problems: pd.DataFrame | None, framework: Framework, year: int, thresholds: Mapping[str, Threshold]
) -> pd.DataFrame:
    """Units that the stated rules propose for a special inspection, and why.

    Parameters
    ----------
    nodes : ``Standing.nodes``
    problems : one row per problem; reads ``unit``, ``state`` and ``days_overdue`` (``measure_problems``)

    Returns
    -------
    One row per unit × reason
        ``reason`` (one of ``REASONS``), ``value`` (points or days), ``limit``, ``node`` (for ``low_category``), ``reasons`` (how many the unit has);
        units with most reasons first.
    """
    now = nodes[nodes["year"] == year]
    total, top = now[now["node"] == TOTAL], {category.code for category in framework.top_categories}
    low, fall = thresholds["inspection_score"].value, thresholds["inspection_fall"].value
    category, days = thresholds["inspection_category"].value, thresholds["inspection_overdue"].value
    parts = [
        total[total["score"] < low].assign(reason="low_score", value=lambda f: f["score"], limit=low),
        total[total["change"] <= -fall].assign(reason="fell", value=lambda f: -f["change"], limit=fall),
        now[now["node"].isin(top) & (now["score"] < category)].assign(reason="low_category", value=lambda f: f["score"], limit=category),
    ]
    if problems is not None:
        late = problems[(problems["state"] == "overdue") & (problems["days_overdue"] >= days) & problems["unit"].isin(total["unit"])]
        worst = late.groupby("unit", as_index=False)["days_overdue"].max()
        parts.append(worst.assign(reason="overdue", value=worst["days_overdue"].astype(float), limit=days, node=TOTAL))
    found = pd.concat([part[["unit", "reason", "value", "limit", "node"]] for part in parts], ignore_index=True)
    found["reasons"] = found.groupby("unit")["reason"].transform("nunique")
    order = found["reason"].map({reason: place for place, reason in enumerate(REASONS)})
    return found.assign(order=order).sort_values(["reasons", "unit", "order", "value"], ascending=[False, True, True, True]).drop(columns="order").reset_index(drop=True)
