"""Which rows a finding comes from: its own rows where the desk knows its rule, else those that its facts and names say."""

from collections.abc import Callable, Mapping

import pandas as pd

from perfanalysis.desk.drill import SourceLine, trace_lines
from perfanalysis.findings import Finding, Label
from perfanalysis.findings.tracing import trace_rows
from perfanalysis.sections.unit import Unit
from perfanalysis.tables import TABLES

Rows = tuple[str, pd.DataFrame]


def find_causes(unit: Unit, finding: Finding) -> tuple[SourceLine, ...]:
    """The lines of the uploaded files that are the cause of ``finding``, the weightiest first where the rule has an order."""
    table, rows = (_CAUSES.get(finding.code) or _named)(unit, finding)
    return trace_lines(unit, table, rows)


def _projects(keep: Callable[[pd.DataFrame, Unit], pd.Series], by: str = "", ascending: bool = False):
    def rows(unit: Unit, finding: Finding) -> Rows:
        frame = unit.projects[keep(unit.projects, unit)]
        return "projects", frame.sort_values(by, ascending=ascending, key=abs, kind="stable") if by else frame

    return rows


def _indicators(keep: Callable[[pd.DataFrame, Unit], pd.Series], by: str = "", ascending: bool = True):
    def rows(unit: Unit, finding: Finding) -> Rows:
        frame = unit.indicators[keep(unit.indicators, unit)]
        return "indicators", frame.sort_values(by, ascending=ascending, kind="stable") if by else frame

    return rows


def _disagreeing(kind: str):
    """Lines whose points were given above the rule's."""

    def rows(unit: Unit, finding: Finding) -> Rows:
        found = unit.disagreements
        found = found[(found["kind"] == kind) & (found["submitted"] > found["recomputed"])].sort_values("difference", ascending=False, kind="stable")
        keys = ["project", "indicator"] if kind == "indicator_points" else ["project"]
        frame = unit.indicators if kind == "indicator_points" else unit.projects
        return ("indicators" if kind == "indicator_points" else "projects"), found[keys].merge(frame, on=keys, how="left")

    return rows


def _missed(frame: pd.DataFrame, unit: Unit) -> pd.Series:
    return frame["met"].isin(["no", "partly"])


def _weights(total: bool):
    def rows(unit: Unit, finding: Finding) -> Rows:
        found = unit.disagreements[unit.disagreements["kind"] == "weights"]
        wrong = set(found.loc[found["indicator"] == "total", "project"])
        concerned = wrong if total else set(found["project"]) - wrong
        return "indicators", unit.indicators[unit.indicators["project"].isin(concerned)]

    return rows


_CAUSES: Mapping[str, Callable[[Unit, Finding], Rows]] = {
    "over_budget": _projects(lambda f, unit: f["executed"] > f["budget"] * (1 + 1e-9)),
    "low_execution": _projects(lambda f, unit: f["execution_rate"] < unit.thresholds["low_execution"].value, "unspent"),
    "low_execution_projects": _projects(lambda f, unit: (f["execution_rate"] < unit.thresholds["low_execution"].value) & f["quadrant"].isna(), "unspent"),
    "execution_unknown": _projects(lambda f, unit: f["executed"].isna() | f["budget"].isna()),
    "scores_differ": _projects(lambda f, unit: f["difference"].abs() >= unit.thresholds["score_disagreement"].value, "difference"),
    "city_scores_differ": _projects(lambda f, unit: f["difference"].abs() >= unit.thresholds["score_disagreement"].value, "difference"),
    "grades_change": _projects(lambda f, unit: f["grade"].notna() & f["submitted_grade"].notna() & (f["grade"] != f["submitted_grade"])),
    "sum_wrong": _projects(lambda f, unit: f["sum_difference"].abs() > 0.01 + 1e-9, "sum_difference"),
    "not_submitted": _projects(lambda f, unit: f["submitted"].isna() & (f["funding"] != "special_bond")),
    "targets_missed": _indicators(_missed, "attainment"),
    "easy_targets": _indicators(lambda f, unit: f["easy"].fillna(False).astype(bool), "attainment", ascending=False),
    "points_above_rule": _disagreeing("indicator_points"),
    "execution_points_above_rule": _disagreeing("execution_points"),
    "weights_wrong": _weights(total=True),
    "weights_split": _weights(total=False),
    **{f"quadrant_{name}": _projects(lambda f, unit, name=name: f["quadrant"] == name, "unspent") for name in ("met_unspent", "missed_spent", "missed_unspent", "met_spent")},
}


def _named(unit: Unit, finding: Finding) -> Rows:
    """The rows of what the finding names (projects, indicators, problems); without names the rows that its first fact was made from."""
    labels = [label for value in finding.values.values() for label in (value if isinstance(value, list | tuple) else [value]) if isinstance(label, Label)]
    codes = [label.code for label in labels]
    for table, frame, column in (("indicators", _frame(unit, "indicators"), "code"), ("projects", _frame(unit, "projects"), "project"),
                                 ("problems", _frame(unit, "problems"), "problem")):
        if frame is not None and codes and frame[column].isin(codes).any():
            return table, frame[frame[column].isin(codes)]
    for fact in finding.facts:
        for evidence in fact.evidence:
            if evidence.table in TABLES and not unit.data.lacks(evidence.table):
                return evidence.table, trace_rows(evidence, unit.data.table(evidence.table))
    return "projects", pd.DataFrame()


def _frame(unit: Unit, table: str) -> pd.DataFrame | None:
    if unit.data.lacks(table):
        return None
    return {"projects": lambda: unit.projects, "indicators": lambda: unit.indicators}.get(table, lambda: unit.data.table(table))()
