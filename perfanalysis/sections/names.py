"""Names of units for the tables of reports on many units."""

from perfanalysis.findings import Label
from perfanalysis.findings.make import label_rows
from perfanalysis.sections.unit import Unit


def name_units(unit: Unit) -> dict[str, Label]:
    """The code of every unit that the report's data names → its label."""
    units = unit.data.table("units")
    units = units.assign(label=units["name"], label_en=units["name_en"].fillna(units["name"]))
    return dict(zip(units["unit"], label_rows(units, "unit"), strict=True))
