"""Indicators of the demonstration city: a set per project, targets and actual values per year, and the points that mof-2020 gives.

The points are computed here on their own, without the library's scoring, so that a disagreement in a report is a planted one.
"""

import re
from typing import Any

import numpy as np
import pandas as pd

from perfanalysis.demo import material as m

OUTPUT_WEIGHTS = {2: ([25, 25], [30, 20]), 3: ([20, 15, 15], [20, 20, 10]), 4: ([15, 15, 10, 10], [20, 10, 10, 10])}
BENEFIT_WEIGHTS = {1: ([30],), 2: ([15, 15], [20, 10]), 3: ([10, 10, 10],)}
#: How often a target is missed, in an ordinary and in a weak project (three in twenty are weak); three misses in twenty are bad ones.
MISSED, MISSED_BY_WEAK, WEAK, BADLY = 0.09, 0.35, 0.15, 0.15
#: Points of a qualitative indicator, as a share of its weight (mof-2020: 100–80 %, 80–60 %, below 60 %).
QUALITATIVE = {"yes": 1.0, "partly": 0.7, "no": 0.4}

_ECONOMIC = "增长率|增产|增收|产值|收入|消费|就业|损失|出口|融资额|效率|倍数"
#: Which of a sector's quality indicators suit works and purchases, and which benefits; the others suit what is run, served or held.
_OF_WORKS, _OF_BENEFITS = re.compile("验收|工程|设备|设施|装备|校舍"), re.compile("对象|发放|补助|资金|待遇|兑付|认定|核准")
_GREEN = {"environment", "water", "natural_resources"}


def choose_sets(rng: np.random.Generator, projects: pd.DataFrame) -> pd.DataFrame:
    """One row per project × indicator: what is measured and its weight; no two projects have the same set.

    ``projects`` has one row per project: ``project``, ``sector``, ``theme``, ``budget`` (yuan, its largest year).
    """
    pools = m.load_city()["pools"]
    sectors = {**m.load_sectors(), "bonds": _bond_sector()}
    seen: set[tuple[str, ...]] = set()
    rows: list[tuple[Any, ...]] = []
    for project, sector, theme, budget in zip(projects["project"], projects["sector"], projects["theme"], projects["budget"], strict=True):
        about = sectors[sector]
        chosen = _draw_set(rng, about, about["themes"][theme], pools, budget)
        while (names := tuple(sorted(line[2] for line in chosen))) in seen:
            chosen = _draw_set(rng, about, about["themes"][theme], pools, budget)
        seen.add(names)
        rows += [(project, f"I{place}", *line) for place, line in enumerate(chosen, start=1)]
    columns = ["project", "indicator", "level1", "level2", "level3", "level3_en", "measure", "how", "base", "weight"]
    frame = pd.DataFrame(rows, columns=columns)
    sector = frame["project"].map(projects.set_index("project")["sector"])
    benefit = frame["level1"].eq("benefit")
    frame["level2"] = np.select(
        [benefit & frame["how"].eq("qual"), benefit & frame["level3"].str.contains(_ECONOMIC), benefit & sector.isin(_GREEN), benefit],
        ["可持续影响指标", "经济效益指标", "生态效益指标", "社会效益指标"], frame["level2"],
    )
    # what a project keeps for life: how ambitious it is
    frame["lean"] = rng.uniform(-1, 1, len(frame)).round(2)
    frame["part"] = rng.uniform(0.35, 0.60, len(frame))
    return frame


def make_values(rng: np.random.Generator, sets: pd.DataFrame, years: pd.DataFrame) -> pd.DataFrame:
    """One row per project × year × indicator with target and actual value; ``years`` has ``project``, ``year``, ``budget_adjusted``.

    A target that is met is met by at most 12 %; one that is missed has a reason.
    """
    frame = years[["project", "year", "budget_adjusted"]].merge(sets, on="project")
    how, n = frame["how"], len(frame)
    base = pd.to_numeric(frame["base"], errors="coerce")
    since = frame["year"] - m.YEARS[0]
    is_ratio = frame["measure"].eq("%")
    level = base * (1 + 0.08 * frame["lean"]) * (1 + 0.02 * since)
    low = base * (1 + 0.08 * frame["lean"]) * (1 - 0.02 * since)
    rate = np.minimum(base + 0.02 * np.round(frame["lean"]), 0.99)
    target = np.select(
        [how.eq("scale"), how.eq("rate"), how.eq("level"), how.eq("low") & base.eq(1), how.eq("low"), how.eq("full"), how.eq("zero")],
        [
            np.maximum(np.round(_significant(frame["budget_adjusted"] * frame["part"] / base, 2)), 1), rate.round(2),
            np.where(is_ratio, level.round(3), _significant(level, 2)), 1.0, _significant(low, 2), 1.0, 0.0,
        ],
        np.nan,
    )
    missed, severity = _draw_misses(rng, frame, target)
    over = np.where(rng.random(n) < 0.45, 0.0, rng.random(n))
    up = np.where(missed, severity, 1 + 0.10 * over)
    actual = np.select(
        [how.eq("scale"), how.eq("rate"), how.eq("level"), how.eq("low"), how.eq("full"), how.eq("zero")],
        [
            np.where(missed, np.floor(target * severity), np.round(target * (1 + 0.08 * over))),
            np.where(missed, target * severity, target + np.minimum(0.7 * (1 - target), 0.12 * target) * over).round(4),
            np.where(is_ratio, (target * up).round(4), _countable(target * up, missed)),
            # a value that may only be low is never rounded past its target
            np.where(missed, np.ceil(target / severity * 1e4) / 1e4, np.floor(target * (1 - 0.15 * over) * 1e4 + 1e-6) / 1e4),
            1.0, 0.0,
        ],
        np.nan,
    )
    # amounts of 1 or more are reported with one decimal
    coarse = how.eq("low") & ~is_ratio & (target >= 1)
    actual = np.where(coarse, np.where(missed, np.ceil(actual * 10) / 10, np.floor(actual * 10 + 1e-6) / 10), actual)
    qualitative = how.eq("qual")
    reasons = np.array(m.load_city()["reasons"])
    frame = frame.assign(
        nature=np.where(qualitative, "qualitative", "quantitative"),
        direction=np.select([qualitative, how.isin(["low", "zero"]), how.eq("full")], ["", "<=", "="], ">="),
        target=target, actual=actual,
        target_text=frame["base"].where(qualitative),
        reached=np.where(qualitative, np.where(missed, "partly", "yes"), ""),
        reason=np.where(missed, reasons[rng.integers(0, len(reasons), n)], ""),
        measure=frame["measure"],
    )
    empty = {name: frame[name].replace("", np.nan) for name in ("direction", "reached", "reason", "measure")}
    return score_lines(frame.assign(**empty, actual_text=_describe(frame)))


def score_lines(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows with ``score`` by mof-2020: met gets all points, missed its points × ratio, half up to two decimals."""
    with np.errstate(divide="ignore", invalid="ignore"):
        up, down = frame["actual"] / frame["target"], frame["target"] / frame["actual"]
        ratio = np.where(frame["direction"].eq("<="), np.where(frame["actual"] <= frame["target"], 1.0, down), np.minimum(up, 1.0))
    ratio = np.where(frame["nature"].eq("qualitative"), frame["reached"].map(QUALITATIVE), ratio)
    return frame.assign(score=half_up(frame["weight"] * ratio), actual_text=_describe(frame))


def half_up(values):
    """Rounded to two decimals as a form prints them: 8.625 → 8.63."""
    return np.floor(np.asarray(values, dtype="float64") * 100 + 0.5 + 1e-7) / 100


def score_forms(projects: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """``execution_rate_stated``, ``execution_score`` and ``self_score`` of the projects that evaluated themselves; same index."""
    given = lines.groupby(["project", "year"])["score"].sum().reindex(pd.MultiIndex.from_frame(projects[["project", "year"]])).to_numpy()
    rate = projects["executed"] / projects["budget_adjusted"]
    points = pd.Series(half_up(10 * np.minimum(rate, 1)), index=projects.index)
    scored = projects["evaluated"]
    return pd.DataFrame({
        "execution_rate_stated": (np.floor(rate * 1e4 + 0.5 + 1e-7) / 1e4).where(scored),
        "execution_score": points.where(scored),
        "self_score": (points + given).round(2).where(scored),
    })


def make_monitoring(rng: np.random.Generator, lines: pd.DataFrame, early: pd.Series) -> pd.DataFrame:
    """Double monitoring as of 31 July of the lines' year: one row per indicator of each self-evaluated project; ``early`` marks projects that were done by then."""
    n = len(lines)
    how, actual, target = lines["how"], lines["actual"], lines["target"]
    done = np.where(early, rng.uniform(0.93, 0.99, n), rng.uniform(0.46, 0.68, n))
    near = np.where(how.eq("low"), actual * rng.uniform(1.0, 1.03, n), actual * rng.uniform(0.96, 1.0, n))
    decimals_kept = np.where(lines["measure"].eq("%"), np.round(near, 4), np.round(near, 1))
    # only what is finished is counted
    to_date = np.select([how.eq("scale"), how.eq("full")], [np.floor(actual * done), 1.0], decimals_kept)
    guess = np.where(how.eq("scale"), np.round(actual * rng.uniform(0.98, 1.02, n)), actual)
    met = np.where(how.isin(["low", "zero"]), actual <= target, actual >= target) | lines["reached"].eq("yes").to_numpy()
    guess = np.where(how.eq("scale") & met, np.maximum(guess, target), guess)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(how.isin(["low", "zero"]), np.where(guess <= target, 1.0, target / guess), guess / target)
    ratio = np.where(lines["nature"].eq("qualitative"), lines["reached"].map({"yes": 1.0, "partly": 0.9}), ratio)
    short = ratio < 1 - 1e-9
    causes = rng.choice(["funding", "rules", "staff", "equipment", "other"], n, p=[0.2, 0.15, 0.2, 0.1, 0.35])
    mend = ratio < 0.9
    city = m.load_city()
    return pd.DataFrame({
        "project": lines["project"], "year": lines["year"], "as_of": pd.to_datetime(lines["year"].astype("str") + "-07-31"), "indicator": lines["indicator"],
        "actual_to_date": np.where(lines["nature"].eq("qualitative"), np.nan, to_date),
        "expected": np.where(lines["nature"].eq("qualitative"), np.nan, guess),
        "likelihood": np.select([~short, ratio >= 0.8], ["certain", "possible"], "impossible"),
        "cause": pd.Series(np.where(short, causes, "")).replace("", np.nan).to_numpy(),
        "rectification_needed": mend,
        "advice": pd.Series(np.where(mend, city["advice"], "")).replace("", np.nan).to_numpy(),
        "result": pd.Series(np.where(mend, city["rectified"], "")).replace("", np.nan).to_numpy(),
    })


def _draw_set(rng: np.random.Generator, about: dict, theme: list, pools: dict, budget: float) -> list[tuple[Any, ...]]:
    """The lines of one project: output 50, benefit 30, satisfaction 10 points."""
    first, second = [*theme[4][:3], "scale", theme[4][3]], [*theme[5][:3], "scale", theme[5][3]]
    if budget * 0.4 < first[4] and second[4] < first[4]:
        first, second = second, first
    outputs = int(rng.choice([2, 3, 4], p=[0.15, 0.4, 0.45]))
    benefits = int(rng.choice([1, 2, 3], p=[0.3, 0.5, 0.2]))
    more = [("时效指标", _pick(rng, pools["timeliness"])), ("成本指标", _pick(rng, pools["cost"]))]
    if budget * 0.4 >= second[4]:
        more.append(("数量指标", second))
    chosen = [("数量指标", first), ("质量指标", _pick(rng, _suitable_quality(about, theme[2], pools)))]
    chosen += [more[place] for place in rng.permutation(len(more))[: outputs - 2]]
    others = [*about["benefit"], *pools["sustainability"]]
    effects = [theme[6], *(others[place] for place in rng.permutation(len(others))[: benefits - 1])]
    lines = [("output", kind, line) for kind, line in chosen] + [("benefit", "", line) for line in effects]
    lines.append(("satisfaction", "服务对象满意度指标", _pick(rng, about["satisfaction"])))
    split = [*_pick(rng, OUTPUT_WEIGHTS[len(chosen)]), *_pick(rng, BENEFIT_WEIGHTS[benefits]), 10]
    return [(level1, level2, *line, float(weight)) for (level1, level2, line), weight in zip(lines, split, strict=True)]


def _suitable_quality(about: dict, category: str, pools: dict) -> list:
    """The quality indicators, of any sector and of this one, that a project of this category may have."""
    pattern = {"construction": _OF_WORKS, "subsidy": _OF_BENEFITS}.get(category)
    either = re.compile(f"{_OF_WORKS.pattern}|{_OF_BENEFITS.pattern}")
    own = [line for line in about["quality"] if (pattern.search(line[0]) if pattern else not either.search(line[0]))]
    return [*own, *pools["quality"][category]]


def _pick(rng: np.random.Generator, options):
    return options[int(rng.integers(len(options)))]


def _bond_sector() -> dict[str, Any]:
    city = m.load_city()
    return {"themes": city["bonds"], "quality": city["bond_quality"], "benefit": city["bond_benefit"], "satisfaction": city["bond_satisfaction"]}


def _draw_misses(rng: np.random.Generator, frame: pd.DataFrame, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which lines miss their target, and what share of it they reach; yes-or-no lines and counts below 20 do not miss."""
    key = frame["project"] + frame["year"].astype("str")
    weak = pd.Series(rng.random(key.nunique()) < WEAK, index=key.unique())[key].to_numpy()
    can = frame["how"].isin(["rate", "level", "low", "qual"]) | (frame["how"].eq("scale") & (target >= 20))
    missed = can.to_numpy() & (rng.random(len(frame)) < np.where(weak, MISSED_BY_WEAK, MISSED))
    badly = rng.random(len(frame)) < BADLY
    return missed, np.where(badly, rng.uniform(0.60, 0.85, len(frame)), rng.uniform(0.90, 0.985, len(frame)))


def _countable(values: np.ndarray, down: np.ndarray) -> np.ndarray:
    """As a form states them: whole from 20 on, one decimal from 1, four below; a value under its target is never rounded up to it."""
    scale = np.select([values >= 20, values >= 1], [1.0, 10.0], 1e4)
    return np.where(down, np.floor(values * scale + 1e-6), np.round(values * scale)) / scale


def _describe(frame: pd.DataFrame) -> pd.Series:
    """What a form says of a qualitative indicator."""
    return frame["reached"].map({"yes": "达成预期指标", "partly": "部分达成预期指标", "no": "未达成预期指标"}).astype("str")


def _significant(values, digits: int) -> np.ndarray:
    """Rounded to so many significant digits; not below whole numbers where the value is 10 or more."""
    values = np.asarray(values, dtype="float64")
    values = np.where(np.isfinite(values), values, 0.0)
    # lines of other kinds have no value here, or zero
    step = 10.0 ** (np.floor(np.log10(np.where(values > 0, values, 1.0))) - digits + 1)
    return np.round(np.round(values / step) * step, 10)
