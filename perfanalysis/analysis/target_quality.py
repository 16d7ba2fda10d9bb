"""Are the targets worth having: too easy, copied, or missing altogether."""

import pandas as pd


def measure_ease(indicators: pd.DataFrame, *, easy_from: float, explain_from: float) -> pd.DataFrame:
    """Indicators whose actual value went far beyond the target.

    Parameters
    ----------
    indicators : one row per project × year × indicator, scored
        Reads ``attainment`` (ratio, 1.0 = target met) and ``reason``.
    easy_from, explain_from : ratios

    Returns
    -------
    One row per input row, same index and order
        ``easy`` (at least ``easy_from`` times the target), ``unexplained`` (at least ``explain_from`` times, no reason given); false
        where the attainment is missing.

    Source
    ------
    财预〔2020〕10号: an actual value well above the target is to be explained, and points are reduced only where the target was plainly too low.
    """
    attainment = indicators["attainment"].round(9)
    no_reason = indicators["reason"].isna() | (indicators["reason"].astype("str").str.strip() == "")
    return pd.DataFrame(
        {"easy": (attainment >= easy_from).fillna(False), "unexplained": ((attainment >= explain_from) & no_reason).fillna(False)},
        index=indicators.index,
    )


def find_copied_sets(indicators: pd.DataFrame, *, least: int = 3) -> pd.DataFrame:
    """Projects of one unit and year that share the very same set of indicators and targets.

    Sets of fewer than ``least`` indicators are too common to say anything.

    Returns
    -------
    One row per project × year that shares its set, ordered by set
        ``unit``, ``project``, ``year``, ``copies`` (count of projects that share it, itself included), ``set`` (a number that names the set).
    """
    ordered = indicators.sort_values(["unit", "year", "project", "level3"], kind="stable")
    target = ordered["target"].round(6).astype("str")
    line = ordered["level3"].astype("str") + "→" + target.where(ordered["target"].notna(), ordered["target_text"].astype("str"))
    sets = (
        ordered.assign(line=line)
        .groupby(["unit", "project", "year"], as_index=False)
        .agg(lines=("line", "\n".join), size=("line", "size"))
    )
    sets = sets[sets["size"] >= least]
    sets = sets.assign(copies=sets.groupby(["unit", "year", "lines"])["project"].transform("size"))
    shared = sets[sets["copies"] > 1].copy()
    shared["set"] = shared.groupby(["unit", "year", "lines"], sort=False).ngroup()
    return shared.sort_values(["unit", "year", "set", "project"])[["unit", "project", "year", "copies", "set"]].reset_index(drop=True)


def measure_bunching(scores: pd.Series, thresholds: tuple[float, ...], *, width: float) -> pd.DataFrame:
    """How many scores lie just above each grade threshold.

    Returns
    -------
    One row per threshold, in the order given
        ``threshold`` (points), ``just_above`` (count in [threshold, threshold + width)), ``just_below`` (count in [threshold − width, threshold)),
        ``scores`` (count), ``share`` (ratio just above; missing without scores).
    """
    known = scores.dropna().round(2)
    rows = []
    for threshold in thresholds:
        above = int(((known >= threshold) & (known < threshold + width)).sum())
        below = int(((known < threshold) & (known >= threshold - width)).sum())
        rows.append((threshold, above, below, len(known), above / len(known) if len(known) else float("nan")))
    return pd.DataFrame(rows, columns=["threshold", "just_above", "just_below", "scores", "share"])
