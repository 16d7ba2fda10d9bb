"""What a fair comparison of units needs: each one's rates and mean score with what chance alone would make of them."""

import numpy as np
import pandas as pd

from perfanalysis.analysis.funnel import adjust_for_difficulty, measure_funnel, measure_share_funnel, shrink_means

#: What is compared fairly → its unit of measure.
FAIR_MEASURES = {"share_met": "ratio", "execution_rate": "ratio", "mean_score": "points"}
#: Fewer comparable units than this say nothing about what is usual.
FEWEST_UNITS = 10
#: The draws of ranks; the same one every time, so that the same data give the same intervals.
SEED = 20
#: Points; no interval of a score goes beyond.
HIGHEST_SCORE = 100
_LIMITS = ("low_95", "high_95", "low_998", "high_998")


def compare_fairly(kinds: pd.Series, projects: pd.DataFrame, indicators: pd.DataFrame | None, difficulty: pd.Series | None = None) -> pd.DataFrame:
    """Every unit's share of indicators met, execution rate and mean score, against all units of its kind.

    Parameters
    ----------
    kinds : kind of each unit (index ``unit``); units of one kind are compared with each other
    projects : one row per project of the year: ``unit``, ``budget``, ``executed`` (money), ``recomputed`` (points; may be absent)
    indicators : one row per indicator of the year: ``unit``, ``met`` (yes, partly, no or missing)
    difficulty : declared coefficient (index ``unit``; 1.0 = normal)

    Returns
    -------
    One row per unit × measure (``FAIR_MEASURES``) that has a value
        ``unit``, ``kind``, ``measure``, ``size`` (indicators; projects as if all were of one size), ``value``, and what ``measure_funnel`` and ``shrink_means``
        (for the mean score alone) give, in the measure's own unit; ``adjusted_state``: the state at average difficulty; ``slope``, ``slope_low``,
        ``slope_high`` (value per 0.1 of the coefficient). Where fewer than ``FEWEST_UNITS`` can be compared only ``size`` and ``value``.

        Chance alone: a share of n indicators as n independent ones at the share of all; a rate or mean over n projects by the
        scatter of projects within their units, pooled. Whatever else differs between units widens the limits (over-dispersion).
    """
    parts = [_share_met(indicators)] if indicators is not None and len(indicators) else []
    parts += [_execution(projects)]
    if "recomputed" in projects:
        parts.append(_mean_score(projects))
    frame = pd.concat([part for part in parts if len(part)], ignore_index=True) if any(map(len, parts)) else _empty()
    frame["kind"] = frame["unit"].map(kinds)
    frame["coefficient"] = np.nan if difficulty is None else frame["unit"].map(difficulty)
    made = [_compare(rows) for _, rows in frame.dropna(subset=["kind"]).groupby(["kind", "measure"], sort=True)]
    return pd.concat(made, ignore_index=True).drop(columns=["error", "coefficient"]) if made else _empty()


def _empty() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="str" if name in ("unit", "kind", "measure") else "float64") for name in ("unit", "kind", "measure", "size", "value", "error")})


def _share_met(indicators: pd.DataFrame) -> pd.DataFrame:
    known = indicators.dropna(subset=["met"])
    by_unit = (known["met"] == "yes").groupby(known["unit"]).agg(["sum", "size"]).astype(float)
    whole = by_unit["sum"].sum() / by_unit["size"].sum() if len(by_unit) else np.nan
    return pd.DataFrame({"unit": by_unit.index, "measure": "share_met", "size": by_unit["size"], "value": by_unit["sum"] / by_unit["size"],
                         "error": np.sqrt(whole * (1 - whole) / by_unit["size"])}).reset_index(drop=True)


def _execution(projects: pd.DataFrame) -> pd.DataFrame:
    known = projects.dropna(subset=["budget", "executed"])
    known = known[known["budget"] > 0]
    rates, units = known["executed"] / known["budget"], known["unit"]
    sums = known.assign(square=known["budget"] ** 2).groupby("unit")[["budget", "executed", "square"]].sum()
    # two projects of which one has nearly all the money tell as much as one
    size = sums["budget"] ** 2 / sums["square"]
    value = sums["executed"] / sums["budget"]
    return pd.DataFrame({"unit": sums.index, "measure": "execution_rate", "size": size, "value": value,
                         "error": _scatter(rates, units) / np.sqrt(size)}).reset_index(drop=True)


def _mean_score(projects: pd.DataFrame) -> pd.DataFrame:
    known = projects.dropna(subset=["recomputed"])
    by_unit = known.groupby("unit")["recomputed"].agg(["mean", "size"])
    return pd.DataFrame({"unit": by_unit.index, "measure": "mean_score", "size": by_unit["size"].astype(float), "value": by_unit["mean"],
                         "error": _scatter(known["recomputed"], known["unit"]) / np.sqrt(by_unit["size"])}).reset_index(drop=True)


def _scatter(values: pd.Series, units: pd.Series) -> float:
    """Standard deviation within units, pooled over all; missing where no unit has two values."""
    by_unit = values.groupby(units)
    freedom = (by_unit.size() - 1).sum()
    within = ((values - by_unit.transform("mean")) ** 2).sum()
    return float(np.sqrt(within / freedom)) if freedom > 0 else np.nan


def _compare(rows: pd.DataFrame) -> pd.DataFrame:
    measure = rows["measure"].iloc[0]
    if ((rows["error"] > 0) & rows["value"].notna()).sum() < FEWEST_UNITS:
        return rows
    funnel = _funnel(rows, measure)
    difficulty = adjust_for_difficulty(rows.assign(between=funnel["between"]))
    again = _funnel(rows.assign(shift=difficulty["shift"]), measure)
    highest = HIGHEST_SCORE if measure == "mean_score" else np.inf
    funnel = funnel.assign(**{name: funnel[name].clip(0, highest) for name in _LIMITS})
    result = pd.concat([rows, funnel, difficulty[["slope", "slope_low", "slope_high"]] * 0.1], axis=1).assign(adjusted_state=again["state"])
    if measure != "mean_score":
        return result
    shrunk = shrink_means(rows, np.random.default_rng(SEED)).drop(columns="between")
    return result.join(shrunk.assign(**{name: shrunk[name].clip(0, highest) for name in ("shrunk_low", "shrunk_high")}))


def _funnel(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    if measure == "share_met":
        return measure_share_funnel(rows.assign(met=(rows["value"] * rows["size"]).round(), of=rows["size"]))
    return measure_funnel(rows)
