"""Are the targets worth having: too easy, copied, or missing altogether."""

import pandas as pd


def find_easy_targets(indicators: pd.DataFrame, *, easy_from: float) -> pd.Series:
    """Indicators whose actual value went so far beyond the target that it was plainly too low.

    Parameters
    ----------
    indicators : one row per project × year × indicator, scored
        Reads ``attainment`` (ratio, 1.0 = target met).
    easy_from : ratio

    Returns
    -------
    One truth value per input row, same index and order; false where the attainment is missing.

    Source
    ------
    财预〔2020〕10号: points are reduced for an actual value well above the target only where the target was plainly too low.
    """
    return (indicators["attainment"].round(9) >= easy_from).fillna(False).astype(bool)


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
    line = ordered["level3"].fillna("").astype("str") + "→" + target.where(ordered["target"].notna(), ordered["target_text"].fillna("").astype("str"))
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
