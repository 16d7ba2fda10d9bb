"""Exchange with the supervision bureau and the audit department: what is due, and what they fed back."""

import datetime
from collections.abc import Callable

import pandas as pd

from perfanalysis.rules.exchange import Calendar


def list_materials(calendar: Calendar, year: int, as_of: datetime.date, has: Callable[[str], bool]) -> pd.DataFrame:
    """What is due for ``year``, to whom and when.

    Parameters
    ----------
    as_of : the day of judgement.
    has : whether the data holds rows of a table for the year.

    Returns
    -------
    One row per material × recipient, by due date
        ``material`` (code), ``recipient`` (a choice of ``problems.source``), ``due_on`` (date), ``days_left`` (days from ``as_of``; negative once it has passed), ``ready`` (flag: the
        tables that it is made from have rows), ``state`` (ready, missing: due and without data, later: not yet due and without data).
    """
    rows = []
    for material in calendar.materials:
        due, ready = material.due(year), all(has(table) for table in material.tables)
        state = "ready" if ready else "missing" if due <= as_of else "later"
        rows += [(material.code, recipient, pd.Timestamp(due), (due - as_of).days, ready, state) for recipient in material.recipients]
    frame = pd.DataFrame(rows, columns=["material", "recipient", "due_on", "days_left", "ready", "state"])
    return frame.sort_values(["due_on", "material", "recipient"], kind="stable", ignore_index=True)


def summarise_feedback(problems: pd.DataFrame) -> pd.DataFrame:
    """Problems by who found them; reads ``source``, ``amount`` and ``state`` and ``days_overdue`` of ``measure_problems``.

    Returns
    -------
    One row per source
        ``found``, ``closed``, ``closed_late``, ``open``, ``overdue`` (counts; ``closed`` includes those closed late, ``open`` those overdue), ``amount`` (money, of all;
        missing where none has one),
        ``longest`` (days overdue, of the open ones; missing where none is overdue).
    """
    state = problems["state"]
    frame = problems[["source", "amount"]].assign(
        found=1, closed=state.isin(["closed", "closed_late"]).astype(int), closed_late=state.eq("closed_late").astype(int),
        open=state.isin(["open", "overdue"]).astype(int), overdue=state.eq("overdue").astype(int), longest=problems["days_overdue"].where(state == "overdue"))
    names = ["found", "closed", "closed_late", "open", "overdue"]
    by_source = frame.groupby("source", as_index=False)
    # where nobody gave an amount there is none: not zero
    return by_source.agg({**{name: "sum" for name in names}, "longest": "max"}).assign(amount=by_source["amount"].sum(min_count=1)["amount"])
