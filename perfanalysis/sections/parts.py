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
    joined = _joined(unit, course)
    if unit.is_city:
        course = city_course(course)
    findings = []
    if not unit.is_city:
        others = place_among(unit.peers, unit.code, "last_share")
        findings = list(find_year_end_rush(measure_last_month(course), others.get("median", float("nan")), fact, unit.thresholds))
    pace = unit.peers.pace
    if len(pace) and not unit.is_city and course["month"].iloc[0] != pace["month"].iloc[0] and unit.projects["budget_initial"].sum(min_count=1) == 0:
        # money that came during the year, such as special bonds, cannot keep the pace of a whole one
        return _part_of_year(unit, course), findings
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
    return [*blocks, joined, Table("execution_by_period", frame, (
        ColumnView("period_end", "date"), ColumnView("budget", "money"), ColumnView("executed_to_date", "money"), ColumnView("share", "ratio"),
        ColumnView("pace_low", "ratio"), ColumnView("pace_mid", "ratio"), ColumnView("pace_high", "ratio"), ColumnView("projected", "money"),
    ), most=12)], findings


def _joined(unit: Unit, course: pd.DataFrame) -> Text | None:
    """That units begin to report during the year, where they do: from then on the city's rates are of more units."""
    first = course.groupby("unit")["period_end"].transform("min")
    late = course[first > first.min()]
    if not unit.is_city or late.empty:
        return None
    fact, begin = unit.fact, late[late["period_end"] == first[late.index]]
    keys = {"project": None}
    return Text("execution.joined", {
        "units": fact.own("units_joined", late["unit"].nunique(), "count", "execution", "period_end", keys=keys),
        "first": fact.own("first_joined", begin["period_end"].min().date(), "date", "execution", "period_end", keys=keys),
        "budget": fact.own("budget_joined", begin["budget"].sum(min_count=1), "money", "execution", "budget", keys=keys),
    })


def _part_of_year(unit: Unit, course: pd.DataFrame) -> list:
    """The course of a unit whose reports begin during the year: its own, without the pace of whole years."""
    fact, last = unit.fact, course.iloc[-1]
    frame = course.assign(year=unit.year)
    keys = {"project": None, "period_end": last["period_end"].date().isoformat()}
    values = {
        "unit": unit.label, "first": fact.own("first_period", course["period_end"].iloc[0].date(), "date", "execution", "period_end", keys={"project": None}),
        "mid_date": fact.own("mid_period", last["period_end"].date(), "date", "execution", "period_end", keys=keys, name="last"),
        "mid_share": fact.own("mid_share", last["share"], "ratio", "execution", "executed_to_date", keys=keys, name="last"),
    }
    draw = partial(chart_execution_by_period, fiscal_year_start=unit.data.meta["fiscal_year_start"])
    return [Text("execution.part_of_year", values), Chart("execution_by_period_alone", draw, frame, values), Table("execution_by_period_alone", frame, (
        ColumnView("period_end", "date"), ColumnView("budget", "money"), ColumnView("executed_to_date", "money"), ColumnView("share", "ratio"),
    ), most=12)]


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
