"""What every unit and project may reach by year-end, how far such projections could be trusted before, and whose months stand out: made once for all reports."""

import hashlib
import json
from dataclasses import dataclass, field, fields

import numpy as np
import pandas as pd

from perfanalysis.analysis.keeping import keep_frames
from perfanalysis.dataset import Dataset, note_read
from perfanalysis.monitoring.projection import lay_out_courses, roll_origins
from perfanalysis.monitoring.signals import LEAST_PERIODS, RULES, adjust_season, measure_signals, simulate_false_alarms
from perfanalysis.monitoring.target_chance import gather_cases
from perfanalysis.rules import RuleBook

#: What the projection has to beat, and itself: method → column of ``roll_origins``.
METHODS = {"projection": "projected", "pro_rata": "pro_rata", "last_share": "last_share", "own": "own"}
_SEED = 20201231


@dataclass(frozen=True)
class Outlook:
    """All units and projects as seen from one month of one year.

    ``ahead``: one row per series of the year (``roll_origins``). ``backtest``: one row per level × method of the years before. ``warning``: one row per level ×
    month of those years (who would have been warned). ``levels``: one row per unit × period up to the day (``adjust_season``) with its signals. ``alarms``: one row, the shares of units that
    would have a signal though nothing happened (``simulate_false_alarms``) with ``baseline`` and ``length`` (periods).
    """

    ahead: pd.DataFrame = field(repr=False)
    backtest: pd.DataFrame = field(repr=False)
    warning: pd.DataFrame = field(repr=False)
    levels: pd.DataFrame = field(repr=False)
    alarms: pd.DataFrame = field(repr=False)


def summarise_outlook(
    execution: pd.DataFrame, year: int, month: int, *, goal: float, green_from: float, false_alarms: float, settled_after: int = 1, fiscal_year_start: int = 1
) -> Outlook:
    """The outlook at the end of ``month`` (of the fiscal year) of ``year``. Pure; nothing later than that is used.

    ``goal`` is the share of the budget that is to be executed, ``green_from`` the ratio from which the official light is green, ``false_alarms`` the share
    of those that meet the goal that may be warned in vain, ``settled_after`` as in ``roll_origins``.
    """
    courses = lay_out_courses(execution, fiscal_year_start=fiscal_year_start)
    courses = courses[(courses["year"] < year) | ((courses["year"] == year) & (courses["month"] <= month))]
    months = sorted(set(courses["month"]) - {12} | {month})
    ahead, tested, warned = [], [], []
    for level, rows in courses.groupby("level"):
        last_settled = year - settled_after
        goals = rows[(rows["month"] == 12) & (rows["budget"] > 0)].set_index(["series", "year"])["budget"] * goal
        for at in months:
            rolled = roll_origins(rows, at, goal=goal, settled_after=settled_after).assign(level=level)
            if at == month:
                ahead.append(rolled[rolled["year"] == year])
                tested.append(measure_backtest(rolled[rolled["year"] <= last_settled]).assign(level=level))
            if at < 12:
                warned.append(_measure_warning(rolled[rolled["year"] <= last_settled], goals, at, green_from, false_alarms).assign(level=level))
    # the last period of a year whose accounts are still open is not known yet
    units = courses[(courses["level"] == "unit") & ~((courses["month"] == 12) & courses["year"].between(year - settled_after + 1, year - 1))]
    levels, alarms = _find_signals(adjust_season(units, year), year)
    return Outlook(pd.concat(ahead, ignore_index=True), pd.concat(tested, ignore_index=True), pd.concat(warned, ignore_index=True), levels, alarms)


def measure_backtest(rolled: pd.DataFrame) -> pd.DataFrame:
    """How each method did in years whose end is known.

    Returns
    -------
    One row per method
        ``method`` (of ``METHODS``), ``cases`` (series × years that it and the projection could project), ``error`` (ratio: Σ|projected − final| ÷ Σ final),
        ``projection_error`` (the same of the projection on the same cases), ``coverage`` (ratio of the cases with an interval that lay in it; of the projection
        only), ``intervals`` (count), ``from_year``, ``to_year``.
    """
    known = rolled.dropna(subset=["final", "projected"])
    lines = []
    for method, column in METHODS.items():
        both = known.dropna(subset=[column])
        total = both["final"].sum()
        line = {"method": method, "cases": len(both), "error": (both[column] - both["final"]).abs().sum() / total if total > 0 else np.nan,
                "projection_error": (both["projected"] - both["final"]).abs().sum() / total if total > 0 else np.nan, "coverage": np.nan, "intervals": 0,
                "from_year": both["year"].min() if len(both) else np.nan, "to_year": both["year"].max() if len(both) else np.nan}
        if method == "projection":
            judged = both.dropna(subset=["low"])
            inside = judged["final"].between(judged["low"], judged["high"])
            line |= {"coverage": inside.mean() if len(judged) else np.nan, "intervals": len(judged)}
        lines.append(line)
    return pd.DataFrame(lines)


def _measure_warning(rolled: pd.DataFrame, goals: pd.Series, month: int, green_from: float, false_alarms: float) -> pd.DataFrame:
    """Who was warned at the end of ``month`` in years whose end is known, among those that then missed the goal and those that met it.

    ``missed``, ``met`` (series × years); ``missed_light``, ``met_light``: of them, those whose official light was red or yellow; ``caught_light``,
    ``caught_chance``: of the missed, those that each finds when its limit is set so that at most the share ``false_alarms`` of the met is warned;
    ``cut`` (ratio): that limit of the chance.
    """
    judged = rolled.dropna(subset=["chance", "final"]).join(goals.rename("goal"), on=["series", "year"]).dropna(subset=["goal"])
    missed = (judged["final"] < judged["goal"]).to_numpy()
    ratio = (judged["executed_to_date"] / judged["budget"] / (month / 12)).to_numpy("float64")
    chance = judged["chance"].to_numpy("float64")
    light = ratio < green_from
    cuts = {}
    for name, score in (("light", ratio), ("chance", chance)):
        met = np.sort(score[~missed])
        cuts[name] = float(met[int(false_alarms * len(met))]) if len(met) else np.nan
    return pd.DataFrame([{
        "month": month, "missed": int(missed.sum()), "met": int((~missed).sum()), "missed_light": int((missed & light).sum()), "met_light": int((~missed & light).sum()),
        "caught_light": int((missed & (ratio < cuts["light"])).sum()), "caught_chance": int((missed & (chance < cuts["chance"])).sum()), "cut": cuts["chance"],
    }])


def _find_signals(levels: pd.DataFrame, year: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    parts, lengths = [], []
    for _, rows in levels.groupby("series", sort=True):
        baseline = int((rows["year"] < year).sum())
        if baseline >= LEAST_PERIODS and len(rows) > baseline:
            parts.append(rows.join(measure_signals(rows["level"], baseline)))
            lengths.append((baseline, len(rows) - baseline))
        else:
            parts.append(rows)
    found = pd.concat(parts, ignore_index=True) if parts else levels
    for name in ("centre", "low", "high"):
        found[name] = found[name].astype("float64") if name in found else np.nan
    for rule in RULES:
        found[rule] = found[rule].eq(True) if rule in found else False
    if not lengths:
        return found, pd.DataFrame()
    baseline, length = max(set(lengths), key=lengths.count)
    shares = simulate_false_alarms(baseline, length, np.random.default_rng(_SEED))
    return found, pd.DataFrame([{**shares, "baseline": baseline, "length": length}])


def load_outlook(dataset: Dataset, year: int, month: int, *, goal: float, green_from: float, false_alarms: float, settled_after: int = 1) -> Outlook:
    """The outlook from the dataset's store, made there first if it is not yet; made anew where the folder cannot be written to."""
    from perfanalysis import __version__

    key = json.dumps([dataset.meta["content"], year, month, goal, green_from, false_alarms, settled_after, __version__], sort_keys=True)
    folder = dataset.path / "peers" / f"outlook-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    # the summary is made from every unit's execution: a change anywhere in it is a change of what this report reads
    note_read("table", "execution", "")
    names = [part.name for part in fields(Outlook)]
    if not folder.is_dir():
        outlook = summarise_outlook(
            dataset.table("execution"), year, month, goal=goal, green_from=green_from, false_alarms=false_alarms, settled_after=settled_after,
            fiscal_year_start=dataset.meta["fiscal_year_start"],
        )
        try:
            keep_frames({name: getattr(outlook, name) for name in names}, folder)
        except OSError:
            return outlook
    return Outlook(**{name: pd.read_parquet(folder / f"{name}.parquet") for name in names})


def load_target_cases(dataset: Dataset, rulebook: RuleBook, year: int, month: int) -> pd.DataFrame:
    """What was expected of all projects at this month of earlier years and what they achieved (``gather_cases``), kept as ``load_outlook`` keeps its summary."""
    from perfanalysis import __version__

    key = json.dumps([dataset.meta["content"], rulebook.digest, year, month, __version__], sort_keys=True)
    folder = dataset.path / "peers" / f"cases-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    for table in ("monitoring", "indicators"):
        note_read("table", table, "")
    if not folder.is_dir():
        cases = gather_cases(dataset.table("monitoring"), dataset.table("indicators"), rulebook, year, month, fiscal_year_start=dataset.meta["fiscal_year_start"])
        try:
            keep_frames({"cases": cases}, folder)
        except OSError:
            return cases
    return pd.read_parquet(folder / "cases.parquet")
