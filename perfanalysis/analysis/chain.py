"""The chain of a project: ex-ante evaluation → targets → monitoring → self-evaluation → independent review → use of the result."""

from collections.abc import Mapping

import pandas as pd

#: The steps in their order; what counts as done is said in ``measure_chain``.
STEPS = ("ex_ante", "targets", "monitoring", "self_evaluation", "review", "used")
#: The table (and its column) that a step is seen in.
SEEN_IN = {"ex_ante": ("ex_ante", "verdict"), "targets": ("targets", "approved_on"), "monitoring": ("monitoring", "as_of"),
           "self_evaluation": ("projects", "self_score"), "review": ("reviews", "score"), "used": ("submissions", "session_on")}


def measure_chain(projects: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Which steps of the chain each project has.

    Parameters
    ----------
    projects : one row per project × year
        Reads ``project``, ``year``, ``start_year``, ``self_score``.
    tables : as far as the dataset has them, all years: ``ex_ante``, ``targets``, ``monitoring``, ``reviews``, ``submissions``, ``problems``

    Returns
    -------
    One row per row of ``projects``, same index and order, a column a step, each true, false or missing
        ``ex_ante`` (evaluated for this year's budget; missing in the years after a project's first, where none is due), ``targets``
        (approved), ``monitoring`` (a row in the year), ``self_evaluation`` (a score submitted), ``review`` (a score of a department's or the
        finance bureau's evaluation), ``used`` (result submitted to the congress, or a problem found at the project in that year put right).
        A step whose table the dataset lacks is missing throughout.
    """
    keys = pd.MultiIndex.from_frame(projects[["project", "year"]])
    frame = pd.DataFrame(index=projects.index)

    def among(rows: pd.DataFrame) -> pd.Series:
        found = pd.MultiIndex.from_frame(rows[["project", "year"]].dropna())
        return pd.Series(keys.isin(found), index=projects.index, dtype="boolean")

    def step(name: str, keep) -> pd.Series:
        if name not in tables:
            return pd.Series(pd.NA, index=projects.index, dtype="boolean")
        return among(keep(tables[name]))

    first = projects["start_year"].eq(projects["year"]).fillna(False).astype(bool)
    frame["ex_ante"] = step("ex_ante", lambda rows: rows[rows["project"].notna()])
    frame["ex_ante"] = frame["ex_ante"].where(first | frame["ex_ante"].fillna(False).astype(bool))
    frame["targets"] = step("targets", lambda rows: rows[rows["approved_on"].notna()])
    frame["monitoring"] = step("monitoring", lambda rows: rows)
    frame["self_evaluation"] = projects["self_score"].notna().astype("boolean")
    frame["review"] = step("reviews", lambda rows: rows[rows["score"].notna()])
    used = [step("submissions", lambda rows: rows[rows["kind"] == "result"]),
            step("problems", lambda rows: rows[rows["closed_on"].notna()].assign(year=rows["found_on"].dt.year.astype("Int64")))]
    # either will do; where one table is lacking and the other says no, nobody knows
    frame["used"] = used[0] | used[1]
    return frame


def measure_coverage(projects: pd.DataFrame, chain: pd.DataFrame) -> pd.DataFrame:
    """How many projects and how much money have each step.

    Parameters
    ----------
    projects : one row per project; reads ``budget`` (yuan)
    chain : ``measure_chain`` of them

    Returns
    -------
    One row per step
        ``due`` (projects for which the step is due and known), ``done`` (of these, with it), ``share`` (done ÷ due), ``money_due``,
        ``money_done`` (yuan), ``money_share``. All missing where the step is not known for any project.
    """
    rows = []
    for name in STEPS:
        due = chain[name].notna()
        done = chain[name].fillna(False).astype(bool)
        if not due.any():
            rows.append((name, *[None] * 6))
            continue
        money_due, money_done = projects.loc[due, "budget"].sum(), projects.loc[done, "budget"].sum()
        rows.append((name, int(due.sum()), int(done.sum()), done.sum() / due.sum(), money_due, money_done, money_done / money_due if money_due > 0 else None))
    columns = ["step", "due", "done", "share", "money_due", "money_done", "money_share"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[3:], "float64") | {"due": "Int64", "done": "Int64"})


def list_events(projects: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Everything that the data say happened to one project, in the order of the years and steps.

    Parameters
    ----------
    projects : one row per year of the project; reads ``year``, ``self_score``
    tables : as in ``measure_chain``, with the project's rows only

    Returns
    -------
    One row per event
        ``year``, ``event`` (a code), ``date`` (missing where the data give none), ``score`` (points), ``code`` (the coded result),
        ``text`` and ``text_en`` (the result in the data's own words), ``count`` and ``doubtful`` (indicators monitored, and those not certain
        to be reached).
    """
    rows: list[dict] = []

    def add(event: str, year, date=pd.NaT, **more) -> None:
        if pd.notna(year):
            rows.append({"year": int(year), "event": event, "date": date} | more)

    empty = pd.DataFrame()
    for row in tables.get("ex_ante", empty).drop_duplicates("proposal").to_dict("records") if "ex_ante" in tables else ():
        add("ex_ante", row["year"], code=row["verdict"])
    for row in tables.get("targets", empty).to_dict("records"):
        for event in ("submitted", "reviewed", "approved"):
            if pd.notna(row[f"{event}_on"]):
                add(f"targets_{event}", row["year"], row[f"{event}_on"], code=row["outcome"] if event == "reviewed" else None)
    if "monitoring" in tables and len(tables["monitoring"]):
        for (year, date), lines in tables["monitoring"].groupby(["year", "as_of"]):
            add("monitoring", year, date, count=len(lines), doubtful=int(lines["likelihood"].isin(["possible", "impossible"]).sum()))
    for row in projects.to_dict("records"):
        if pd.notna(row["self_score"]):
            add("self_evaluation", row["year"], score=row["self_score"])
    for row in tables.get("reviews", empty).to_dict("records"):
        add("review", row["year"], score=row["score"], code=row["reviewer"])
    for row in tables.get("submissions", empty).to_dict("records"):
        add("congress", row["year"], row["session_on"], code=row["kind"])
    for row in tables.get("problems", empty).to_dict("records"):
        words = {"text": row["description"], "text_en": row.get("description_en")}
        add("problem_found", row["found_on"].year, row["found_on"], code=row["source"], **words)
        if pd.notna(row["closed_on"]):
            add("problem_closed", row["found_on"].year, row["closed_on"], text=row["measure"])
    order = ["ex_ante", "targets_submitted", "targets_reviewed", "targets_approved", "monitoring", "self_evaluation", "review", "congress",
             "problem_found", "problem_closed"]
    frame = pd.DataFrame(rows, columns=["year", "event", "date", "score", "code", "text", "text_en", "count", "doubtful"])
    frame = frame.assign(date=pd.to_datetime(frame["date"]), place=frame["event"].map({name: place for place, name in enumerate(order)}))
    return frame.sort_values(["year", "place", "date"], kind="stable", ignore_index=True).drop(columns="place")
