"""From a fact's evidence back to the rows it was made from, and to the lines of the files that were submitted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from perfanalysis.findings.model import Evidence

#: Where a row came from: of a table's rows, and of those set aside.
_PLACE = frozenset({"source_file", "source_sheet", "source_row", "file", "sheet", "row"})


@dataclass(frozen=True)
class Origin:
    """Lines of one sheet of one submitted file: ``file`` is its place among the dataset's sources, ``rows`` its row numbers (1 = first line)."""

    file: int
    sheet: str
    rows: tuple[int, ...]

    @property
    def ranges(self) -> tuple[tuple[int, int], ...]:
        """The row numbers as ranges, ends included: 2, 3, 4, 9 are (2, 4) and (9, 9)."""
        found: list[list[int]] = []
        for row in self.rows:
            if found and row == found[-1][1] + 1:
                found[-1][1] = row
            else:
                found.append([row, row])
        return tuple((first, last) for first, last in found)

    def written_rows(self, most: int | None = None) -> str:
        """``2–4, 9``; with ``most``, so many ranges and then an ellipsis."""
        ranges = self.ranges
        written = ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in ranges[:most])
        return f"{written}, …" if most is not None and len(ranges) > most else written


def trace_rows(evidence: Evidence, table: pd.DataFrame) -> pd.DataFrame:
    """The rows of ``table`` that ``evidence`` names.

    A key's value may be one value, a list of which each row has one, or None (the rows without a value there). A key that the table has
    no column for names nothing: ``KeyError``.
    """
    mask = pd.Series(True, index=table.index)
    for name, wanted in evidence.keys.items():
        column = table[name]
        if wanted is None:
            mask &= column.isna() | (column.astype("str") == "")
        elif isinstance(wanted, list | tuple):
            mask &= column.isin(list(wanted))
        elif pd.api.types.is_datetime64_any_dtype(column):
            mask &= column == pd.Timestamp(wanted)
        else:
            mask &= column == wanted
    return table[mask.fillna(False).astype(bool)]


def find_origins(rows: pd.DataFrame, sources: Iterable[Mapping[str, Any]] = ()) -> tuple[Origin, ...]:
    """Which lines of which files ``rows`` came from, in the order of files, sheets and lines; empty where that is not known.

    Rows set aside name their file by its name, which is looked up among ``sources``.
    """
    if "source_file" in rows:
        known = rows[["source_file", "source_sheet", "source_row"]]
    elif {"file", "sheet", "row"} <= set(rows):
        places = {source["file"]: place for place, source in enumerate(sources)}
        known = rows[["file", "sheet", "row"]].assign(file=rows["file"].map(places))
    else:
        return ()
    known = known.set_axis(["file", "sheet", "row"], axis=1).dropna(subset=["file", "row"])
    known = known.assign(sheet=known["sheet"].fillna("").astype("str"))
    return tuple(
        Origin(int(file), str(sheet), tuple(sorted({int(row) for row in lines})))
        for (file, sheet), lines in known.groupby(["file", "sheet"], sort=True)["row"]
    )


def trace_origins(
    evidences: Iterable[Evidence], tables: Mapping[str, pd.DataFrame], sources: Iterable[Mapping[str, Any]]
) -> dict[str, tuple[Origin, ...]]:
    """``describe(evidence)`` → its origins, each distinct one looked up once; evidence in what was summarised (peers) has none."""
    distinct = {describe(evidence): evidence for evidence in evidences}
    asked: dict[str, set[str]] = {}
    for evidence in distinct.values():
        asked.setdefault(evidence.table, set()).update(evidence.keys)
    # no row is copied with more than it is found by and comes from
    narrow = {name: table[[column for column in table if column in asked[name] or column in _PLACE]] for name, table in tables.items() if name in asked}
    return {
        name: find_origins(trace_rows(evidence, narrow[evidence.table]), sources) if evidence.table in narrow else ()
        for name, evidence in distinct.items()
    }


def describe(evidence: Evidence) -> str:
    """One text for all evidence with the same rows, whatever column is read."""
    return f"{evidence.table} {sorted((name, repr(value)) for name, value in evidence.keys.items())}"
