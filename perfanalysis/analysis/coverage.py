"""How much of the projects and of their money has targets, and whether these were set in time."""

import pandas as pd


def measure_coverage(projects: pd.DataFrame, targets: pd.DataFrame, first_day: pd.Timestamp, *, approval_days: float) -> pd.DataFrame:
    """Which steps the targets of each project have passed, and which of them in time.

    Parameters
    ----------
    projects : one row per project of one year; reads ``project``, ``budget_initial`` (money).
    targets : rows of the same year: ``submitted_on``, ``reviewed_on``, ``approved_on``, ``outcome``, ``central_review``.
    first_day : the first day of the fiscal year.
    approval_days : targets approved so many days into the year, or earlier, were approved together with the budget.

    Returns
    -------
    One row per input row, same index and order
        ``target_submitted``, ``reviewed``, ``approved``, ``central`` (flags), ``outcome``, ``timed`` (flag: in the initial budget, so that its targets could be set with it),
        ``submitted_in_time``, ``reviewed_in_time`` (before the year began), ``approved_with_budget`` (flags; false where the step was not taken).
    """
    steps = targets.drop_duplicates("project").set_index("project").reindex(projects["project"])
    latest = first_day + pd.Timedelta(days=approval_days)
    frame = pd.DataFrame({
        "target_submitted": steps["submitted_on"].notna(), "reviewed": steps["reviewed_on"].notna(), "approved": steps["approved_on"].notna(),
        "central": steps["central_review"].fillna(False).astype(bool), "outcome": steps["outcome"],
        "submitted_in_time": steps["submitted_on"] < first_day, "reviewed_in_time": steps["reviewed_on"] < first_day,
        "approved_with_budget": steps["approved_on"] <= latest,
    })
    return frame.set_axis(projects.index).assign(timed=projects["budget_initial"] > 0)


def count_quantified(indicators: pd.DataFrame) -> pd.DataFrame:
    """How measurable each project's targets are.

    Returns
    -------
    One row per project, indexed by it
        ``indicators``, ``quantified`` (counts: a numeric target), ``benefit`` (count: benefit or satisfaction indicators).
    """
    frame = pd.DataFrame({
        "project": indicators["project"], "indicators": 1, "quantified": indicators["target"].notna().astype(int),
        "benefit": indicators["level1"].isin(["benefit", "satisfaction"]).astype(int),
    })
    return frame.groupby("project")[["indicators", "quantified", "benefit"]].sum()
