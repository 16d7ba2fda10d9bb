"""Building sections: the facts gathered from their blocks, and what is missing said instead of shown."""

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from perfanalysis.display.blocks import Absent, Block, Chart, FactList, Findings, KeyFigures, Section, Table, Text
from perfanalysis.errors import MissingTable
from perfanalysis.findings import Fact, Finding


def needs(*tables: str) -> Callable:
    """A section that needs ``tables``: without them it says which is missing and why that matters, and computes nothing."""

    def decorate(make: Callable[..., Section]) -> Callable[..., Section]:
        code = make.__name__.removeprefix("section_").removeprefix("city_")

        @functools.wraps(make)
        def section(unit, *args: Any) -> Section:
            absent = tuple(Absent(table) for table in tables if not unit.data.has(table))
            if absent:
                return Section(code, absent)
            try:
                return make(unit, *args)
            except MissingTable as missing:
                return Section(code, (Absent(missing.table, missing.column),))

        return section

    return decorate


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
