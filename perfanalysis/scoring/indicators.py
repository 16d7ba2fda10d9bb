"""Points for performance indicators, each by the rule that its nature and direction name."""

import re

import numpy as np
import pandas as pd

from perfanalysis.rules import RuleBook, round_points
from perfanalysis.scoring.columns import gather_codes, numbers, texts

#: what differs by less is equal: 0.1 + 0.2 meets a target of 0.3
_SAME = 1e-9
_COST = re.compile("成本|cost", re.IGNORECASE)


def score_indicators(indicators: pd.DataFrame, rulebook: RuleBook) -> pd.DataFrame:
    """Score every indicator by the rule that its nature and direction name.

    Parameters
    ----------
    indicators : one row per project × year × indicator
        Reads ``nature``, ``direction``, ``target`` and ``actual`` (in the same measure), ``reached``, ``weight`` (points), ``score`` (points
        given), ``level1``, ``level2``, ``target_text``, ``measure``, ``reason``; any of them may be missing.

    Returns
    -------
    One row per input row, same index and order
        ``attainment`` (ratio, 1.0 or more = target met, uncapped: actual ÷ target where higher is better, target ÷ actual where lower
        is, 1 − relative deviation for an exact target; missing where it has no meaning: targets of zero or below, qualitative
        indicators), ``points`` (0 to ``weight``, rounded as printed; missing where it cannot be scored), ``met`` (yes, partly, no, or
        missing), ``rule`` (the rule or convention that decided the points), ``conventions`` (every convention that touched
        the row), ``over`` (attained the rule-book's threshold for an explanation, or more), ``needs_reason`` (missed or far above target,
        and no reason is given).

    Source
    ------
    财预〔2020〕10号, on the scoring of self-evaluation; each rule's own source stands in the rule-book, each convention in
    ``perfanalysis.rules.conventions``.

    >>> from perfanalysis.rules import load_rulebook
    >>> row = pd.DataFrame({"direction": [">="], "target": [50.0], "actual": [40.0], "weight": [20.0]})
    >>> score_indicators(row, load_rulebook("mof-2020"))["points"].tolist()
    [16.0]
    """
    target, actual, weight = (numbers(indicators, name) for name in ("target", "actual", "weight"))
    reached = texts(indicators, "reached")
    qualitative, nature_assumed = _nature(indicators, target, actual, reached)
    facts = _compare(indicators, target, actual, ~qualitative, reached)
    score = numbers(indicators, "score")

    share, decided, flags = _share_quantitative(facts, ~qualitative, rulebook)
    of_levels = _share_qualitative(indicators, reached, score, weight, qualitative, rulebook)
    satisfaction = _share_satisfaction(indicators, actual, ~qualitative, rulebook)
    for more_share, more_decided, more_flags, applies in (of_levels, satisfaction):
        share = np.where(applies, more_share, share)
        decided = np.where(applies, more_decided, decided)
        flags = {**{code: flag & ~applies for code, flag in flags.items()}, **more_flags}

    no_weight = np.isnan(weight)
    # what cannot be scored anyway keeps its own reason
    no_weight &= ~np.isnan(share) | (decided == "rule.qualitative")
    decided = np.where(no_weight, "convention.weight_missing", decided)
    points = round_points(share * weight, rulebook.decimals)
    flags = {"convention.nature_assumed": nature_assumed, **flags, "convention.weight_missing": no_weight}

    by_value = np.select([facts["met"], facts["missed"]], ["yes", "no"], "")
    met = np.where(qualitative | (facts["wordy"] & (by_value == "")), reached, by_value)
    over = np.zeros(len(indicators), dtype=bool)
    if rulebook.explain_from is not None:
        over = ~qualitative & (facts["ratio"] >= rulebook.explain_from - _SAME)
    no_reason = np.array([not text.strip() for text in texts(indicators, "reason")], dtype=bool)
    return pd.DataFrame(
        {
            "attainment": np.where(qualitative, np.nan, facts["attainment"]),
            "points": points,
            "met": _missing_if_empty(met, indicators.index),
            "rule": pd.Series(decided, index=indicators.index, dtype="str"),
            "conventions": gather_codes(flags, indicators.index, "conventions"),
            "over": over,
            "needs_reason": no_reason & (over | np.isin(met, ["partly", "no"])),
        },
        index=indicators.index,
    )


def _nature(indicators, target, actual, reached):
    """Which rows are qualitative, and which of them had to be read from what was filled in."""
    nature = texts(indicators, "nature")
    stated = nature != ""
    by_values = (reached != "") & (np.isnan(target) | np.isnan(actual))
    return np.where(stated, nature == "qualitative", by_values).astype(bool), ~stated


def _compare(indicators, target, actual, quantitative, reached) -> dict[str, np.ndarray]:
    """Whether each quantitative target is met, by how much, and in what sense."""
    direction = texts(indicators, "direction")
    same = np.abs(actual - target) <= _SAME * np.abs(target)
    known = ~np.isnan(target) & ~np.isnan(actual)
    unstated = quantitative & (direction == "")
    cost = (texts(indicators, "level1") == "cost") | np.array([bool(_COST.search(text)) for text in texts(indicators, "level2")], dtype=bool)
    # exactly on target is met whichever direction was meant: nothing is assumed then
    unclear = unstated & known & ~same & cost
    assumed = unstated & known & ~same & ~cost
    up = (direction == ">=") | (unstated & ~unclear)
    down, exact = direction == "<=", direction == "="
    met = known & ~unclear & np.select([up, down, exact], [(actual > target) | same, (actual < target) | same, same], False)
    positive = known & (target > 0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # how far above target: for lower-is-better the limit at an actual of zero is infinite
        ratio = np.select(
            [positive & (up | exact), positive & down & (actual >= 0)], [actual / target, np.where(target > 0, target / actual, np.nan)], np.nan
        )
        attainment = np.where(exact, 1 - np.abs(actual - target) / target, ratio)
        distance = np.abs(actual - target) / np.abs(target)
    attainment = np.where(positive & ~unclear & np.isfinite(attainment), attainment, np.nan)
    # met is met: 0.1 + 0.2 against 0.3 must not read as more than all, nor as a hair less
    attainment = np.where(same & positive & ~unclear, 1.0, attainment)
    return {
        "target": target, "actual": actual, "known": known, "up": up, "down": down, "exact": exact, "same": same, "met": met,
        "missed": known & ~met & ~unclear, "unclear": unclear, "assumed": assumed, "attainment": attainment, "ratio": ratio,
        "distance": distance,
        # a number was asked for, and words were given
        "wordy": quantitative & ~np.isnan(target) & np.isnan(actual) & (reached != ""), "in_words": reached == "yes",
    }


def _share_quantitative(facts, applies, rulebook):
    """Share of the points (0 to 1, NaN where it cannot be scored), what decided, and the conventions touched."""
    target, actual, missed = facts["target"], facts["actual"], facts["missed"]
    zero, negative = missed & (target == 0), missed & (target < 0)
    below_zero = missed & facts["up"] & (target > 0) & (actual < 0)
    usual = missed & (target > 0) & ~below_zero
    up, down, exact = usual & facts["up"], usual & facts["down"], facts["exact"] & (usual | negative)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        increasing = actual / target if rulebook.increasing_method == "ratio" else np.zeros(len(target))
        decreasing = {
            "reciprocal": target / actual, "linear": 1 - (actual - target) / target, "all_or_nothing": np.zeros(len(target)),
        }[rulebook.decreasing_method]
    share = np.select(
        [facts["met"], zero | below_zero, up, down, exact | negative],
        [1.0, 0.0, increasing, decreasing, 1 - facts["distance"]], np.nan,
    )
    share = np.clip(share, 0, 1)
    if rulebook.pass_mark is not None:
        share = np.where(up & (facts["attainment"] < rulebook.pass_mark - _SAME), 0.0, share)
    rule_up, rule_down = f"rule.increasing_{rulebook.increasing_method}", f"rule.decreasing_{rulebook.decreasing_method}"
    if rule_down not in rulebook.clauses:
        rule_down = "convention.decreasing_reciprocal"
    # a rule-book that is silent on lower-is-better still says that a target that is met earns all the points
    rule_kept = rule_down if rule_down.startswith("rule.") else rule_up
    in_words = facts["wordy"] & facts["in_words"]
    share = np.where(in_words, 1.0, share)
    no_actual, no_target = np.isnan(actual) & ~in_words, np.isnan(target)
    decided = np.select(
        [no_target, in_words, no_actual, facts["unclear"], zero, negative, below_zero, exact, down, facts["met"] & facts["down"]],
        ["convention.target_missing", "convention.reached_in_words", "convention.actual_missing", "convention.direction_unclear", "convention.zero_target",
         "convention.negative_target", "convention.negative_actual", "convention.equal_deviation", rule_down, rule_kept],
        rule_up,
    )
    flags = {
        "convention.direction_assumed": facts["assumed"],
        "convention.direction_unclear": facts["unclear"],
        "convention.decreasing_reciprocal": down & (rule_down == "convention.decreasing_reciprocal"),
        "convention.equal_deviation": exact & ~negative,
        "convention.zero_target": zero,
        "convention.negative_target": negative,
        "convention.negative_actual": below_zero,
        "convention.reached_in_words": in_words,
        "convention.target_missing": no_target,
        "convention.actual_missing": no_actual & ~no_target,
    }
    return share, decided, {code: flag & applies for code, flag in flags.items()}


def _share_qualitative(indicators, reached, score, weight, qualitative, rulebook):
    starts = {band.code: band.start for band in rulebook.levels}
    ends = {band.code: 1.0 if band.end is None else band.end for band in rulebook.levels}
    low = np.array([starts.get(level, np.nan) for level in reached], dtype=float)
    high = np.array([ends.get(level, np.nan) for level in reached], dtype=float)
    yes_no = np.zeros(len(reached), dtype=bool)
    if rulebook.yes_no_words:
        for name in ("target_text", "measure"):
            yes_no |= np.array([text.strip().casefold() in rulebook.yes_no_words for text in texts(indicators, name)], dtype=bool)
    yes_no &= qualitative & (reached != "")
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        given = np.where(weight > 0, score / weight, np.where(weight == 0, 0.0, np.nan))
    given = np.where(np.isnan(score), np.nan, given)
    no_level, no_points = reached == "", np.isnan(score)
    top = no_points & (reached == "yes")
    # a printed figure of 5.99 or 6.01 stands for the limit of 6: forms print two decimals
    with np.errstate(over="ignore"):
        slack = 0.5 * 10.0**-rulebook.decimals / np.where(weight > 0, weight, np.inf)
    outside = ~no_level & ~no_points & ((given < low - slack - _SAME) | (given > high + slack + _SAME))
    share = np.select([no_level, yes_no, top, no_points], [np.nan, np.where(reached == "yes", 1.0, 0.0), 1.0, np.nan], np.clip(given, low, high))
    decided = np.select(
        [no_level, yes_no, top, no_points, outside],
        ["convention.level_missing", "rule.yes_no", "convention.band_top", "convention.points_missing", "convention.band_limit"],
        "rule.qualitative",
    )
    plain = qualitative & ~yes_no
    flags = {
        "convention.level_missing": qualitative & no_level,
        "convention.band_top": plain & top,
        "convention.points_missing": plain & no_points & ~no_level & ~top,
        "convention.band_limit": plain & outside,
    }
    return share, decided, flags, qualitative


def _share_satisfaction(indicators, actual, quantitative, rulebook):
    applies = quantitative & (texts(indicators, "level1") == "satisfaction") & ~np.isnan(actual)
    if not rulebook.satisfaction_steps:
        nothing = np.zeros(len(actual), dtype=bool)
        return actual, np.full(len(actual), ""), {}, nothing
    starts = np.array([step.start for step in rulebook.satisfaction_steps[::-1]])
    gives = np.array([step.gives for step in rulebook.satisfaction_steps[::-1]])
    near = np.round(actual, 9)
    rate = (near >= 0) & (near <= 1)
    share = np.where(rate, gives[np.clip(np.searchsorted(starts, near, side="right") - 1, 0, len(gives) - 1)], np.nan)
    decided = np.where(rate, "rule.satisfaction_steps", "convention.not_a_rate")
    return share, decided, {"convention.not_a_rate": applies & ~rate}, applies


def _missing_if_empty(values: np.ndarray, index: pd.Index) -> pd.Series:
    values = values.astype(object)
    values[values == ""] = np.nan
    return pd.Series(values, index=index, dtype="str")
