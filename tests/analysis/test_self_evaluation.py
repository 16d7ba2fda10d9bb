"""A line a department, by hand."""

import pandas as pd

from perfanalysis.analysis.self_evaluation import summarise_self_evaluation


def test_means_are_over_projects_with_both_scores():
    projects = pd.DataFrame({
        "unit": ["1", "1", "1", "2"], "project": list("ABCD"), "budget": [10.0, 20.0, 30.0, 40.0], "submitted": [90.0, 95.0, float("nan"), 80.0],
        "recomputed": [90.0, 91.0, 70.0, float("nan")], "difference": [0.0, 4.0, float("nan"), float("nan")],
    })
    first, second = summarise_self_evaluation(projects, pd.DataFrame({"project": ["B", "B", "C"]})).to_dict("records")
    assert (first["projects"], first["with_score"], first["compared"], first["agreeing"], first["disagreements"]) == (3, 2, 2, 1, 3)
    assert (first["mean_submitted"], first["mean_recomputed"], first["largest"], first["budget_with_score"]) == (92.5, 90.5, 4, 30)
    assert (second["with_score"], second["compared"]) == (1, 0)
    assert pd.isna(second["mean_submitted"])
