"""What every reader of a form or a database hands over: raw tables, what was wrong, and where it all came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from perfanalysis.errors import Problem
from perfanalysis.sources.drafts import Part

#: The columns that say where a row was read: the source's address, its sheet or table, and the row in it (1 = first line).
ORIGIN = ("source_file", "source_sheet", "source_row")


@dataclass(frozen=True)
class RawSource:
    """Raw tables by name, not yet checked; ``sources`` are dicts of ``file``, ``sha256`` and ``bytes``, as in ``dataset.json``."""

    tables: Mapping[str, pd.DataFrame]
    problems: tuple[Problem, ...] = ()
    sources: tuple[Mapping[str, Any], ...] = ()
    #: one row per form: what a form says beside the rows of the tables (goals, unit of money, points of the execution row)
    forms: pd.DataFrame = field(default_factory=pd.DataFrame)
    #: table → column → what it is called where it was read
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def parts(self) -> list[Part]:
        """The tables as cells to be read and checked like those of any other source."""
        return [
            Part(
                name, frame.drop(columns=list(ORIGIN)), frame[list(ORIGIN)].set_axis(["file", "sheet", "row"], axis=1),
                headers=self.headers.get(name, {}),
            )
            for name, frame in self.tables.items()
        ]
