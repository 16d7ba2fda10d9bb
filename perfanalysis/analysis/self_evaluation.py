"""Self-evaluation over many units: who submitted, and how far it agrees with the rules."""

import pandas as pd


def summarise_self_evaluation(projects: pd.DataFrame, disagreements: pd.DataFrame, *, same: float = 0.01) -> pd.DataFrame:
    """One line a unit.

    Parameters
    ----------
    projects : one row per project of one year, scored: ``unit``, ``budget`` (money), ``submitted``, ``recomputed``, ``difference`` (points).
    disagreements : rows of ``compare_scores`` of the same year; reads ``project``.
    same : points up to which two scores agree.

    Returns
    -------
    One row per unit
        ``projects``, ``with_score``, ``compared``, ``agreeing``, ``disagreements`` (counts), ``budget``, ``budget_with_score`` (money), ``mean_submitted``, ``mean_recomputed``
        (points, over the projects that have both), ``largest`` (points, largest absolute difference).
    """
    both = projects["submitted"].notna() & projects["recomputed"].notna()
    single = disagreements.groupby("project").size()
    frame = projects[["unit", "budget"]].assign(
        projects=1, with_score=projects["submitted"].notna().astype(int), compared=both.astype(int),
        agreeing=(both & (projects["difference"].abs() <= same + 1e-9)).astype(int), disagreements=projects["project"].map(single).fillna(0).astype(int),
        budget_with_score=projects["budget"].where(projects["submitted"].notna(), 0.0),
        mean_submitted=projects["submitted"].where(both), mean_recomputed=projects["recomputed"].where(both), largest=projects["difference"].abs(),
    )
    how = {name: "sum" for name in ("projects", "with_score", "compared", "agreeing", "disagreements", "budget", "budget_with_score")}
    return frame.groupby("unit", as_index=False).agg({**how, "mean_submitted": "mean", "mean_recomputed": "mean", "largest": "max"})
