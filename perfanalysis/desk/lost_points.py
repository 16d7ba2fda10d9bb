"""Where points were lost: line by line against full marks, and against what the unit's own form gave."""

from functools import partial

import pandas as pd

from perfanalysis import words
from perfanalysis.display.blocks import ColumnView, Section, Table, Text
from perfanalysis.display.cells import Spoken
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.unit import Unit


def measure_lost_points(unit: Unit) -> pd.DataFrame:
    """Every line of the unit's forms that by the rule-book earns less than its weight, or less than the form gave.

    Returns
    -------
    One row per line, most points lost first
        ``project``, ``indicator`` (empty for execution of the budget), ``weight``, ``given`` (by the form), ``points`` (by the rule-book), ``lost``
        (weight − points), ``against_form`` (given − points), ``rule``; all in points.
    """
    projects, indicators = unit.projects, unit.indicators
    execution = pd.DataFrame({
        "project": projects["project"], "indicator": "", "weight": unit.rulebook.execution_weight, "given": projects["execution_score"],
        "points": projects["execution_points"], "rule": f"rule.execution_{unit.rulebook.execution_method}",
    })
    lines = indicators[["project", "indicator", "weight", "score", "points", "rule"]].rename(columns={"score": "given"})
    frame = pd.concat([execution, lines], ignore_index=True)
    frame["lost"] = (frame["weight"] - frame["points"]).round(9)
    frame["against_form"] = (frame["given"] - frame["points"]).round(9)
    frame = frame[(frame["lost"] > 0) | (frame["against_form"].abs() > 0.01 + 1e-9)]
    return frame.sort_values(["lost", "project"], ascending=[False, True], kind="stable").reset_index(drop=True)


@needs("projects", "indicators")
def section_lost_points(unit: Unit) -> Section:
    """Where the unit's points went: against full marks, and against its own form."""
    frame, fact = measure_lost_points(unit), unit.fact
    differing = frame[frame["against_form"].abs() > 0.01 + 1e-9]
    values = {
        "unit": unit.label, "rulebook": unit.rulebook_label, "projects": fact.own("projects", len(unit.projects), "count", "projects", "project"),
        "lines": fact.own("lines_lost", int((frame["lost"] > 0).sum()), "count", "indicators", "actual"),
        "lost": fact.own("points_lost", float(frame["lost"].clip(lower=0).sum()), "points", "indicators", "actual"),
        "differing": fact.own("lines_against_form", len(differing), "count", "indicators", "score"),
        "against": fact.own("points_against_form", float(differing["against_form"].sum()), "points", "indicators", "score"),
    }
    names = dict(zip(unit.projects["project"], unit.projects["name_shown"], strict=True))
    indicators = dict(zip(unit.indicators["code"], unit.indicators["name_shown"], strict=True))
    execution = Spoken(partial(words.say, "measure.execution_rate"))
    shown = frame.assign(
        name_shown=frame["project"].map(names), line_shown=[indicators.get(f"{project}/{code}", execution) for project, code in zip(frame["project"], frame["indicator"], strict=True)],
        rule_shown=[Spoken(unit.rulebook.clause(code).name) for code in frame["rule"]],
        reason=frame.merge(unit.indicators[["project", "indicator", "reason"]], on=["project", "indicator"], how="left")["reason"].to_numpy(),
    )
    text = "lost_points.agrees" if differing.empty else "lost_points.differs"
    table = Table("lost_points", shown, (
        ColumnView("name_shown", "written"), ColumnView("line_shown", "written", "line"), ColumnView("weight", "points"), ColumnView("given", "points", "points_given"),
        ColumnView("points", "points", "points_by_rule"), ColumnView("lost", "points", "points_lost"), ColumnView("against_form", "points", "points_against_form"),
        ColumnView("rule_shown", "written", "rule"), ColumnView("reason"),
    ), most=30)
    return build_section("lost_points", (Text(text, values), table if len(frame) else None))
