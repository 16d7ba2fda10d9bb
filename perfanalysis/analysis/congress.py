"""What went to the people's congress: objectives beside the draft budget, evaluation results beside the final accounts."""

import pandas as pd


def gather_submissions(submissions: pd.DataFrame, projects: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The projects submitted to the congress as ``kind`` (objective or result), the largest first.

    Parameters
    ----------
    submissions, projects : rows of one year, as in the tables of these names; of ``projects`` every column is kept, and ``budget`` (money) orders.

    Returns
    -------
    One row per submitted project that is in ``projects``, with ``session_on``
    """
    chosen = submissions.loc[submissions["kind"] == kind, ["project", "session_on"]]
    return projects.merge(chosen, on="project", how="inner").sort_values(["budget", "project"], ascending=[False, True], ignore_index=True)


def join_reviews(projects: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    """``projects`` with their independent evaluation; the finance bureau's goes before the department's own.

    Returns
    -------
    One row per input row, same order
        ``reviewer``, ``review_score`` (points), ``conclusion``, ``review_gap`` (points: submitted score less the review's; missing where either is).
    """
    first = reviews.assign(rank=reviews["reviewer"].ne("fiscal")).sort_values("rank", kind="stable").drop_duplicates("project")
    joined = projects.merge(first[["project", "reviewer", "score", "conclusion"]].rename(columns={"score": "review_score"}), on="project", how="left")
    return joined.assign(review_gap=joined["submitted"] - joined["review_score"])


def count_targets(indicators: pd.DataFrame) -> pd.DataFrame:
    """Targets of each project: one row per project, indexed by it, with ``targets`` and ``targets_met`` (counts); reads ``met``."""
    return indicators.assign(targets=1, targets_met=indicators["met"].eq("yes").astype(int)).groupby("project")[["targets", "targets_met"]].sum()
