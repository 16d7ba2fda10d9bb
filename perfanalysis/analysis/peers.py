"""What a report needs to know of the other units: computed once, never once per report."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from perfanalysis.analysis.agreement import pair_scores
from perfanalysis.analysis.fair import compare_fairly
from perfanalysis.analysis.keeping import keep_frames
from perfanalysis.dataset import Dataset, note_read
from perfanalysis.monitoring import measure_achievement, measure_course, measure_last_month, measure_pace
from perfanalysis.rules import RuleBook
from perfanalysis.scoring import score_indicators, score_projects

#: What is compared between units → its unit of measure. Each is a column of ``Peers.units``.
MEASURES = {"execution_rate": "ratio", "mean_score": "points", "achievement": "ratio", "last_share": "ratio"}


@dataclass(frozen=True)
class Peers:
    """All units' measures of one year under one rule-book, and the pace that is normal for the season.

    ``units`` has one row per unit (index ``unit``): ``kind``, ``budget``, ``executed`` (money), ``projects``, ``scored`` (counts), and
    ``MEASURES``. ``pace`` is that of ``measure_pace``. ``scores`` are all submitted self-scores of the year (points). ``fair`` is that of
    ``compare_fairly``, ``pairs`` are the scores of the projects that were evaluated independently too, with ``unit``, ``self_score`` and ``review`` (points).
    """

    units: pd.DataFrame = field(repr=False)
    pace: pd.DataFrame = field(repr=False)
    scores: pd.Series = field(repr=False)
    fair: pd.DataFrame = field(repr=False)
    pairs: pd.DataFrame = field(repr=False)


def summarise_peers(dataset: Dataset, rulebook: RuleBook, year: int) -> Peers:
    """Measure every unit of ``dataset`` in ``year`` from its tables, as far as it has them."""
    tables = {name: dataset.table(name) for name in ("projects", "indicators", "execution", "reviews", "difficulty") if name in dataset.names}
    start = dataset.meta["fiscal_year_start"]
    return summarise_units(dataset.units, tables, rulebook, year, fiscal_year_start=start)


def summarise_units(
    units: pd.DataFrame, tables: Mapping[str, pd.DataFrame], rulebook: RuleBook, year: int, *, fiscal_year_start: int = 1
) -> Peers:
    """As ``summarise_peers``, from frames: pure."""
    summary = units.set_index("unit")[["kind"]].copy()
    scores, fair, pairs = pd.Series(dtype="float64"), pd.DataFrame(), pd.DataFrame({"unit": [], "self_score": [], "review": []})
    if "projects" in tables:
        projects = tables["projects"]
        projects = projects[projects["year"] == year]
        projects = projects.assign(budget=projects["budget_adjusted"].fillna(projects["budget_initial"]))
        by_unit = projects.groupby("unit")
        summary["budget"] = by_unit["budget"].sum(min_count=1)
        both = projects.dropna(subset=["budget", "executed"]).groupby("unit")[["budget", "executed"]].sum()
        summary["executed"] = by_unit["executed"].sum(min_count=1)
        summary["execution_rate"] = (both["executed"] / both["budget"]).where(both["budget"] > 0)
        summary["projects"] = by_unit.size()
        scores, points = projects["self_score"].dropna(), None
        if "reviews" in tables:
            # whose project it is matters here, which one does not
            pairs = pair_scores(projects, tables["reviews"][tables["reviews"]["year"] == year]).drop(columns="project")
        if "indicators" in tables:
            indicators = tables["indicators"]
            indicators = indicators[indicators["year"] == year]
            scored = projects[["unit"]].join(score_projects(projects, indicators, rulebook)[["recomputed"]])
            projects["recomputed"] = scored["recomputed"]
            summary["mean_score"] = scored.groupby("unit")["recomputed"].mean()
            summary["scored"] = scored.groupby("unit")["recomputed"].count()
            points = indicators.join(score_indicators(indicators, rulebook)[["points", "met"]])
            achieved = measure_achievement(points)
            achieved = achieved.merge(projects[["project", "year", "unit"]], on=["project", "year"])
            achieved["earned"] = achieved["achievement"] * achieved["scored_weight"]
            sums = achieved.groupby("unit")[["earned", "scored_weight"]].sum(min_count=1)
            summary["achievement"] = sums["earned"] / sums["scored_weight"]
        fair = compare_fairly(summary["kind"], projects, points, _declared(tables.get("difficulty"), year))
    pace = pd.DataFrame()
    if "execution" in tables:
        course = measure_course(tables["execution"])
        pace = measure_pace(course, year, fiscal_year_start=fiscal_year_start)
        last = measure_last_month(course[course["year"] == year])
        summary["last_share"] = last.set_index("unit")["last_share"]
    for name in ("budget", "executed", "projects", "scored", *MEASURES):
        if name not in summary:
            summary[name] = float("nan")
    return Peers(summary, pace, scores, fair, pairs)


def load_peers(dataset: Dataset, rulebook: RuleBook, year: int) -> Peers:
    """The summary from the dataset's store, made there first if it is not yet; made anew where the folder cannot be written to."""
    # what a summary holds is part of its key: one that was stored before it held more is made anew
    names = [part.name for part in fields(Peers)]
    key = json.dumps([dataset.meta["content"], rulebook.digest, year, _own_code(), names], sort_keys=True)
    folder = dataset.path / "peers" / hashlib.sha256(key.encode()).hexdigest()[:16]
    note_read("peers", rulebook.digest, str(year))
    if not folder.is_dir():
        peers = summarise_peers(dataset, rulebook, year)
        try:
            keep_frames({name: getattr(peers, name) for name in names} | {"scores": peers.scores.rename("self_score").to_frame()}, folder)
        except OSError:
            return peers
    # what one report does to its copy no other sees
    frames = {name: frame.copy(deep=False) for name, frame in _stored(folder, tuple(names)).items()}
    return Peers(**frames | {"scores": frames["scores"]["self_score"]})


@lru_cache(maxsize=8)
def _stored(folder: Path, names: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """The frames of a summary; the folder's name says what they were made from, so that they never change."""
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in names}


def _own_code() -> str:
    from perfanalysis import __version__

    return __version__


def _declared(difficulty: pd.DataFrame | None, year: int) -> pd.Series | None:
    """Each unit's declared coefficient of the year, where it has one for all of its work; that of the first framework where it has several."""
    if difficulty is None:
        return None
    rows = difficulty[difficulty["year"] == year].dropna(subset=["coefficient"])
    rows = rows[rows["item"].isna()] if "item" in rows else rows
    return rows.sort_values("framework", kind="stable").drop_duplicates("unit").set_index("unit")["coefficient"]


def place_among(peers: Peers, unit: str, measure: str) -> dict[str, float]:
    """Where ``unit`` stands among the units of its kind in ``measure``.

    Returns ``value``, ``median``, ``low`` and ``high`` (quartiles of the others), ``others`` (count), ``below`` (count of others with a lower
    value); missing where the unit has no value or there are fewer than five others.
    """
    if unit not in peers.units.index:
        return {}
    own = peers.units.index == unit
    value = float(peers.units.at[unit, measure])
    others = peers.units.loc[(peers.units["kind"] == peers.units.at[unit, "kind"]) & ~own, measure].to_numpy(dtype="float64")
    others = others[~np.isnan(others)]
    if np.isnan(value) or len(others) < 5:
        return {}
    low, median, high = np.quantile(others, [0.25, 0.5, 0.75]).tolist()
    return {"value": value, "median": median, "low": low, "high": high, "others": len(others), "below": int((others < value).sum())}
