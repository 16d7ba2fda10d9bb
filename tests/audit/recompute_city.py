"""A second way to the numbers of the reports on the city, on targets, on self-evaluation, on funds and for the congress; see recompute.py."""

import pandas as pd
from recompute import _disagreements, _grade

#: 财预〔2020〕10号's grades and what this project's thresholds say, written here a second time.
_SAME, _REVIEW_GAP = 0.01 + 1e-9, 5.0


def _regular(case):
    """Departments' projects, special treasury bonds left out."""
    departments = case.whole("units").query("kind == 'department'")["unit"]
    return case.projects[case.projects["unit"].isin(departments) & (case.projects["funding"] != "special_bond")]


def _money(projects):
    return projects["budget_adjusted"].fillna(projects["budget_initial"])


def _with(case, column):
    """Projects whose targets have something in ``column``."""
    return case.targets.loc[case.targets[column].notna(), "project"]


def _reviewed(case):
    projects = _regular(case)
    return projects["project"].isin(_with(case, "reviewed_on"))


def _timed(case):
    """Targets of regular projects that stood in the initial budget, by date."""
    budgeted = _regular(case).query("budget_initial > 0")["project"]
    targets = case.targets[case.targets["project"].isin(budgeted)]
    return targets[targets["submitted_on"].notna()]


def _first_day(case):
    return pd.Timestamp(case.year, 1, 1)


def _with_budget(case):
    return _timed(case)["approved_on"] <= _first_day(case) + pd.Timedelta(days=case.rule("target_approval_days"))


def _outcome(case, outcome):
    return int((case.targets[case.targets["project"].isin(_regular(case)["project"])]["outcome"] == outcome).sum())


def _lines_of(case, projects):
    return case.indicators[case.indicators["project"].isin(projects["project"])]


def _without_benefit(case):
    lines = _lines_of(case, _regular(case))
    return lines["project"].nunique() - lines[lines["level1"].isin(["benefit", "satisfaction"])]["project"].nunique()


def _scored(case):
    return _regular(case)[_regular(case)["self_score"].notna()]


def _absent(case):
    return _regular(case)[_regular(case)["self_score"].isna()]


def _by_unit(case, limit):
    """Regular projects' units → whether every compared score lies within ``limit``."""
    off = (case.projects["self_score"] - case.totals).round(6).abs()
    regular = _regular(case).index
    off = off.loc[regular].dropna()
    return (off <= limit).groupby(case.projects["unit"].loc[off.index]).all()


def _units_rates(case):
    known = case.projects[_money(case.projects).notna() & case.projects["executed"].notna()]
    sums = known.assign(money=_money(known)).groupby("unit")[["executed", "money"]].sum()
    return (sums["executed"] / sums["money"]).dropna()


def _fund(case):
    funding = case.fact["subject"].split(".")[1]
    return case.projects[case.projects["funding"] == funding]


def _fund_achieved(case):
    return case.achieved.loc[_fund(case).index]


def _met(case, projects):
    lines = case.lines[case.lines["project"].isin(projects["project"])]
    return (lines["met"] == "yes"), lines["project"]


def _kind(case, kind):
    named = case.submissions.loc[case.submissions["kind"] == kind, "project"]
    return case.projects[case.projects["project"].isin(named)]


def _objectives(case):
    return _kind(case, "objective")


def _results(case):
    """The results with ``review``: the finance bureau's score where there is one, else the department's."""
    order = case.reviews.assign(second=case.reviews["reviewer"] != "fiscal").sort_values("second", kind="stable").drop_duplicates("project")
    found = _kind(case, "result")
    return found.assign(review=found["project"].map(order.set_index("project")["score"]))


def _gaps(case):
    return _results(case)["self_score"] - _results(case)["review"]


def _session(case, kind):
    return str(case.submissions.loc[case.submissions["kind"] == kind, "session_on"].max().date())


def _complete(case):
    met, projects = _met(case, _objectives(case))
    return met.groupby(projects).all()


def _untransferred(case):
    return case.projects[case.projects["transferred"].fillna(False).astype(bool) == False]  # noqa: E712


METHODS = {
    "bond_money": lambda c: _money(c.projects).sum(),
    "bonds_approved": lambda c: int(c.projects.query("funding == 'special_bond'")["project"].isin(_with(c, "approved_on")).sum()),
    "central_reviews": lambda c: int(c.targets["central_review"].fillna(False).astype(bool)[c.targets["project"].isin(_regular(c)["project"])].sum()),
    "departments_reviewed": lambda c: _regular(c)[_reviewed(c)]["unit"].nunique(),
    "money_reviewed": lambda c: _money(_regular(c)[_reviewed(c)]).sum() / _money(_regular(c)).sum(),
    "money_not_reviewed": lambda c: _money(_regular(c)[~_reviewed(c)]).sum(),
    "money_submitted": lambda c: _money(c.projects[c.projects["self_score"].notna()]).sum(),
    "projects_regular": lambda c: len(_regular(c)),
    "projects_reviewed": lambda c: int(_reviewed(c).sum()),
    "projects_not_reviewed": lambda c: int((~_reviewed(c)).sum()),
    "projects_reviewed_share": lambda c: _reviewed(c).mean(),
    "spending_reviewed": lambda c: _regular(c)[_reviewed(c)]["executed"].sum() / _regular(c)["executed"].sum(),
    "submitted_excellent": lambda c: int((c.projects["self_score"] >= 90).sum()),
    "units_low_execution": lambda c: int((_units_rates(c) < c.rule("low_execution")).sum()),
    "units_reported": lambda c: len(_units_rates(c)),
    "units_scores_differ": lambda c: c.projects["unit"][(c.projects["self_score"] - c.totals).round(6).abs() >= c.rule("score_disagreement")].nunique(),
    "units_submitted": lambda c: c.projects["unit"][c.projects["self_score"].notna()].nunique(),
    # targets
    "targets_timed": lambda c: len(_timed(c)),
    "submitted_in_time": lambda c: (_timed(c)["submitted_on"] < _first_day(c)).mean(),
    "reviewed_in_time": lambda c: (_timed(c)["reviewed_on"] < _first_day(c)).mean(),
    "approved_with_budget": lambda c: _with_budget(c).mean(),
    "projects_approved_after_budget": lambda c: int((~_with_budget(c) & _timed(c)["approved_on"].notna()).sum()),
    "projects_without_benefit": _without_benefit,
    "targets_approved_as_submitted": lambda c: _outcome(c, "approved"),
    "targets_revised": lambda c: _outcome(c, "revised"),
    "targets_rejected": lambda c: _outcome(c, "rejected"),
    "targets_examined": lambda c: len(_lines_of(c, _regular(c))),
    "targets_quantified": lambda c: int(_lines_of(c, _regular(c))["target"].notna().sum()),
    "targets_quantified_share": lambda c: _lines_of(c, _regular(c))["target"].notna().mean(),
    "targets_in_year": lambda c: int((~(_regular(c)["budget_initial"] > 0) & _regular(c)["project"].isin(_with(c, "submitted_on"))).sum()),
    # self-evaluation
    "self_absent": lambda c: len(_absent(c)),
    "self_absent_money": lambda c: _money(_absent(c)).sum(),
    "self_absent_units": lambda c: _absent(c)["unit"].nunique(),
    "self_projects": lambda c: len(_scored(c)),
    "self_share": lambda c: len(_scored(c)) / len(_regular(c)),
    "self_units": lambda c: _scored(c)["unit"].nunique(),
    "self_money": lambda c: _money(_scored(c)).sum(),
    "self_money_share": lambda c: _money(_scored(c)).sum() / _money(_regular(c)).sum(),
    "self_disagreements": _disagreements,
    "units_evaluated": lambda c: len(_by_unit(c, 1e9)),
    "units_agreeing": lambda c: int(_by_unit(c, _SAME).sum()),
    "units_not_agreeing": lambda c: int((~_by_unit(c, _SAME)).sum()),
    # one source of funds
    "funding_projects": lambda c: len(_fund(c)),
    "funding_units": lambda c: _fund(c)["unit"].nunique(),
    "funding_budget": lambda c: _money(_fund(c)).sum(),
    "funding_executed": lambda c: _fund(c)["executed"].sum(),
    "funding_rate": lambda c: _fund(c)["executed"].sum() / _money(_fund(c)).sum(),
    "funding_unspent": lambda c: (_money(_fund(c)) - _fund(c)["executed"]).clip(lower=0).sum(),
    "funding_approved": lambda c: int(_fund(c)["project"].isin(_with(c, "approved_on")).sum()),
    "funding_approved_money": lambda c: _money(_fund(c)[_fund(c)["project"].isin(_with(c, "approved_on"))]).sum(),
    "funding_targets": lambda c: len(_lines_of(c, _fund(c))),
    "funding_targets_met": lambda c: int(_met(c, _fund(c))[0].sum()),
    "funding_judged": lambda c: int(_fund_achieved(c).notna().sum()),
    "funding_targets_missed": lambda c: int((_fund_achieved(c).round(9) < c.rule("targets_met")).sum()),
    # for the congress
    "accounts_used": lambda c: c.projects["account"].nunique(),
    "account_budget": lambda c: _money(_untransferred(c)).sum(),
    "budget_initial": lambda c: c.projects["budget_initial"].sum(),
    "budget_net": lambda c: _money(_untransferred(c)).sum(),
    "budget_transferred": lambda c: _money(c.projects).sum() - _money(_untransferred(c)).sum(),
    "executed_net": lambda c: _untransferred(c)["executed"].sum(),
    "projects_transferred": lambda c: len(c.projects) - len(_untransferred(c)),
    "projects_without_account": lambda c: int(c.projects["account"].isna().sum()),
    "documents": lambda c: len(c.disclosures),
    "objectives": lambda c: len(_objectives(c)),
    "objectives_budget": lambda c: _money(_objectives(c)).sum(),
    "objectives_initial": lambda c: _objectives(c)["budget_initial"].sum(),
    "objectives_executed": lambda c: _objectives(c)["executed"].sum(),
    "objectives_rate": lambda c: _objectives(c)["executed"].sum() / _money(_objectives(c)).sum(),
    "objectives_share": lambda c: _objectives(c)["budget_initial"].sum() / c.projects["budget_initial"].sum(),
    "objectives_session": lambda c: _session(c, "objective"),
    "objective_targets": lambda c: len(_lines_of(c, _objectives(c))),
    "objective_targets_met": lambda c: int(_met(c, _objectives(c))[0].sum()),
    "objective_targets_missed": lambda c: int((~_met(c, _objectives(c))[0]).sum()),
    "objectives_met": lambda c: int(_complete(c).sum()),
    "objectives_missed": lambda c: int((~_complete(c)).sum()),
    "results": lambda c: len(_kind(c, "result")),
    "results_budget": lambda c: _money(_kind(c, "result")).sum(),
    "results_executed": lambda c: _kind(c, "result")["executed"].sum(),
    "results_share": lambda c: _kind(c, "result")["executed"].sum() / c.projects["executed"].sum(),
    "results_session": lambda c: _session(c, "result"),
    "results_mean_self": lambda c: _kind(c, "result")["self_score"].mean(),
    "results_low_execution": lambda c: int((_kind(c, "result")["executed"] / _money(_kind(c, "result")) < c.rule("low_execution")).sum()),
    "results_mean_review": lambda c: _results(c)["review"].mean(),
    "results_compared": lambda c: int(_gaps(c).notna().sum()),
    "results_mean_gap": lambda c: _gaps(c).mean(),
    "largest_review_gap": lambda c: _gaps(c).max(),
    "results_above_review": lambda c: int((_gaps(c).round(9) >= _REVIEW_GAP).sum()),
    "results_grade": lambda c: sum(_grade(score) == c.fact["subject"].split(".")[1] for score in _results(c)["review"]),
    "results_grade_differs": lambda c: sum(
        _grade(a) != _grade(b) for a, b in zip(_results(c)["self_score"], _results(c)["review"], strict=True) if _grade(a) and _grade(b)),
}
