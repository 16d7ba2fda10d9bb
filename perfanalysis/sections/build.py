"""Building sections: the facts gathered from their blocks, and what is missing said instead of shown."""

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from perfanalysis.display.blocks import Absent, Block, Chart, FactList, Findings, KeyFigures, Section, Table, Text
from perfanalysis.display.cells import Spoken
from perfanalysis.errors import MissingTable
from perfanalysis.findings import Fact, Finding
from perfanalysis.tables import TABLES


def needs(*tables: str) -> Callable:
    """A section that needs ``tables``: where the dataset lacks one it says which and why that matters; where only the unit has no rows
    in the report's year it says that. Nothing is computed then."""

    def decorate(make: Callable[..., Section]) -> Callable[..., Section]:
        code = make.__name__.removeprefix("section_").removeprefix("city_")

        @functools.wraps(make)
        def section(unit, *args: Any) -> Section:
            absent = tuple(Absent(table) for table in tables if unit.data.lacks(table))
            if absent:
                return Section(code, absent)
            empty = [table for table in tables if not _has_rows(unit, table)]
            if empty:
                return build_section(code, [Text("common.no_rows", {
                    "unit": unit.label, "tables": [Spoken(TABLES[table].label) for table in empty], "year": unit.fact.rule("year", unit.year, "year")})])
            try:
                return make(unit, *args)
            except MissingTable as missing:
                return Section(code, (Absent(missing.table, missing.column),))

        return section

    return decorate


def _has_rows(unit, table: str) -> bool:
    return unit.data.has(table) and ("year" not in TABLES[table].names or bool(unit.data.tables[table]["year"].eq(unit.year).any()))


def build_section(code: str, blocks: Iterable[Block | None], findings: Iterable[Finding] = ()) -> Section:
    """A section of the blocks that are not None; its facts are those that its blocks and findings state, each once."""
    blocks, findings = tuple(block for block in blocks if block is not None), tuple(findings)
    facts = {fact.id: fact for fact in _facts(blocks, findings)}
    return Section(code, blocks, findings, tuple(facts.values()))


def _facts(blocks: Iterable[Block], findings: Iterable[Finding]) -> Iterator[Fact]:
    for block in blocks:
        if isinstance(block, KeyFigures | FactList):
            yield from block.facts
        elif isinstance(block, Findings):
            for finding in block.findings:
                yield from finding.facts
        elif isinstance(block, Text | Chart | Table):
            yield from (value for value in block.values.values() if isinstance(value, Fact))
    for finding in findings:
        yield from finding.facts
