"""From the city to the row: departments, their projects, a project's indicators, and the row of the uploaded file that one came from."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from perfanalysis.dataset import ORIGIN
from perfanalysis.display.blocks import ColumnView, Table
from perfanalysis.findings.make import label_rows
from perfanalysis.sections.unit import Unit
from perfanalysis.tables import TABLES

#: Most lines of a table at the desk: all of them, since it can be searched.
ALL = 1_000_000


def table_units(city: Unit) -> Table:
    """All departments and districts with their money, scores, and the funds that could be reclaimed: one row per unit, column ``unit``."""
    names = city.data.table("units")[["unit", "name", "name_en", "kind"]]
    frame = names.merge(city.peers.units.drop(columns="kind").reset_index(), on="unit", how="left")
    frame = frame.assign(label=frame["name"], label_en=frame["name_en"].fillna(frame["name"]))
    frame = frame.assign(name_shown=list(label_rows(frame, "unit")))
    columns = [ColumnView("unit", "text", "code"), ColumnView("name_shown", "written", "unit_name"), ColumnView("kind", "choice:units.kind"),
               ColumnView("projects", "count"), ColumnView("budget", "money"), ColumnView("execution_rate", "ratio"), ColumnView("mean_score", "points"), ColumnView("achievement", "ratio")]
    if not city.data.lacks("projects"):
        reclaim = city.projects[city.projects["quadrant"] == "met_unspent"]
        by_unit = reclaim.groupby("unit")["unspent"].agg(["count", "sum"])
        frame = frame.assign(met_unspent=frame["unit"].map(by_unit["count"]).fillna(0).astype(int), reclaimable=frame["unit"].map(by_unit["sum"]).fillna(0.0))
        columns += [ColumnView("met_unspent", "count"), ColumnView("reclaimable", "money")]
        frame = frame.sort_values(["reclaimable", "unit"], ascending=[False, True], kind="stable")
    return Table("desk_units", frame.reset_index(drop=True), tuple(columns), most=ALL)


def table_projects(unit: Unit) -> Table:
    """The unit's projects of the year: one row each, column ``project``."""
    frame = unit.projects.sort_values("budget", ascending=False, kind="stable").reset_index(drop=True)
    return Table("desk_projects", frame, (
        ColumnView("project", "text", "code"), ColumnView("name_shown", "written"), ColumnView("budget", "money"), ColumnView("executed", "money"),
        ColumnView("execution_rate", "ratio"), ColumnView("achievement", "ratio"), ColumnView("submitted", "points"), ColumnView("recomputed", "points"),
        ColumnView("difference", "points"), ColumnView("quadrant", "words:quadrant"), ColumnView("unspent", "money"),
    ), most=ALL)


def table_indicators(unit: Unit, project: str) -> Table:
    """A project's indicators of the year: one row each, column ``indicator``; fewest of the points earned first."""
    frame = unit.indicators[unit.indicators["project"] == project]
    frame = frame.assign(lost=frame["weight"] - frame["points"]).sort_values("lost", ascending=False, kind="stable").reset_index(drop=True)
    return Table("desk_indicators", frame, (
        ColumnView("indicator", "text", "code"), ColumnView("name_shown", "written", "indicator_shown"), ColumnView("target_shown", "written", "target"),
        ColumnView("actual_shown", "written", "actual"), ColumnView("attainment", "ratio"), ColumnView("met", "words:met"), ColumnView("weight", "points"),
        ColumnView("score", "points"), ColumnView("points", "points", "points_by_rule"), ColumnView("lost", "points", "points_lost"), ColumnView("reason"),
    ), most=ALL)


@dataclass(frozen=True)
class SourceLine:
    """One line of an uploaded file: where it stands, and what was read from it (column → value, only what is there)."""

    table: str
    file: str
    sheet: str
    row: int | None
    values: dict[str, Any]

    @property
    def known(self) -> bool:
        return bool(self.file) and self.row is not None


def trace_lines(unit: Unit, table: str, rows: pd.DataFrame) -> tuple[SourceLine, ...]:
    """The lines of the uploaded files that ``rows`` of ``table`` came from, in their order."""
    files = [source["file"] for source in unit.data.meta["sources"]]
    names = [column.name for column in TABLES[table].columns]
    lines = []
    for row in rows.to_dict("records"):
        place, sheet, line = (row.get(name) for name in ORIGIN)
        known = place is not None and pd.notna(place)
        lines.append(SourceLine(
            table, files[int(place)] if known else "", sheet if isinstance(sheet, str) else "", int(line) if line is not None and pd.notna(line) else None,
            {name: row[name] for name in names if name in row and not _nothing(row[name])},
        ))
    return tuple(lines)


def trace_row(unit: Unit, table: str, **keys: Any) -> tuple[SourceLine, ...]:
    """The lines behind the rows of ``table`` with these keys in the report's year: ``trace_row(unit, "indicators", project="101-001", indicator="I5")``."""
    rows = unit.data.of_year(table) if "year" in TABLES[table].names else unit.data.table(table)
    for name, value in keys.items():
        rows = rows[rows[name] == value]
    return trace_lines(unit, table, rows)


def _nothing(value: Any) -> bool:
    return value is None or (not isinstance(value, str) and pd.isna(value)) or value == ""
