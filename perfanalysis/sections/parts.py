"""What the sections of several reports share: the course of the year, the quadrants, the grade thresholds."""

from functools import partial

import pandas as pd

from perfanalysis.analysis import place_among
from perfanalysis.charts import chart_execution_by_period, chart_quadrants
from perfanalysis.display.blocks import Chart, ColumnView, Table, Text
from perfanalysis.findings.execution import find_year_end_rush
from perfanalysis.monitoring import QUADRANTS, measure_course, measure_last_month
from perfanalysis.sections.unit import Unit

NAME = ColumnView("name_shown", "written")


def course_of_year(unit: Unit) -> tuple[list, list]:
    """The course of the year beside the pace that is normal for the season."""
    fact = unit.fact
    execution = unit.data.of_year("execution")
    if execution.empty:
        return [], []
    course = measure_course(execution)
    if unit.is_city:
        course = city_course(course)
    findings = []
    if not unit.is_city:
        others = place_among(unit.peers, unit.code, "last_share")
        findings = list(find_year_end_rush(measure_last_month(course), others.get("median", float("nan")), fact, unit.thresholds))
    pace = unit.peers.pace
    frame = course.merge(pace[["month", "pace_low", "pace_mid", "pace_high"]], on="month", how="left") if len(pace) else course.assign(
        pace_low=float("nan"), pace_mid=float("nan"), pace_high=float("nan"))
    frame = frame.assign(year=unit.year)
    behind = frame[frame["share"] < frame["pace_low"]]
    middle = frame.iloc[(len(frame) - 1) // 2]
    keys = {"project": None, "period_end": middle["period_end"].date().isoformat()}
    values = {
        "unit": unit.label,
        "mid_date": fact.own("mid_period", middle["period_end"].date(), "date", "execution", "period_end", keys=keys),
        "mid_share": fact.own("mid_share", middle["share"], "ratio", "execution", "executed_to_date", keys=keys),
        "mid_pace": fact.peer("mid_pace", middle["pace_mid"], "ratio", "peer_pace"),
        "periods": fact.own("periods", len(frame), "count", "execution", "period_end"),
        "behind": fact.own("periods_behind", len(behind), "count", "execution", "executed_to_date"),
    }
    if pd.isna(middle["pace_mid"]):
        blocks = [Text("execution.no_pace", values)]
    else:
        values |= {
            "from_year": fact.peer("pace_from", int(pace["from_year"].iloc[0]), "year", "peer_pace"),
            "to_year": fact.peer("pace_to", int(pace["to_year"].iloc[0]), "year", "peer_pace"),
        }
        draw = partial(chart_execution_by_period, fiscal_year_start=unit.data.meta["fiscal_year_start"])
        one = values["from_year"].value == values["to_year"].value
        blocks = [Text("execution.course_one" if one else "execution.course", values), Chart("execution_by_period", draw, frame, values)]
    return [*blocks, Table("execution_by_period", frame, (
        ColumnView("period_end", "date"), ColumnView("budget", "money"), ColumnView("executed_to_date", "money"), ColumnView("share", "ratio"),
        ColumnView("pace_low", "ratio"), ColumnView("pace_mid", "ratio"), ColumnView("pace_high", "ratio"), ColumnView("projected", "money"),
    ), most=12)], findings


def city_course(course: pd.DataFrame) -> pd.DataFrame:
    """All units' money by period: budget and execution of those that reported the period."""
    whole = course.groupby(["year", "period_end"], as_index=False)[["budget", "executed_to_date", "projected"]].sum(min_count=1)
    return whole.assign(share=whole["executed_to_date"] / whole["budget"], month=whole["period_end"].dt.month, unit="city",
                        spent=whole["executed_to_date"].diff())


def quadrants(unit: Unit) -> tuple[dict, Chart | None]:
    """The values that a text on double monitoring states, and the chart of the projects that could be placed."""
    projects, fact = unit.projects, unit.fact
    counts = projects["quadrant"].value_counts()
    execution_from, achievement_from = unit.thresholds["low_execution"].value, unit.thresholds["targets_met"].value
    reclaim = projects[projects["quadrant"] == "met_unspent"]
    values = {
        "unit": unit.label,
        "execution_from": fact.rule("low_execution", execution_from, "ratio"),
        "achievement_from": fact.rule("targets_met", achievement_from, "ratio"),
        **{name: fact.own(f"projects_{name}", int(counts.get(name, 0)), "count", "projects", "executed") for name in QUADRANTS},
        "unplaced": fact.own("projects_unplaced", int(projects["quadrant"].isna().sum()), "count", "projects", "executed"),
        "unspent": fact.own("unspent_met_unspent", reclaim["unspent"].sum(), "money", "projects", "executed"),
    }
    placed = projects.dropna(subset=["quadrant"])
    if placed.empty:
        return values, None
    draw = partial(chart_quadrants, execution_from=execution_from, achievement_from=achievement_from)
    return values, Chart("quadrants" if len(reclaim) else "quadrants_none", draw, placed.assign(budget_adjusted=placed["budget"]), values)


def achievement(projects: pd.DataFrame) -> float:
    """Points earned ÷ points that could be scored, over all projects (ratio; missing where nothing was scored)."""
    if "scored_weight" not in projects:
        return float("nan")
    weight = projects["scored_weight"].sum()
    return (projects["achievement"] * projects["scored_weight"]).sum() / weight if weight > 0 else float("nan")


def grade_thresholds(unit: Unit) -> tuple[float, ...]:
    """From how many points on each grade but the lowest is given."""
    return tuple(band.start for band in unit.rulebook.grades if band.start > 0)


def grade_bands(unit: Unit) -> dict[str, float]:
    """Grade → points from which it is given, the lowest left out."""
    return {band.code: band.start for band in unit.rulebook.grades if band.start > 0}
