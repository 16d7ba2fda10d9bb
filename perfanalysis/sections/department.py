"""The sections of a department's (or district's) report, in their order."""

from functools import partial

import pandas as pd

from perfanalysis import words
from perfanalysis.analysis import MEASURES, measure_bunching, place_among
from perfanalysis.charts import (
    chart_attainment,
    chart_execution_by_project,
    chart_peers,
    chart_scores,
)
from perfanalysis.display.blocks import Chart, ColumnView, Findings, KeyFigures, Section, Table, Text
from perfanalysis.display.cells import Spoken
from perfanalysis.findings import sort_findings
from perfanalysis.findings.execution import find_execution, known_money
from perfanalysis.findings.follow_up import find_peers
from perfanalysis.findings.monitoring import find_monitoring
from perfanalysis.findings.scores import find_scores
from perfanalysis.findings.targets import find_target_review, find_targets
from perfanalysis.sections.accounts import table_accounts
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.fair import DRAWN, fair_blocks
from perfanalysis.sections.parts import NAME, achievement, course_of_year, grade_bands, grade_thresholds, quadrants
from perfanalysis.sections.unit import Unit
from perfanalysis.tables import TABLES
from perfanalysis.words import Quantity


def section_summary(unit: Unit, sections: tuple[Section, ...]) -> Section:
    """What a reader with one minute needs: all findings, most serious first, each with its numbers and a recommended action.

    >>> pa.section_summary(unit, (pa.section_execution(unit), pa.section_scores(unit))).code
    'summary'
    """
    findings = sort_findings(finding for section in sections for finding in section.findings)
    counts = {
        severity: unit.fact.own(f"findings_{severity}", sum(f.severity == severity for f in findings), "count")
        for severity in ("serious", "warning", "notice", "good")
    }
    code = "summary.lead" if any(f.severity != "good" for f in findings) else "summary.nothing"
    return build_section("summary", (Text(code, {"unit": unit.label, "year": unit.fact.rule("year", unit.year, "year"), **counts}), Findings(findings)))


@needs("projects")
def section_key_figures(unit: Unit) -> Section:
    """The figures that identify the unit's year.

    >>> pa.show(pa.section_key_figures(unit), "en")  # doctest: +SKIP
    """
    projects, fact = unit.projects, unit.fact
    known = projects.dropna(subset=["budget", "executed"])
    budget = known["budget"].sum()
    facts = [
        fact.own("projects", len(projects), "count", "projects", "project"),
        fact.own("budget", projects["budget"].sum(min_count=1), "money", "projects", "budget_adjusted"),
        fact.own("executed", projects["executed"].sum(min_count=1), "money", "projects", "executed"),
        fact.own("execution_rate", known["executed"].sum() / budget if budget > 0 else None, "ratio", "projects", "executed"),
    ]
    if unit.data.has("indicators"):
        facts.append(fact.own("mean_score", projects["recomputed"].mean(), "points", "indicators", "actual"))
        compared = projects.dropna(subset=["submitted", "recomputed"])
        if len(compared):
            facts.append(fact.own("mean_self_score_compared", compared["submitted"].mean(), "points", "projects", "self_score"))
            if len(compared) < projects["recomputed"].notna().sum():
                facts.append(fact.own("mean_score_compared", compared["recomputed"].mean(), "points", "indicators", "actual"))
        facts.append(fact.own("achievement", achievement(projects), "ratio", "indicators", "actual"))
    return build_section("key_figures", (KeyFigures(tuple(facts)),))


@needs("projects")
def section_execution(unit: Unit) -> Section:
    """Money spent against the budget, by project and over the year.

    >>> pa.show(pa.section_execution(unit), "en")  # doctest: +SKIP
    """
    projects, fact = unit.projects, unit.fact
    findings = list(find_execution(projects, fact, unit.thresholds))
    place = place_among(unit.peers, unit.code, "execution_rate")
    if place and place["value"] < place["low"]:
        # no praise for a rate that three quarters of the comparable units exceed
        findings = [finding for finding in findings if finding.code != "execution_sound"]
    known = projects.dropna(subset=["budget", "executed"])
    budget = known["budget"].sum()
    values = {
        "unit": unit.label, "year": fact.rule("year", unit.year, "year"),
        **known_money(projects, fact),
        "known": fact.own("projects_known", len(known), "count", "projects", "executed"),
        "execution_rate": fact.own("execution_rate", known["executed"].sum() / budget if budget > 0 else None, "ratio", "projects", "executed"),
        "projects": fact.own("projects", len(projects), "count", "projects", "project"),
        "slow": fact.own("projects_low_execution", int((known["execution_rate"] < unit.thresholds["low_execution"].value).sum()), "count", "projects", "executed"),
        "threshold": fact.rule("low_execution", unit.thresholds["low_execution"].value, "ratio"),
    }
    if known.empty:
        lead = "execution.no_rate"
        values |= {"unknown": fact.own("projects_execution_unknown", len(projects), "count", "projects", "executed")}
    else:
        lead = "execution.lead" if len(known) == len(projects) else "execution.lead_partly"
    sources = set(projects["funding"].dropna()) if "funding" in projects else set()
    only = sources.pop() if len(sources) == 1 and projects["funding"].notna().all() else "regular"
    # a reader who knows the unit's whole budget must know that this is a part of it
    part = Text("execution.one_source", {"unit": unit.label, "funding": Spoken(partial(TABLES["projects"].column("funding").choice_label, only))})
    blocks: list = [Text(lead, values), part if only != "regular" else None, None if known.empty else Chart("execution_by_project", partial(chart_execution_by_project, currency=unit.data.currency),
                        projects.assign(budget_adjusted=projects["budget"]), values)]
    if unit.data.has("execution"):
        course_blocks, course_findings = course_of_year(unit)
        blocks += course_blocks
        findings += course_findings
    if projects["account"].nunique(dropna=False) > 1:
        blocks.append(table_accounts(projects))
    table = projects.sort_values("budget", ascending=False)
    blocks.append(Table("execution_by_project", table, (
        NAME, ColumnView("account", "choice:projects.account"), ColumnView("budget_initial", "money"), ColumnView("budget_adjusted", "money"),
        ColumnView("executed", "money"), ColumnView("execution_rate", "ratio"), ColumnView("unspent", "money"),
    ), most=20))
    return build_section("execution", blocks, findings)


@needs("indicators")
def section_targets(unit: Unit) -> Section:
    """Targets against actual values, by indicator.

    >>> pa.show(pa.section_targets(unit), "en")  # doctest: +SKIP
    """
    indicators, fact = unit.indicators, unit.fact
    findings = find_targets(indicators, unit.projects, unit.copied, fact, unit.thresholds, explain_from=unit.rulebook.explain_from)
    reviewed = None
    if unit.data.has("targets"):
        targets = unit.data.of_year("targets")
        findings += find_target_review(targets, unit.projects, unit.first_day, fact, unit.thresholds)
        reviewed = unit.projects["project"].isin(targets.loc[targets["reviewed_on"].notna(), "project"])
    counts = indicators["met"].value_counts()

    def number(measure: str, value: int):
        return fact.own(measure, int(value), "count", "indicators", "actual")

    values = {
        "unit": unit.label,
        "indicators": fact.own("indicators", len(indicators), "count", "indicators", "target"),
        "met": number("indicators_met", counts.get("yes", 0)),
        "missed": number("indicators_missed", counts.get("no", 0) + counts.get("partly", 0)),
        "unknown": number("indicators_unknown", indicators["met"].isna().sum()),
        "achievement": fact.own("achievement", achievement(unit.projects), "ratio", "indicators", "actual"),
    }
    order = indicators.assign(rank=indicators["met"].map({"no": 0, "partly": 1, "yes": 3}).fillna(2)).sort_values(["rank", "attainment"])
    order = order.assign(project_name=order["project"].map(dict(zip(unit.projects["project"], unit.projects["name_shown"], strict=True))))
    if reviewed is not None:
        money = unit.projects["budget"].sum()
        values |= {
            "reviewed": fact.own("targets_reviewed", int(reviewed.sum()), "count", "targets", "reviewed_on"),
            "projects": fact.own("projects", len(unit.projects), "count", "projects", "project"),
            "share": fact.own("targets_reviewed_money", unit.projects.loc[reviewed, "budget"].sum() / money if money > 0 else None, "ratio",
                              "projects", "budget_adjusted"),
        }
    return build_section("targets", (
        Text("targets.lead", values),
        Text("targets.review", values) if reviewed is not None else None,
        Chart("attainment", chart_attainment, indicators.assign(met=indicators["met"].map({"yes": True, "partly": False, "no": False})), values),
        Table("targets", order, (
            ColumnView("name_shown", "written", "indicator_shown"), ColumnView("project_name", "written"), ColumnView("target_shown", "written", "target"), ColumnView("actual_shown", "written", "actual"), ColumnView("attainment", "ratio"),
            ColumnView("met", "words:met"), ColumnView("weight", "points"), ColumnView("points", "points", "points_by_rule"), ColumnView("reason"),
        ), most=max(10, min(20, values["missed"].value))),
    ), findings)


@needs("projects", "indicators")
def section_scores(unit: Unit) -> Section:
    """Self-evaluation scores recomputed by the rule-book beside what was submitted, and every disagreement with its rule.

    >>> pa.section_scores(unit).findings[1]
    [warning] 1 project would receive another grade under the rules: School repairs.
    Recommended: Use the recomputed grade until the difference is cleared up.
    """
    projects, fact = unit.projects, unit.fact
    scored = projects[projects["submitted"].notna() | projects["recomputed"].notna()]
    bunching = measure_bunching(projects["submitted"], grade_thresholds(unit), width=unit.thresholds["bunching_width"].value)
    findings = find_scores(projects, unit.disagreements, bunching, fact, unit.thresholds)
    both = scored.dropna(subset=["submitted", "recomputed"])
    same = (both["difference"].abs() <= 0.01 + 1e-9).sum()
    values = {
        "unit": unit.label, "rulebook": unit.rulebook_label,
        "submitted": fact.own("projects_submitted", int(projects["submitted"].notna().sum()), "count", "projects", "self_score"),
        "recomputed": fact.own("projects_recomputed", int(projects["recomputed"].notna().sum()), "count", "indicators", "actual"),
        "same": fact.own("scores_agree", int(same), "count", "projects", "self_score"),
        "both": fact.own("scores_compared", len(both), "count", "projects", "self_score"),
        "disagreements": fact.own("disagreements", len(unit.disagreements), "count", "indicators", "score"),
        "mean_submitted": fact.own("mean_self_score_compared", both["submitted"].mean(), "points", "projects", "self_score"),
        "mean_recomputed": fact.own("mean_score_compared", both["recomputed"].mean(), "points", "indicators", "actual"),
    }
    rows = _disagreements_shown(unit)
    blocks = [
        Text("scores.lead" if len(both) else "scores.nothing_to_compare", values),
        Chart("scores", partial(chart_scores, bands=grade_bands(unit)), scored, values) if same < len(both) else None,
        Table("scores", scored.sort_values("difference", ascending=False), (
            NAME, ColumnView("execution_points", "points"), ColumnView("indicator_points", "points"), ColumnView("recomputed", "points"),
            ColumnView("submitted", "points"), ColumnView("difference", "points"), ColumnView("submitted_grade", "words:grade"),
            ColumnView("grade", "words:grade", "grade_by_rule"),
        ), most=20),
        Table("disagreements", rows, (
            NAME, ColumnView("indicator_shown", "written"), ColumnView("kind", "words:disagreement"), ColumnView("submitted", "written"),
            ColumnView("recomputed", "written", "by_rule"), ColumnView("rule", "written"), ColumnView("source", "written"),
        ), most=20) if len(rows) else Text("scores.all_agree", values),
    ]
    return build_section("scores", blocks, findings)


@needs("projects", "indicators")
def section_monitoring(unit: Unit) -> Section:
    """Execution × achievement of targets, with the opinion on the funds.

    >>> pa.show(pa.section_monitoring(unit), "en")  # doctest: +SKIP
    """
    projects = unit.projects
    findings = find_monitoring(projects, unit.fact, unit.thresholds)
    values, chart = quadrants(unit)
    act = projects[projects["quadrant"].isin(["met_unspent", "missed_spent", "missed_unspent"])].sort_values("unspent", ascending=False)
    return build_section("monitoring", (
        Text("monitoring.lead", values),
        chart,
        Table("monitoring", act.assign(opinion=act["quadrant"]), (
            NAME, ColumnView("budget", "money"), ColumnView("executed", "money"), ColumnView("execution_rate", "ratio"),
            ColumnView("achievement", "ratio"), ColumnView("quadrant", "words:quadrant"), ColumnView("unspent", "money"),
            ColumnView("opinion", "words:opinion"),
        )) if len(act) else Text("monitoring.none", values),
    ), findings)


@needs("projects")
def section_peers(unit: Unit) -> Section:
    """Where the unit stands among the others of its kind; never a bare rank.

    >>> pa.show(pa.section_peers(unit), "en")  # doctest: +SKIP
    """
    fact = unit.fact
    places = {measure: place_among(unit.peers, unit.code, measure) for measure in MEASURES}
    fair, findings = fair_blocks(unit)
    # where chance could be told from difference, that is said instead of who is lowest
    told = {block.values["measure"].code for block in fair if isinstance(block, Text) and "measure" in block.values}
    in_funnel = DRAWN if any(isinstance(block, Chart) for block in fair) else ()
    findings = (*findings, *find_peers({measure: place for measure, place in places.items() if measure not in told}, MEASURES, fact))
    blocks: list = []
    own = {"execution_rate": ("projects", "executed"), "mean_score": ("indicators", "actual"), "achievement": ("indicators", "actual"),
           "last_share": ("execution", "executed_to_date")}
    for measure, place in places.items():
        if not place:
            continue
        values = {
            "unit": unit.label,
            "value": fact.own(measure, place["value"], MEASURES[measure], *own[measure], keys={"project": None} if measure == "last_share" else None),
            "median": fact.peer(measure, place["median"], MEASURES[measure], "peer_median"),
            "low": fact.peer(measure, place["low"], MEASURES[measure], "peer_low"),
            "high": fact.peer(measure, place["high"], MEASURES[measure], "peer_high"),
            "below": fact.peer(measure, place["below"], "count", "peers_below"),
            "others": fact.peer(measure, place["others"], "count", "peers_others"),
        }
        blocks.append(Text(f"peers.{measure}", values))
        if measure in ("execution_rate", "mean_score") and measure not in in_funnel:
            group = unit.peers.units.loc[unit.peers.units["kind"] == unit.data.kind, measure]
            frame = pd.DataFrame({"value": group.to_numpy(), "own": group.index == unit.code, "label": unit.data.name, "label_en": unit.data.name_en, "measure": measure})
            blocks.append(Chart(f"peers_{measure}", partial(chart_peers, unit=MEASURES[measure]), frame, values))
    if not blocks:
        own = unit.peers.units.loc[unit.code, list(MEASURES)] if unit.code in unit.peers.units.index else None
        blocks = [Text("peers.too_few" if own is not None and own.notna().any() else "peers.no_value", {"unit": unit.label})]
    return build_section("peers", (*blocks, *fair), findings)


def _disagreements_shown(unit: Unit) -> pd.DataFrame:
    """The disagreements with their names, and the rule that decides each in words."""
    rows, book = unit.disagreements, unit.rulebook
    projects = dict(zip(unit.projects["project"], unit.projects["name_shown"], strict=True))
    indicators = dict(zip(unit.indicators["code"], unit.indicators["name_shown"], strict=True))

    def stated(value, quantity, kind, grade):
        return Spoken(partial(words.say, f"grade.{grade}")) if kind == "grade" else Quantity(value, quantity, decimals=2)

    def side(value, grade):
        return [stated(*row) for row in zip(rows[value], rows["quantity"], rows["kind"], rows[grade], strict=True)]

    clauses = [book.clause(code) for code in rows["rule"]]
    return rows.assign(
        name_shown=[projects.get(code) for code in rows["project"]],
        indicator_shown=[indicators.get(f"{project}/{code}") for project, code in zip(rows["project"], rows["indicator"], strict=True)],
        submitted=side("submitted", "submitted_grade"),
        recomputed=side("recomputed", "grade"),
        rule=[Spoken(clause.name) for clause in clauses],
        source=[Spoken(clause.cite) for clause in clauses],
    )
