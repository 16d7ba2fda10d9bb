"""How sure each finding of a report is: what the simulation of many cities found, for the method section."""

from collections.abc import Iterable
from functools import partial

import pandas as pd

from perfanalysis import words
from perfanalysis.display.blocks import Block, ColumnView, Section, Table, Text
from perfanalysis.display.cells import Spoken
from perfanalysis.findings.make import FactMaker
from perfanalysis.rules.validation import load_validation, say_share


def validation_blocks(fact: FactMaker, sections: Iterable[Section]) -> tuple[Block, ...]:
    """A text and a table on the findings that ``sections`` may raise; nothing where none of them was simulated."""
    rows = load_validation(section.code for section in sections)
    if rows.empty:
        return ()
    # what can be found stands before what only states the rows
    rows, run = rows.sort_values("kind", key=lambda kind: kind == "", kind="stable"), rows.iloc[0]
    values = {
        "cities": fact.rule("validation_cities", int(run["cities"]), "count"), "first": fact.rule("validation_first", str(run["first_seed"]), "text"),
        "last": fact.rule("validation_last", str(run["last_seed"]), "text"), "version": fact.rule("validation_version", str(run["version"]), "text"),
        "level": fact.rule("validation_level", 0.95, "ratio"),
    }
    shown = pd.DataFrame({
        "detector": [Spoken(partial(words.say, f"finding_name.{finding}")) for finding in rows["finding"]],
        "planted_as": [Spoken(partial(words.say, f"planted.{kind}" if kind else "validation_none")) for kind in rows["kind"]],
        "detector_found": [Spoken(partial(say_share, row, "power")) for row in rows.to_dict("records")],
        "detector_raised": [Spoken(partial(say_share, row, "alarm")) for row in rows.to_dict("records")],
    })
    return (Text("validation.lead", values), Table("validation", shown, tuple(ColumnView(name, "written") for name in shown), most=len(shown)), Text("validation.limits"))

