"""Which measures of the reports on the whole city, on targets, on funds and for the congress read rows of further tables.

What a fact names must suffice to compute it again: a share of projects with reviewed targets needs the targets and the projects.
"""

_PROJECTS, _TARGETS, _LINES = ("projects", "project"), ("targets", "reviewed_on"), ("indicators", "actual")
_SUBMITTED, _REVIEWED = ("submissions", "project"), ("reviews", "score")

#: Measure → the further tables that it reads, each with the column.
ALSO_READ_BY_PLAN = {
    **dict.fromkeys((
        "bonds_approved", "central_reviews", "departments_reviewed", "projects_reviewed", "approved_with_budget", "projects_approved_after_budget",
        "projects_not_reviewed", "projects_reviewed_share", "projects_without_benefit", "reviewed_in_time", "submitted_in_time", "targets_approved_as_submitted",
        "targets_examined", "targets_quantified", "targets_quantified_share", "targets_rejected", "targets_revised", "targets_timed", "self_disagreements",
        "funding_approved", "funding_judged", "funding_targets", "funding_targets_met", "funding_targets_missed",
    ), (_PROJECTS,)),
    **dict.fromkeys(("money_reviewed", "money_not_reviewed", "spending_reviewed", "targets_in_year", "funding_approved_money"), (_TARGETS,)),
    **dict.fromkeys(("units_scores_differ", "units_agreeing", "units_evaluated", "units_not_agreeing"), (_LINES,)),
    **dict.fromkeys((
        "objective_targets", "objective_targets_met", "objective_targets_missed", "objectives", "objectives_budget", "objectives_executed", "objectives_initial",
        "objectives_met", "objectives_missed", "objectives_rate", "objectives_share", "objectives_session", "results", "results_budget", "results_executed",
        "results_low_execution", "results_mean_self", "results_share", "results_session",
    ), (_SUBMITTED, _PROJECTS)),
    **dict.fromkeys((
        "largest_review_gap", "results_above_review", "results_compared", "results_grade", "results_grade_differs", "results_mean_gap", "results_mean_review",
    ), (_SUBMITTED, _PROJECTS, _REVIEWED)),
    **dict.fromkeys(("proposals_budget", "proposals_executed", "proposals_funded"), (("ex_ante", "project"), _PROJECTS)),
    "chain_gap": (("projects", "self_score"),),
}
