"""What is worth saying about the year-end that is to be expected, and about months that stand out."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from perfanalysis.findings.execution import NAMED
from perfanalysis.findings.make import FactMaker, label_rows
from perfanalysis.findings.model import Finding
from perfanalysis.rules.thresholds import Threshold


def find_projection(ahead: pd.Series, values: Mapping[str, Any], thresholds: Mapping[str, Threshold]) -> tuple[Finding, ...]:
    """A finding where the unit as a whole will less likely than not execute its goal; ``ahead`` is its row of ``Outlook.ahead``."""
    if not ahead["chance"] < thresholds["reclaim_chance"].value:
        return ()
    return (Finding("goal_unlikely", "warning", ahead["unit"], {name: values[name] for name in ("unit", "day", "goal", "chance", "projected", "rate", "low", "high", "coverage")}),)


def find_reclaim(listed: pd.DataFrame, values: Mapping[str, Any]) -> tuple[Finding, ...]:
    """A finding on the funds that will probably not be needed; ``listed`` has a row per project, the largest amount first."""
    names = list(label_rows(listed.head(NAMED), "project"))
    return (Finding("reclaim_funds", "warning", values["unit"].code, {
        **{name: values[name] for name in ("day", "half", "goal", "listed", "mean", "low", "high")}, "names": names}),)


def find_signals(signals: pd.DataFrame, values: Mapping[str, Any], fact: FactMaker) -> tuple[Finding, ...]:
    """A finding where a period stands out; ``signals`` has a row per such period in the order of time, with ``level`` and ``period_end``."""
    if signals.empty:
        return ()
    last = signals.iloc[-1]
    code = "periods_slow" if last["level"] < last["centre"] else "periods_fast"
    return (Finding(code, "notice", fact.subject, {
        "day": values["day"], "signals": values["signals"], "now": values["now"], "false_any": values["false_any"],
        "last": fact.peer("signal_last", last["period_end"].date(), "date", "signal_last"), "level": fact.peer("signal_level", last["level"], "ratio", "signal_level"),
    }),)
