"""Irregularities planted in the demonstration city: where each stands, and how it is made.

Real-looking conduct (what was done and spent) is planted before the forms are scored; slips on paper (what the form says) after. Every kind stands in
departments of its own, so that a report that finds one is not helped by another.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from perfanalysis import words
from perfanalysis.demo import material as m
from perfanalysis.demo.indicators import score_lines

#: kind → (departments, projects in each; None: all of the department's). The kinds are described in the catalogues, ``planted.<kind>``.
IN_DEPARTMENTS = {
    "bunched_scores": (3, None),
    "easy_targets": (3, None),
    "copied_indicators": (2, 4),
    "december_rush": (2, None),
    "met_but_unspent": (6, 2),
    "wrong_sum": (6, 1),
    "points_above_rule": (6, 1),
    "execution_points_above_rule": (3, 1),
    "executed_above_budget": (3, 1),
    "weights_do_not_add_up": (4, 1),
    "no_targets": (2, 1),
    "shortfall_unexplained": (4, 1),
    "approved_late": (4, 1),
    "year_before_start": (2, 1),
    "money_scale": (2, 1),
    "money_scale_year": (2, 1),
    "not_evaluated": (6, 0),
    "disclosed_late": (6, 0),
    "not_disclosed": (3, 0),
}
#: Kinds that concern a whole department need so many projects there.
LARGE = {"bunched_scores": 8, "easy_targets": 6, "copied_indicators": 6, "december_rush": 5, "met_but_unspent": 4}
#: Problems that are overdue: so many in districts, so many in departments.
OVERDUE = (3, 5)
BUNCHED_BETWEEN = (90.0, 90.85)
UNSPENT_RATES, RUSH_SHARES, OVERSPENT = (0.35, 0.62), (0.50, 0.60), (1.03, 1.12)
EASY_FACTOR, SHORTFALL = 2.5, 0.8
TEN_THOUSAND = 10_000


@dataclass(frozen=True)
class Plan:
    """Where each kind is planted: departments, and projects (of 2020) in them."""

    units: dict[str, list[str]] = field(default_factory=dict)
    projects: dict[str, list[str]] = field(default_factory=dict)

    def of(self, kind: str) -> list[str]:
        return self.projects.get(kind, [])

    def units_of(self, kind: str) -> list[str]:
        return self.units.get(kind, [])


def extra_code(unit: str) -> str:
    """The code of the further project, without self-evaluation, of a department planned for it."""
    return f"{unit}-N01"


def make_plan(rng: np.random.Generator, projects: pd.DataFrame) -> Plan:
    """Choose departments and projects; department 101, which the notebooks show first, and those with proposals stay as they are."""
    usable = projects[projects["funding"].eq("regular") & projects["year"].eq(m.YEAR)]
    counts = usable.groupby("unit")["project"].size()
    free = [unit for unit in rng.permutation(counts.index.to_numpy(dtype=str)) if unit != str(m.FIRST_DEPARTMENT)]
    proposed = set(projects.loc[projects["proposal"].notna(), "unit"])
    free = [unit for unit in free if unit not in proposed]
    units: dict[str, list[str]] = {}
    chosen: dict[str, list[str]] = {}
    earlier = set(projects.loc[projects["year"].eq(2019), "project"]) & set(projects.loc[projects["year"].eq(2018), "project"])
    for kind, (departments, each) in sorted(IN_DEPARTMENTS.items(), key=lambda item: -LARGE.get(item[0], 0)):
        least = LARGE.get(kind, 2)
        units[kind], chosen[kind] = [], []
        for unit in list(free):
            own = usable[usable["unit"].eq(unit)].sort_values(["budget_adjusted", "project"], ascending=[False, True])
            if kind in ("money_scale_year", "year_before_start"):
                own = own[own["project"].isin(earlier)]
            if counts[unit] < least or len(own) == 0:
                continue
            free.remove(unit)
            units[kind].append(unit)
            # not the smallest, where a slip would hardly move anything, and for what is missing altogether not the largest
            own = own.iloc[::-1] if kind == "no_targets" else own
            chosen[kind] += list(own["project"].head(len(own) if each is None else each))
            if len(units[kind]) == departments:
                break
        if len(units[kind]) < departments:
            raise ValueError(f"this seed leaves too few departments for {kind}: {len(units[kind])} of {departments}")
    return Plan(units, chosen)


def plant_rates(rng: np.random.Generator, projects: pd.DataFrame, plan: Plan) -> pd.Series:
    """Execution rates of the projects, with those planted: money unspent, executed above budget, and a low rate where points are given too freely."""
    rate, now = projects["rate"].copy(), projects["year"].eq(m.YEAR)
    for kind, bounds in (("met_but_unspent", UNSPENT_RATES), ("executed_above_budget", OVERSPENT), ("execution_points_above_rule", (0.81, 0.86))):
        rows = now & projects["project"].isin(plan.of(kind))
        rate[rows] = rng.uniform(*bounds, rows.sum()).round(4)
    return rate


def plant_conduct(rng: np.random.Generator, lines: pd.DataFrame, projects: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """The indicator lines with what departments are made to do: easy targets, copied sets, targets met while money is left, results just above 90."""
    lines = _copy_sets(lines, plan.of("copied_indicators"))
    now = lines["year"].eq(m.YEAR)
    easy = now & lines["project"].isin(plan.of("easy_targets")) & lines["how"].eq("scale")
    low = np.maximum(np.floor(lines["target"] / EASY_FACTOR), 1)
    lines.loc[easy, "target"] = low[easy]
    lines.loc[easy, "actual"] = np.maximum(lines["actual"], np.ceil(low * EASY_FACTOR))[easy]
    lines.loc[easy, "reason"] = np.nan
    met = now & lines["project"].isin(plan.of("met_but_unspent"))
    lines = score_lines(_meet(lines, met))
    if plan.of("bunched_scores"):
        lines = _bunch(rng, lines, projects, plan.of("bunched_scores"))
    short = {kind: _worst_possible(lines, plan.of(kind)) for kind in ("points_above_rule", "shortfall_unexplained")}
    for kind, rows in short.items():
        lines.loc[rows, "actual"] = _shorten(lines.loc[rows])
        if kind == "shortfall_unexplained":
            lines.loc[rows, "reason"] = np.nan
        else:
            lines.loc[rows, "reason"] = lines.loc[rows, "reason"].fillna(m.load_city()["reasons"][0])
    lines["planted"] = pd.Series(np.nan, index=lines.index, dtype="str")
    for kind, rows in short.items():
        lines.loc[rows, "planted"] = kind
    lines.loc[easy, "planted"] = "easy_targets"
    light = now & lines["project"].isin(plan.of("weights_do_not_add_up")) & lines["level1"].eq("benefit")
    first = lines[light].drop_duplicates("project").index
    lines.loc[first, "weight"] -= 5
    return score_lines(lines)


def plant_points(lines: pd.DataFrame) -> pd.DataFrame:
    """Full points written where the target was missed; the form's own sum agrees with them."""
    generous = lines["planted"].eq("points_above_rule")
    return lines.assign(score=lines["score"].mask(generous, lines["weight"]))


def plant_forms(rng: np.random.Generator, projects: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Slips on the forms of scored ``projects``: wrong sums, execution points, amounts in 万元, a first year after the year itself."""
    frame, now = projects.copy(), projects["year"].eq(m.YEAR)
    generous = now & frame["project"].isin(plan.of("execution_points_above_rule"))
    frame.loc[generous, "self_score"] = (frame["self_score"] - frame["execution_score"] + 10).round(2)[generous]
    frame.loc[generous, "execution_score"] = 10.0
    summed = now & frame["project"].isin(plan.of("wrong_sum"))
    slip = pd.Series(rng.choice([2.0, 3.0, 4.5], len(frame)), index=frame.index)
    up = frame["self_score"] + slip
    frame.loc[summed, "self_score"] = up.where(up <= 100, frame["self_score"] - slip).round(2)[summed]
    late = now & frame["project"].isin(plan.of("year_before_start"))
    frame.loc[late, "start_year"] = m.YEAR + 1
    frame.loc[late, "end_year"] = frame.loc[late, "end_year"].clip(lower=m.YEAR + 2)
    scale = now & frame["project"].isin(plan.of("money_scale"))
    frame.loc[scale, "budget_initial"] /= TEN_THOUSAND
    whole = frame["year"].eq(2019) & frame["project"].isin(plan.of("money_scale_year"))
    frame.loc[whole, ["budget_initial", "budget_adjusted", "executed"]] /= TEN_THOUSAND
    bare = now & frame["project"].isin(plan.of("no_targets"))
    frame.loc[bare, "self_score"] = 95.0
    return frame


def plant_targets(targets: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Targets approved months after the budget."""
    late = targets["year"].eq(m.YEAR) & targets["project"].isin(plan.of("approved_late"))
    return targets.assign(approved_on=targets["approved_on"].mask(late, pd.Timestamp(2020, 5, 20)))


def plant_disclosures(rng: np.random.Generator, disclosures: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Performance information of 2020 published weeks after the budget, or never."""
    now = disclosures["year"].eq(m.YEAR) & disclosures["document"].eq("budget")
    late, never = (now & disclosures["unit"].isin(plan.units_of(kind)) for kind in ("disclosed_late", "not_disclosed"))
    days = pd.to_timedelta(rng.integers(35, 120, len(disclosures)), unit="D")
    shown = disclosures["performance_published_on"].mask(late, disclosures["published_on"] + days)
    return disclosures.assign(performance_published_on=shown.mask(never, pd.NaT))


def plant_problems(rng: np.random.Generator, problems: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Problems found in 2020 whose date passed in 2020 while nobody closed them."""
    district = problems["unit"].isin(units.loc[units["kind"] == "district", "unit"])
    recent = problems["due_on"].dt.year.eq(m.YEAR) & problems["found_on"].dt.year.eq(m.YEAR)
    rows = []
    for group, wanted in zip((district, ~district), OVERDUE, strict=True):
        candidates = problems[recent & group].drop_duplicates("unit").index.to_numpy()
        rows += list(rng.choice(candidates, min(wanted, len(candidates)), replace=False))
    open_ = problems.index.isin(rows)
    # of every second one something is reported, though it is not put right
    begun = pd.Series(open_, index=problems.index).cumsum().mod(2).eq(1) & open_
    measure = problems["measure"].mask(open_).mask(begun, m.load_city()["rectifying"])
    return problems.assign(closed_on=problems["closed_on"].mask(open_, pd.NaT), measure=measure, planted=open_)


def list_planted(tables: dict[str, pd.DataFrame], lines: pd.DataFrame, problems: pd.DataFrame, plan: Plan, lang: str = "en") -> pd.DataFrame:
    """One row per planted irregularity: ``kind``, ``table``, ``column``, ``unit``, ``project``, ``year``, ``indicator``, ``what`` (in words)."""
    where = {
        "bunched_scores": ("projects", "self_score"), "december_rush": ("execution", "executed_to_date"),
        "copied_indicators": ("indicators", "level3"), "met_but_unspent": ("projects", "executed"), "wrong_sum": ("projects", "self_score"),
        "execution_points_above_rule": ("projects", "execution_score"), "executed_above_budget": ("projects", "executed"),
        "weights_do_not_add_up": ("indicators", "weight"), "no_targets": ("indicators", ""), "approved_late": ("targets", "approved_on"),
        "year_before_start": ("projects", "start_year"), "money_scale": ("projects", "budget_initial"),
        "money_scale_year": ("projects", "budget_adjusted"), "not_evaluated": ("projects", "self_score"),
        "disclosed_late": ("disclosures", "performance_published_on"), "not_disclosed": ("disclosures", "performance_published_on"),
    }
    rows = []
    for kind, (table, column) in where.items():
        year = 2019 if kind == "money_scale_year" else m.YEAR
        whole = kind in ("bunched_scores", "december_rush", "disclosed_late", "not_disclosed")
        if kind == "not_evaluated":
            rows += [(kind, table, column, unit, extra_code(unit), year, None) for unit in plan.units_of(kind)]
        elif whole:
            rows += [(kind, table, column, unit, None, year, None) for unit in plan.units_of(kind)]
        else:
            rows += [(kind, table, column, project.split("-")[0], project, year, None) for project in plan.of(kind)]
    of_unit = tables["projects"].drop_duplicates("project").set_index("project")["unit"]
    for line in lines[lines["planted"].notna()].itertuples():
        column = {"easy_targets": "target", "points_above_rule": "score", "shortfall_unexplained": "reason"}[line.planted]
        rows.append((line.planted, "indicators", column, of_unit[line.project], line.project, m.YEAR, line.indicator))
    for problem in problems[problems["planted"]].itertuples():
        # the problem's own code stands where other kinds name an indicator
        rows.append(("overdue", "problems", "closed_on", problem.unit, problem.project, m.YEAR, problem.problem))
    frame = pd.DataFrame(rows, columns=["kind", "table", "column", "unit", "project", "year", "indicator"])
    frame = frame.astype({name: "str" for name in ("kind", "table", "column", "unit", "project", "indicator")})
    return frame.assign(what=frame["kind"].map(lambda kind: words.say(f"planted.{kind}", lang)).astype("str"))


def _meet(lines: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    """The same lines with every target of ``rows`` met."""
    below = lines["direction"].eq("<=")
    actual = np.where(below, np.minimum(lines["actual"], lines["target"]), np.maximum(lines["actual"], lines["target"]))
    lines = lines.assign(actual=lines["actual"].mask(rows, actual), reached=lines["reached"].mask(rows & lines["reached"].notna(), "yes"))
    return lines.assign(reason=lines["reason"].mask(rows))


def _copy_sets(lines: pd.DataFrame, projects: list[str]) -> pd.DataFrame:
    """In each department the planted projects take over the first one's indicators of 2020, targets and all."""
    if not projects:
        return lines.copy()
    parts = []
    now = lines["year"].eq(m.YEAR)
    by_unit = pd.Series(projects).groupby([project.split("-")[0] for project in projects])
    for _, group in by_unit:
        model = lines[now & lines["project"].eq(group.iloc[0])]
        parts += [model.assign(project=project) for project in group.iloc[1:]]
        lines = lines[~(now & lines["project"].isin(group.iloc[1:]))]
        now = now.reindex(lines.index)
    return pd.concat([lines, *parts], ignore_index=True)


def _bunch(rng: np.random.Generator, lines: pd.DataFrame, projects: pd.DataFrame, wanted: list[str]) -> pd.DataFrame:
    """Let each project reach just so much that its form adds up to 90 or a little more."""
    now = lines["year"].eq(m.YEAR) & lines["project"].isin(wanted)
    lines = score_lines(_meet(lines, now))
    rows = projects[projects["year"].eq(m.YEAR) & projects["project"].isin(wanted)].set_index("project")
    execution = (10 * np.minimum(rows["executed"] / rows["budget_adjusted"], 1)).round(2)
    # only what can be reached by degrees, so that the points come out as aimed
    fine = now & lines["direction"].eq(">=") & (lines["measure"].eq("%") | lines["target"].ge(100))
    adjustable = lines[fine].groupby("project")["weight"].sum()
    total = execution + lines[now].groupby("project")["score"].sum()
    aim = pd.Series(rng.uniform(*BUNCHED_BETWEEN, len(rows)), index=rows.index)
    factor = (1 - (total - aim) / adjustable).clip(upper=1.0)
    share = lines["project"].map(factor)
    # a result under target; rounded up, so that no form falls below 90
    reduced = np.where(lines["measure"].eq("%"), np.ceil(lines["target"] * share * 1e4) / 1e4, np.ceil(lines["target"] * share))
    reason = m.load_city()["bunched_reason"]
    return score_lines(lines.assign(actual=lines["actual"].mask(fine, reduced), reason=lines["reason"].mask(fine, reason)))


def _worst_possible(lines: pd.DataFrame, projects: list[str]) -> pd.Index:
    """Of each project the heaviest line that can be missed by a fifth."""
    can = lines["year"].eq(m.YEAR) & lines["project"].isin(projects) & lines["direction"].eq(">=")
    can &= lines["measure"].eq("%") | lines["target"].ge(20)
    heaviest = lines[can].sort_values(["project", "weight", "indicator"], ascending=[True, False, True], kind="stable")
    return heaviest.drop_duplicates("project").index


def _shorten(lines: pd.DataFrame) -> pd.Series:
    value = lines["target"] * SHORTFALL
    return value.round(4).where(lines["measure"].eq("%"), np.floor(value))
