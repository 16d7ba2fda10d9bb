"""A second, independent way to every number of a department's report: method → function of the evidence's rows.

Plain pandas and arithmetic on the dataset's stored tables; nothing of ``perfanalysis`` is imported, so that a fault there cannot hide itself
here. The rules are those of 财预〔2020〕10号 as ``docs`` and the rule-book's own text state them.
"""

import datetime
import decimal
import math
import re

import pandas as pd

#: What was computed of the rows last asked for; see ``Case._once``.
_KEPT = {}


class Case:
    """What a fact may be made from: the rows that its evidence names, the thresholds that its report states, the report's year and facts."""

    def __init__(self, fact, rows, report, whole, meta):
        self.fact, self.rows, self.report, self.whole, self.meta = fact, rows, report, whole, meta
        self.year = int(report["report"]["year"])
        self.last_day = pd.Timestamp(self.year, 12, 31)

    def __getattr__(self, table):
        try:
            return self.rows[table]
        except KeyError:
            raise AttributeError(f"the evidence of {self.fact['id']} names no rows of {table}") from None

    def rule(self, name):
        """A threshold as the report itself states it, or, where the report does not state it, as the method section lists it."""
        stated = [fact["value"] for fact in self.report["facts"] if fact["scope"] == "city" and fact["measure"] == name]
        return stated[0] if stated else {"low_execution": 0.8, "targets_met": 0.95, "easy_target": 2.0, "bunching_width": 1.0, "score_disagreement": 1.0,
                                         "target_approval_days": 90}[name]

    # money

    @property
    def budgets(self):
        return self.projects["budget_adjusted"].fillna(self.projects["budget_initial"])

    @property
    def rates(self):
        return self.projects["executed"] / self.budgets

    @property
    def unspent(self):
        return (self.budgets - self.projects["executed"]).clip(lower=0)

    @property
    def both(self):
        return self.budgets.notna() & self.projects["executed"].notna()

    # results

    @property
    def lines(self):
        """The indicators with attainment (ratio), met (yes, partly, no or missing) and points, one dict each."""
        return self._once("lines", self._judged, self.indicators)

    def _once(self, name, compute, *tables):
        """What ``compute()`` gives, kept while the rows are the same: a city's report asks for its thousands of indicators again and again."""
        key = (name, *(table.index.to_numpy().tobytes() for table in tables))
        if key not in _KEPT:
            if len(_KEPT) > 20:
                _KEPT.clear()
            _KEPT[key] = compute()
        return _KEPT[key]

    def _judged(self):
        return pd.DataFrame([_judge(row) for row in self.indicators.to_dict("records")], index=self.indicators.index).join(self.indicators)

    @property
    def achieved(self):
        """Project → points earned ÷ points that could be scored, in the order of the projects."""
        lines = self.lines[self.lines["points"].notna()]
        sums = lines.groupby("project")[["points", "weight"]].sum()
        return (sums["points"] / sums["weight"]).reindex(self.projects["project"]).set_axis(self.projects.index)

    def quadrant(self, met, spent):
        achieved, rates = self.achieved, self.rates
        known = achieved.notna() & rates.notna()
        return known & ((achieved.round(9) >= self.rule("targets_met")) == met) & ((rates.round(9) >= self.rule("low_execution")) == spent)

    @property
    def totals(self):
        """Project → recomputed score: execution (10 × rate, capped) and indicators, where all can be scored and the weights make 100."""
        return self._once("totals", self._added_up, self.projects, self.indicators)

    def _added_up(self):
        found, by_project = [], dict(list(self.lines.groupby("project")))
        for index, row in self.projects.iterrows():
            own = by_project.get(row["project"], self.lines.head(0))
            money = _execution_points(row)
            whole = money is not None and len(own) and not (own["points"].isna() & (own["weight"] != 0)).any()
            found.append((index, _half_up(money + own["points"].sum()) if whole and abs(10 + own["weight"].sum() - 100) <= 0.01 + 1e-9 else math.nan))
        return pd.Series(dict(found), dtype=float)

    @property
    def form_sums(self):
        """Project → what the form's own lines add up to."""
        given = self.indicators.assign(missing=self.indicators["score"].isna() & (self.indicators["weight"] != 0)).groupby("project")
        sums = given["score"].sum().where(~given["missing"].any()).reindex(self.projects["project"]).set_axis(self.projects.index)
        return sums + self.projects["execution_score"]

    # course of the year

    @property
    def course(self):
        """One row a month-end; in a city's report the sum of its units."""
        whole = self.execution[self.execution["project"].isna()]
        return whole.groupby("period_end", as_index=False)[["budget", "executed_to_date"]].sum().sort_values("period_end")


def _half_up(value):
    return float(decimal.Decimal(repr(round(float(value), 9))).quantize(decimal.Decimal("0.01"), decimal.ROUND_HALF_UP))


def _execution_points(row):
    budget = row["budget_adjusted"] if pd.notna(row["budget_adjusted"]) else row["budget_initial"]
    if pd.isna(budget) or pd.isna(row["executed"]) or budget <= 0:
        return None
    return _half_up(10 * min(max(row["executed"] / budget, 0), 1))


def _judge(row):
    target, actual, weight, reached = row["target"], row["actual"], row["weight"], row["reached"]
    reached = reached if isinstance(reached, str) else ""
    qualitative = row["nature"] == "qualitative"
    if not isinstance(row["nature"], str):
        qualitative = bool(reached) and (pd.isna(target) or pd.isna(actual))
    if qualitative:
        start, end = {"yes": (0.8, 1.0), "partly": (0.6, 0.8), "no": (0.0, 0.6), "": (math.nan, math.nan)}[reached]
        if not reached:
            points = math.nan
        elif pd.isna(row["score"]):
            points = weight if reached == "yes" else math.nan
        else:
            points = _half_up(min(max(row["score"], start * weight), end * weight))
        return {"attainment": math.nan, "met": reached or None, "points": points, "outside": False}
    if pd.isna(target) or pd.isna(actual):
        if pd.notna(target) and reached:
            return {"attainment": math.nan, "met": reached, "points": weight if reached == "yes" else math.nan}
        return {"attainment": math.nan, "met": None, "points": math.nan}
    same = abs(actual - target) <= 1e-9 * abs(target)
    direction = row["direction"] if isinstance(row["direction"], str) else ">="
    met = same or (actual > target if direction == ">=" else actual < target if direction == "<=" else False)
    attainment = math.nan
    if target > 0:
        attainment = 1.0 if same else {">=": lambda: actual / target, "<=": lambda: target / actual if actual > 0 else math.nan,
                                       "=": lambda: 1 - abs(actual - target) / target}[direction]()
    share = 1.0 if met else 0.0 if target == 0 else min(max(attainment, 0), 1)
    return {"attainment": attainment, "met": "yes" if met else "no", "points": _half_up(share * weight)}


def _grade(score):
    return None if pd.isna(score) else "excellent" if score >= 90 else "good" if score >= 80 else "fair" if score >= 60 else "poor"


def _differences(case):
    return (case.projects["self_score"] - case.totals).round(6)


def _above(case):
    """Submitted points of an indicator above those of the rules; a qualitative one outside its band is another matter."""
    lines = case.lines
    banded = (lines["nature"] == "qualitative") & lines["score"].notna()
    return (lines["score"] - lines["points"])[~banded & (lines["score"] - lines["points"] > 0.01 + 1e-9)]


def _execution_above(case):
    points = pd.Series({index: _execution_points(row) for index, row in case.projects.iterrows()}, dtype=float)
    over = case.projects["execution_score"] - points
    return over[over > 0.01 + 1e-9]


def _copied(case):
    sets = {}
    for project, lines in case.indicators.groupby("project"):
        if len(lines) >= 3:
            said = sorted((row["level3"], row["target"] if pd.notna(row["target"]) else row["target_text"]) for row in lines.to_dict("records"))
            sets.setdefault(repr(said), []).append(project)
    return sum(len(projects) for projects in sets.values() if len(projects) > 1)


def _weights_wrong(case):
    return sum(abs(lines["weight"].sum() - 90) > 0.0101 for _, lines in case.indicators.groupby("project"))


def _weights_split(case):
    """The whole is right, a group is not."""
    split = 0
    for _, lines in case.indicators.groupby("project"):
        by_level = lines.groupby("level1")["weight"].sum()
        groups = (by_level.get("output", 0) + by_level.get("cost", 0), by_level.get("benefit", 0), by_level.get("satisfaction", 0))
        split += abs(lines["weight"].sum() - 90) <= 0.0101 and any(abs(has - wants) > 0.0101 for has, wants in zip(groups, (50, 30, 10), strict=True))
    return split


def _weight_groups_wrong(case):
    """Group by group: the whole (100 with execution's 10), output with cost (50), benefit (30), satisfaction (10)."""
    wrong = 0
    for _, lines in case.indicators.groupby("project"):
        by_level = lines.groupby("level1")["weight"].sum()
        sums = (lines["weight"].sum(), by_level.get("output", 0) + by_level.get("cost", 0), by_level.get("benefit", 0), by_level.get("satisfaction", 0))
        wrong += sum(abs(has - wants) > 0.0101 for has, wants in zip(sums, (90, 50, 30, 10), strict=True))
    return wrong


def _disagreements(case):
    """Rates, execution points, indicators' points, weights, sums, totals and grades that are not what the rules give."""
    projects, lines, totals, sums = case.projects, case.lines, case.totals, case.form_sums
    stated = projects["execution_rate_stated"]
    digits = [0.005 if abs(rate * 100 - round(rate * 100)) < 1e-7 else 0.0005 if abs(rate * 100 - round(rate * 100, 1)) < 1e-7 else 0.00005
              for rate in stated.fillna(0)]
    count = int(((stated - case.rates).abs() > pd.Series(digits, index=projects.index) + 1e-9).sum())
    over = (lines["score"] - lines["points"]).abs()
    count += int((over > 0.0101).sum()) + _weight_groups_wrong(case)
    for index, row in projects.iterrows():
        money = _execution_points(row)
        off = abs(row["execution_score"] - money) if money is not None else math.nan
        small = over[(lines["project"] == row["project"]) & (over <= 0.01 + 1e-9)].sum() + (off if off <= 0.01 + 1e-9 else 0)
        wrong = abs(row["self_score"] - totals[index]) > 0.01 + 1e-9 + small
        count += bool(off > 0.01 + 1e-9) + bool(abs(row["self_score"] - sums[index]) > 0.01 + 1e-9) + wrong
        count += wrong and _grade(row["self_score"]) != _grade(totals[index])
    return int(count)


def _problems(case, states):
    problems = case.problems[case.problems["found_on"] <= case.last_day]
    is_open = problems["closed_on"].isna() | (problems["closed_on"] > case.last_day)
    overdue = is_open & (problems["due_on"] < case.last_day)
    return {"all": len(problems), "open": int(is_open.sum()), "overdue": int(overdue.sum()),
            "longest": (case.last_day - problems.loc[overdue, "due_on"]).dt.days.max()}[states]


def _disclosed(case, state):
    rows = case.disclosures[case.disclosures["published_on"].notna()]
    late = rows["performance_published_on"] > rows["published_on"]
    return {"late": int(late.sum()), "together": int((rows["performance_published_on"] <= rows["published_on"]).sum()),
            "not_published": int(rows["performance_published_on"].isna().sum()),
            "days": (rows["performance_published_on"] - rows["published_on"]).dt.days.max()}[state]


def _behind(case):
    """Months in which the unit lay below the tenth percentile of all units in the years before."""
    everybody = case.whole("execution")
    earlier = everybody[everybody["project"].isna() & (everybody["year"] < case.year) & (everybody["budget"] > 0)]
    shares = (earlier["executed_to_date"] / earlier["budget"]).groupby(earlier["period_end"].dt.month).quantile(0.1)
    own = case.course
    return int(((own["executed_to_date"] / own["budget"]).to_numpy() < shares.reindex(own["period_end"].dt.month).to_numpy()).sum())


def _just_above(case):
    start = float(re.search(r"\.(\d+)\.(?:projects|share)_just_above", case.fact["id"])[1])
    scores = case.projects["self_score"].dropna()
    return ((scores >= start) & (scores < start + case.rule("bunching_width"))).sum(), len(scores)


def _reviewed(case):
    return case.projects["project"].isin(case.targets.loc[case.targets["reviewed_on"].notna(), "project"])


def _late_targets(case):
    regular = case.projects.loc[case.projects["funding"] != "special_bond", "project"]
    targets = case.targets[case.targets["project"].isin(regular)]
    return int(((targets["approved_on"] - pd.Timestamp(case.year, 1, 1)).dt.days > case.rule("target_approval_days")).sum())




def _date(day):
    return day.date().isoformat() if isinstance(day, datetime.datetime) else str(day)[:10]


_QUADRANTS = {"met_spent": (True, True), "met_unspent": (True, False), "missed_spent": (False, True), "missed_unspent": (False, False)}

def _gaps(c):
    """Self-score less independent score; where there are two of these, the finance bureau's."""
    own, found = dict(zip(c.projects["project"], c.projects["self_score"], strict=True)), {}
    for row in c.reviews.to_dict("records"):
        if pd.notna(row["score"]) and pd.notna(own.get(row["project"])) and (row["project"] not in found or row["reviewer"] == "fiscal"):
            found[row["project"]] = own[row["project"]] - row["score"]
    return pd.Series(found, dtype=float)


METHODS = {
    "reviews_compared": lambda c: len(_gaps(c)),
    "review_gap_mean": lambda c: _gaps(c).mean(),
    "review_gap_least": lambda c: _gaps(c).min(),
    "review_gap_most": lambda c: _gaps(c).max(),
    "projects": lambda c: len(c.projects),
    "budget": lambda c: c.budgets.sum(),
    "executed": lambda c: c.projects["executed"].sum(),
    "budget_known": lambda c: c.budgets[c.both].sum(),
    "executed_known": lambda c: c.projects["executed"][c.both].sum(),
    "projects_known": lambda c: int(c.both.sum()),
    "execution_rate": lambda c: c.projects["executed"][c.both].sum() / c.budgets[c.both].sum(),
    "projects_low_execution": lambda c: int((c.rates < c.rule("low_execution")).sum()),
    "projects_low_execution_unplaced": lambda c: int(((c.rates < c.rule("low_execution")) & c.achieved.isna()).sum()),
    "unspent_low_execution": lambda c: c.unspent[(c.rates < c.rule("low_execution")) & c.achieved.isna()].sum(),
    "projects_over_budget": lambda c: int((c.projects["executed"] > c.budgets * (1 + 1e-9)).sum()),
    "excess_over_budget": lambda c: (c.projects["executed"] - c.budgets).clip(lower=0).sum(),
    "projects_execution_unknown": lambda c: int((~c.both).sum()),
    "mean_self_score": lambda c: c.projects["self_score"].mean(),
    "mean_score": lambda c: c.totals.mean(),
    "mean_score_compared": lambda c: c.totals[c.projects["self_score"].notna()].mean(),
    "mean_self_score_compared": lambda c: c.projects["self_score"][c.totals.notna()].mean(),
    "achievement": lambda c: c.lines["points"].sum() / c.lines["weight"][c.lines["points"].notna()].sum(),
    "indicators": lambda c: len(c.indicators),
    "indicators_met": lambda c: int((c.lines["met"] == "yes").sum()),
    "share_met": lambda c: (c.lines["met"] == "yes").sum() / c.lines["met"].notna().sum(),
    "indicators_missed": lambda c: int(c.lines["met"].isin(["no", "partly"]).sum()),
    "indicators_missed_unexplained": lambda c: int((c.lines["met"].isin(["no", "partly"]) & c.lines["reason"].isna()).sum()),
    "indicators_unknown": lambda c: int(c.lines["met"].isna().sum()),
    "indicators_points_not_given": lambda c: int((c.lines["met"].isin(["no", "partly"]) & c.lines["points"].isna() & c.lines["reached"].notna()).sum()),
    "indicators_easy": lambda c: int((c.lines["attainment"].round(9) >= c.rule("easy_target")).sum()),
    "indicators_over_unexplained": lambda c: int(((c.lines["attainment"] >= 1.3 - 1e-9) & (c.lines["attainment"].round(9) < 2) & c.lines["reason"].isna()).sum()),
    "projects_without_indicators": lambda c: int((~c.projects["project"].isin(c.indicators["project"])).sum()),
    "projects_copied_indicators": _copied,
    "projects_submitted": lambda c: int(c.projects["self_score"].notna().sum()),
    "projects_not_submitted": lambda c: int((c.projects["self_score"].isna() & (c.projects["funding"] != "special_bond")).sum()),
    "projects_recomputed": lambda c: int(c.totals.notna().sum()),
    "scores_compared": lambda c: int(_differences(c).notna().sum()),
    "scores_agree": lambda c: int((_differences(c).abs() <= 0.01 + 1e-9).sum()),
    "projects_scores_differ": lambda c: int((_differences(c).abs() >= c.rule("score_disagreement")).sum()),
    "projects_grade_changes": lambda c: sum(
        _grade(a) != _grade(b) for a, b in zip(c.projects["self_score"], c.totals, strict=True) if _grade(a) and _grade(b)),
    "submitted": lambda c: c.projects["self_score"].iloc[0],
    "recomputed": lambda c: c.totals.iloc[0],
    "projects_sum_wrong": lambda c: int(((c.projects["self_score"] - c.form_sums).abs() > 0.01 + 1e-9).sum()),
    "largest_sum_difference": lambda c: (c.projects["self_score"] - c.form_sums).abs().max(),
    "indicators_points_above_rule": lambda c: len(_above(c)),
    "points_above_rule": lambda c: _above(c).sum(),
    "projects_execution_points_above_rule": lambda c: len(_execution_above(c)),
    "execution_points_above_rule": lambda c: _execution_above(c).sum(),
    "projects_weights_wrong": _weights_wrong,
    "projects_weights_split": _weights_split,
    "disagreements": _disagreements,
    "projects_just_above": lambda c: int(_just_above(c)[0]),
    "share_just_above": lambda c: _just_above(c)[0] / _just_above(c)[1],
    **{f"projects_{name}": lambda c, at=at: int(c.quadrant(*at).sum()) for name, at in _QUADRANTS.items()},
    **{f"unspent_{name}": lambda c, at=at: c.unspent[c.quadrant(*at)].sum() for name, at in _QUADRANTS.items()},
    **{f"executed_{name}": lambda c, at=at: c.projects["executed"][c.quadrant(*at)].sum() for name, at in _QUADRANTS.items()},
    "projects_unplaced": lambda c: int((c.achieved.isna() | c.rates.isna()).sum()),
    "periods": lambda c: len(c.course),
    "periods_behind": _behind,
    "mid_period": lambda c: _date(c.execution["period_end"].iloc[0]),
    "mid_share": lambda c: c.execution["executed_to_date"].sum() / c.execution["budget"].sum(),
    "spent_last_month": lambda c: c.course["executed_to_date"].iloc[-1] - c.course["executed_to_date"].iloc[-2],
    "last_share": lambda c: 1 - c.course["executed_to_date"].iloc[-2] / c.course["executed_to_date"].iloc[-1],
    "targets_reviewed": lambda c: int(_reviewed(c).sum()),
    "targets_reviewed_money": lambda c: c.budgets[_reviewed(c)].sum() / c.budgets.sum(),
    "targets_approved_late": _late_targets,
    "problems_all": lambda c: _problems(c, "all"),
    "problems_open": lambda c: _problems(c, "open"),
    "problems_overdue": lambda c: _problems(c, "overdue"),
    "longest_overdue": lambda c: _problems(c, "longest"),
    "documents_late": lambda c: _disclosed(c, "late"),
    "documents_together": lambda c: _disclosed(c, "together"),
    "documents_not_published": lambda c: _disclosed(c, "not_published"),
    "days_late": lambda c: _disclosed(c, "days"),
    "rows_set_aside": lambda c: int((c.set_aside["severity"] == "error").sum()),
    "rows_to_look_at": lambda c: int((c.set_aside["severity"] == "warning").sum()),
    "as_of": lambda c: _date(c.last_day),
    **{f"findings_{name}": lambda c, name=name: sum(f["severity"] == name for f in c.report["findings"]) for name in ("serious", "warning", "notice", "good")},
}
