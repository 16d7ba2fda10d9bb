"""A second way to the numbers of the reports on monitoring, ex-ante evaluation, assessments, PEFA, key areas and single projects; see recompute.py."""

from pathlib import Path

import pandas as pd
import yaml
from recompute import _date

_RULES = Path(__file__).resolve().parents[2] / "perfanalysis" / "rules"
_FED_BACK = ("supervision", "audit")


# monitoring

def _day(case):
    return pd.Timestamp(next(fact["value"] for fact in case.report["facts"] if fact["method"] == "monitoring_day"))


def _watched(case):
    """The projects' rows of execution on the day of the report."""
    return case.execution[case.execution["project"].notna() & (case.execution["period_end"] == _day(case))]


def _projections(case):
    """The whole units' latest own projections by the day of the report."""
    whole = case.execution[case.execution["project"].isna() & case.execution["projected"].notna() & (case.execution["period_end"] <= _day(case))]
    return whole.sort_values("period_end").drop_duplicates("unit", keep="last")


def _monitored(case):
    by_then = case.monitoring[case.monitoring["as_of"] <= _day(case)]
    return by_then[by_then["as_of"] == by_then["as_of"].max()]


def _late_start(case):
    own = case.execution[case.execution["project"].notna() & case.execution["project"].isin(_watched(case)["project"])]
    return int((own.groupby("project")["period_end"].min().dt.month > 1).sum())


# ex-ante evaluation

def _proposals(case):
    return case.ex_ante.drop_duplicates("proposal")


def _weighted(frame):
    weights = yaml.safe_load((_RULES / "ex_ante.yaml").read_text(encoding="utf-8"))["criteria"]
    shares = frame["criterion"].map({code: about["weight"] for code, about in weights.items()})
    return (frame["score"] * shares).sum() / shares.sum()


def _apart(case):
    spread = case.ex_ante.groupby(["proposal", "criterion"])["score"].agg(lambda scores: scores.max() - scores.min())
    return int((spread >= 20).groupby("proposal").any().sum())


def _funded(case):
    return case.projects[case.projects["project"].isin(_proposals(case)["project"].dropna())]


# assessments: goalposts to 0-100, weighted mean by category and in all, missing items left out

def _framework(case):
    return yaml.safe_load((_RULES / "frameworks" / f"{case.rows['assessments']['framework'].iloc[0]}.yaml").read_text(encoding="utf-8"))


def _scores(case, rows):
    """Unit × year → its total; and unit × year × category."""
    items = pd.DataFrame(
        [(item[0], part["code"], item[3], item[5], item[6]) for part in _framework(case)["categories"] for item in part["items"]],
        columns=["item", "category", "weight", "zero", "full"])
    rows = rows.merge(items, on="item")
    points = ((rows["value"] - rows["zero"]) / (rows["full"] - rows["zero"]) * 100).clip(0, 100)
    rows = rows.assign(points=points)[points.notna()]
    sums = rows.assign(earned=rows["points"] * rows["weight"]).groupby(["unit", "year", "category"])[["earned", "weight"]].sum()
    parts = sums["earned"] / sums["weight"]
    whole = items.groupby("category")["weight"].sum()
    known = parts.reset_index(name="score").assign(weight=lambda frame: frame["category"].map(whole))
    known = known.assign(earned=known["score"] * known["weight"]).groupby(["unit", "year"])[["earned", "weight"]].sum()
    return known["earned"] / known["weight"], parts


def _own_scores(case):
    """The unit's totals of all years, from the years before too."""
    named, whole = case.assessments, case.whole("assessments")
    rows = whole[whole["unit"].isin(named["unit"]) & (whole["framework"] == named["framework"].iloc[0])]
    return _scores(case, rows)


def _totals(case, year):
    totals = _own_scores(case)[0]
    return totals.xs(year, level="year") if year in totals.index.get_level_values("year") else pd.Series(dtype=float)


def _changes(case):
    # the difference of the two scores as they stand on the page, in hundredths
    return (_stated(_totals(case, case.year)) - _stated(_totals(case, case.year - 1))).dropna()


def _stated(points):
    """Hundredths, half up on the decimal digits that people see."""
    return (points + 1e-9).round(2)


def _category(case):
    return case.fact["subject"].split(".")[-1]


def _part(case, year):
    return _own_scores(case)[1].xs((year, _category(case)), level=("year", "category")).iloc[0]


def _declared(case):
    return case.difficulty["coefficient"]


# PEFA

def _heads(case):
    known = case.projects.groupby("unit")[["budget_initial", "executed"]].sum(min_count=1).dropna()
    return known["budget_initial"], known["executed"]


def _variance(case):
    budget, actual = _heads(case)
    expected = budget * actual.sum() / budget.sum()
    return (actual - expected).abs().sum() / expected.sum()


# one project over the years

def _achieved_by_year(case):
    lines = case.lines[case.lines["points"].notna()]
    sums = lines.groupby("year")[["points", "weight"]].sum()
    return sums["points"] / sums["weight"]


def _reviews(case):
    return case.reviews["score"].mean()


def _followed(case):
    lines = case.indicators[case.indicators["level1"].isin(["benefit", "satisfaction"])]
    return int((lines.groupby("level3")["year"].nunique() >= 2).sum())


def _fed_back(case):
    return case.problems[case.problems["source"].isin(_FED_BACK) & (case.problems["found_on"] <= case.last_day)]


def _closed(case):
    return _fed_back(case)["closed_on"] <= case.last_day


METHODS = {
    "monitoring_day": lambda c: _date(_day(c)),
    "projects_watched": lambda c: len(_watched(c)),
    "budget_watched": lambda c: _watched(c)["budget"].sum(),
    "executed_to_date": lambda c: _watched(c)["executed_to_date"].sum(),
    "rate_to_date": lambda c: _watched(c)["executed_to_date"].sum() / _watched(c)["budget"].sum(),
    "projects_late_start": _late_start,
    "own_projection": lambda c: _projections(c)["projected"].sum(),
    "own_projection_day": lambda c: _date(_projections(c)["period_end"].max()),
    "own_projection_rate": lambda c: _projections(c)["projected"].sum() / _projections(c)["budget"].sum(),
    "units_projecting": lambda c: len(_projections(c)),
    "monitored_on": lambda c: _date(_monitored(c)["as_of"].max()),
    "indicators_monitored": lambda c: len(_monitored(c)),
    "indicators_out_of_reach": lambda c: int((_monitored(c)["likelihood"] == "impossible").sum()),
    "projects_out_of_reach": lambda c: _monitored(c)["project"][_monitored(c)["likelihood"] == "impossible"].nunique(),
    **{f"likelihood_{name}": lambda c, name=name: int((_monitored(c)["likelihood"] == name).sum()) for name in ("certain", "possible", "impossible")},
    "rectification_needed": lambda c: int(_monitored(c)["rectification_needed"].fillna(False).astype(bool).sum()),
    # ex-ante evaluation
    "expert_scores": lambda c: int(c.ex_ante["score"].notna().sum()),
    "experts_least": lambda c: c.ex_ante.groupby("proposal")["expert"].nunique().min(),
    "experts_most": lambda c: c.ex_ante.groupby("proposal")["expert"].nunique().max(),
    "proposals": lambda c: len(_proposals(c)),
    "proposal_units": lambda c: _proposals(c)["unit"].nunique(),
    "proposal_mean": lambda c: _weighted(c.ex_ante.groupby("criterion", as_index=False)["score"].mean()),
    "proposal_range": lambda c: (lambda means: means.max() - means.min())(pd.Series([_weighted(rows) for _, rows in c.ex_ante.groupby("expert")])),
    "proposals_apart": _apart,
    "proposals_supported": lambda c: int((_proposals(c)["verdict"] == "support").sum()),
    "proposals_partly_supported": lambda c: int((_proposals(c)["verdict"] == "partly").sum()),
    "proposals_refused": lambda c: int((_proposals(c)["verdict"] == "not").sum()),
    "proposals_judged": lambda c: int(_proposals(c)["verdict"].notna().sum()),
    "requested": lambda c: _proposals(c)["requested"].sum(),
    "recommended": lambda c: _proposals(c)["recommended"].sum(),
    "recommended_share": lambda c: _proposals(c)["recommended"].sum() / _proposals(c)["requested"].sum(),
    "proposals_funded": lambda c: len(_funded(c)),
    "proposals_budget": lambda c: _funded(c)["budget_adjusted"].sum(),
    "proposals_executed": lambda c: _funded(c)["executed"].sum(),
    # problems fed back
    "fed_back": lambda c: len(_fed_back(c)),
    "fed_back_amount": lambda c: _fed_back(c)["amount"].sum(),
    "fed_back_corrected": lambda c: int(_closed(c).sum()),
    "fed_back_open": lambda c: int((~_closed(c)).sum()),
    "fed_back_late": lambda c: int((_closed(c) & (_fed_back(c)["closed_on"] > _fed_back(c)["due_on"])).sum()),
    "fed_back_overdue": lambda c: int((~_closed(c) & (_fed_back(c)["due_on"] < c.last_day)).sum()),
    # assessments
    "assessment_items": lambda c: sum(len(part["items"]) for part in _framework(c)["categories"]),
    "assessment_categories": lambda c: len(_framework(c)["categories"]),
    "assessment_units": lambda c: len(_totals(c, c.year)),
    "assessment_score": lambda c: _totals(c, c.year).iloc[0],
    "assessment_highest": lambda c: _totals(c, c.year).max(),
    "assessment_lowest": lambda c: _totals(c, c.year).min(),
    "assessment_units_rose": lambda c: int((_changes(c) > 0).sum()),
    "assessment_units_fell": lambda c: int((_changes(c) < 0).sum()),
    "assessment_units_fell_much": lambda c: int((_changes(c) <= -5).sum()),
    "assessment_fall": lambda c: -_changes(c).iloc[0],
    "assessment_first_year": lambda c: _own_scores(c)[0].index.get_level_values("year").min(),
    "assessment_first_score": lambda c: _totals(c, _own_scores(c)[0].index.get_level_values("year").min()).iloc[0],
    "assessment_change": lambda c: _stated(_part(c, c.year)) - _stated(_part(c, c.year - 1)) if "." in c.fact["subject"] else _changes(c).iloc[0],
    "assessment_weak_categories": lambda c: int((_own_scores(c)[1].xs(c.year, level="year") < 60).sum()),
    "difficulty_highest": lambda c: _declared(c).max(),
    "difficulty_lowest": lambda c: _declared(c).min(),
    # a policy
    "impact_units": lambda c: c.panel["unit"].nunique(),
    "impact_periods": lambda c: c.panel["period"].nunique(),
    # PEFA
    "pefa_first_year": lambda c: c.year - 2,
    "pefa_heads": lambda c: len(_heads(c)[0]),
    "pefa_ratio": lambda c: _heads(c)[1].sum() / _heads(c)[0].sum(),
    "pefa_variance": _variance,
    # key areas and single projects
    "key_area_units": lambda c: c.projects["unit"].nunique(),
    "mean_review": lambda c: c.reviews.groupby("project")["score"].mean().mean() if c.reviews["project"].duplicated().any() else _reviews(c),
    "projects_reviewed_independently": lambda c: c.reviews["project"].nunique(),
    "budget_total": lambda c: c.budgets.sum(),
    "executed_total": lambda c: c.projects["executed"].sum(),
    "execution_rate_total": lambda c: c.projects["executed"].sum() / c.budgets.sum(),
    "start_year": lambda c: c.projects["start_year"].iloc[0],
    "end_year": lambda c: c.projects["end_year"].iloc[0],
    "years": lambda c: c.projects["year"].nunique(),
    "first_year_of_data": lambda c: c.projects["year"].min(),
    "indicators_followed": _followed,
    "lowest_achievement": lambda c: _achieved_by_year(c).min(),
    "lowest_year": lambda c: _achieved_by_year(c).idxmin(),
    "independent_score": _reviews,
    "chain_gap": lambda c: c.projects["self_score"].iloc[0] - _reviews(c),
}
