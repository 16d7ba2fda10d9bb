"""From a number of a report back to the rows that it was made from, as a person looks at them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from perfanalysis import words
from perfanalysis.cards import Card, Shown
from perfanalysis.dataset import SET_ASIDE, load_dataset
from perfanalysis.errors import Problem, UnknownName, near
from perfanalysis.findings import Evidence
from perfanalysis.findings.tracing import trace_rows
from perfanalysis.tables import TABLES

#: So many rows are shown; ``rows`` has them all.
_SHOWN = 20


@dataclass(frozen=True, repr=False)
class Trace(Shown):
    """One number of a report (``fact``, as facts.json has it) and, for each table that it was made from, the rows: the keys, what was read, file and line."""

    fact: Mapping[str, Any]
    currency: str
    rows: Mapping[str, pd.DataFrame] = field(repr=False)

    def _card(self, lang: str) -> Card:
        fact = self.fact
        value = words.format_quantity(fact["value"], fact["unit"], lang, currency=self.currency)
        about = [("code", fact["id"]), ("method", words.say(f"method.{fact['method']}", lang))]
        colon = "：" if lang == "zh" else ": "
        lines = [f"{part['file']}{colon}{part['rows']}" for part in fact.get("rows", ())]
        about += [("lines", words.say("verb.name_list_separator", lang).join(lines))] if lines else []
        rows, counted = [], 0
        for table, frame in self.rows.items():
            counted += len(frame)
            for row in frame.head(_SHOWN).itertuples(index=False):
                place, *read = row
                rows.append((TABLES[table].label(lang), place, " · ".join(
                    f"{TABLES[table].column(name).label(lang)}{colon}{_written(value)}" for name, value in zip(frame.columns[1:], read, strict=True))))
        after = (words.say("shown.more_rows", lang, {"shown": words.Quantity(len(rows), "count"), "all": words.Quantity(counted, "count")}),) if counted > len(rows) else ()
        return Card(
            words.say("shown.of", lang, {"name": words.say(f"measure.{fact['measure']}", lang), "value": value}),
            tuple((words.say(f"shown.name.{name}", lang), text) for name, text in about),
            tuple(words.say(f"shown.heading.{name}", lang) for name in ("table", "line", "read")), tuple(rows), next=after,
        )


def trace_fact(report: str | Path, fact: str, dataset: str | Path) -> Trace:
    """The number ``fact`` (its id in facts.json) of the report in the folder ``report``, and the rows of ``dataset`` that it was made from.

    Raises
    ------
    UnknownName
        The report states no such number; the near ones are named.

    >>> pa.trace_fact("outputs/departments/101", "101.execution_rate.2020", "outputs/demo/dataset")  # doctest: +SKIP
    """
    said = json.loads((Path(report) / "facts.json").read_text(encoding="utf-8"))
    facts = {one["id"]: one for one in said["facts"]}
    if fact not in facts:
        raise UnknownName(Problem("unknown_fact", found=fact, values={"near": near(fact, facts)}))
    data = load_dataset(dataset)
    read: dict[str, list[Evidence]] = {}
    for one in facts[fact]["evidence"]:
        if one["table"] in data.names and one["table"] != SET_ASIDE:
            read.setdefault(one["table"], []).append(Evidence(one["table"], one["keys"], one["column"]))
    rows = {table: _rows(data.table(table), evidences, data.meta["sources"]) for table, evidences in read.items()}
    return Trace(facts[fact], data.meta["currency"], rows)


def _written(value: Any) -> str:
    """As it stands in the data, every digit of it: what is rounded cannot be checked."""
    return f"{value:,.15g}" if isinstance(value, float) else str(value)


def _rows(table: pd.DataFrame, evidences: list[Evidence], sources) -> pd.DataFrame:
    """The rows that the evidence names, each once: where it stands in the submitted files, its key, and the columns read."""
    found = table.loc[table.index.isin([place for evidence in evidences for place in trace_rows(evidence, table).index])]
    name = evidences[0].table
    columns = [*TABLES[name].key, *(evidence.column for evidence in evidences if evidence.column in table)]
    place = [
        " ".join(filter(None, [sources[int(file)]["file"], sheet if isinstance(sheet, str) else "", str(int(row))])) if pd.notna(file) else ""
        for file, sheet, row in zip(*(found[column] for column in ("source_file", "source_sheet", "source_row")), strict=True)
    ]
    return found[list(dict.fromkeys(columns))].reset_index(drop=True).assign(place=place)[["place", *dict.fromkeys(columns)]]
