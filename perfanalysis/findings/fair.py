"""What is worth saying about a fair comparison: who differs beyond chance and the usual differences between units."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from perfanalysis import words
from perfanalysis.findings.make import FactMaker
from perfanalysis.findings.model import Finding, Label


def label_measure(measure: str) -> Label:
    return Label(measure, words.say(f"fair_measure.{measure}", "zh"), words.say(f"fair_measure.{measure}", "en"))


def judge(row: Mapping[str, Any]) -> str:
    """``within``, or ``unusual`` or ``stands_out`` with its side: ``stands_out_low``."""
    if row["state"] == "within":
        return "within"
    return f"{row['state']}_{'low' if row['value'] < row['centre'] else 'high'}"


def find_fair(rows: pd.DataFrame, values: Mapping[str, Mapping[str, Any]], fact: FactMaker) -> tuple[Finding, ...]:
    """The measures in which one unit stands out; ``rows`` are its rows of ``Peers.fair``, ``values`` the facts that its section states, by measure."""
    findings = []
    for row in rows.to_dict("records"):
        judged = judge(row) if isinstance(row["state"], str) else ""
        if judged.startswith("stands_out"):
            side = judged.removeprefix("stands_out_")
            stated = values[row["measure"]]
            findings.append(Finding(f"fair_{side}", "warning" if side == "low" else "notice", fact.subject, {
                name: stated[name] for name in ("measure", "value", "low", "high", "centre")}))
    return tuple(findings)


def find_standing_out(rows: pd.DataFrame, names: Mapping[str, Label], fact: FactMaker, *, most: int = 3) -> tuple[Finding, ...]:
    """By measure and side, the units that stand out; ``rows`` are those of ``Peers.fair``, ``names`` the units' labels."""
    findings = []
    out = rows[rows["state"] == "stands_out"]
    for measure in dict.fromkeys(out["measure"]):
        for side, severity in (("low", "warning"), ("high", "notice")):
            part = out[(out["measure"] == measure) & ((out["value"] < out["centre"]) == (side == "low"))]
            if len(part):
                part = part.sort_values("z", key=abs, ascending=False, kind="stable")
                findings.append(Finding(f"fair_units_{side}", severity, fact.subject, {
                    "measure": label_measure(measure), "units": fact.own(f"fair_units_{side}", len(part), "count", *FROM[measure], name=measure),
                    "names": [names[unit] for unit in part["unit"].head(most)]}))
    return tuple(findings)


#: Measure → the table and column that it is made from.
FROM = {"share_met": ("indicators", "actual"), "execution_rate": ("projects", "executed"), "mean_score": ("indicators", "actual")}
