"""Whether a report is about its own unit only: no fact of its own rests on another unit's rows, and no other unit is named in what it says.

Other units may be named where units are compared (``COMPARING``), and wherever the unit's own rows name them ("training for the Bureau of …").
"""

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from perfanalysis.dataset import Dataset

#: Sections in which other units are named on purpose, and the register of facts, which repeats what the sections say.
COMPARING = frozenset({"peers", "method", "ranks", "standing", "chain"})
_DROPPED = re.compile(r"<(style|table|figure|details|svg|h1|h2)\b.*?</\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Names:
    """Every unit's names in a dataset, and what finds them in a text (those of three letters or more)."""

    of: Mapping[str, tuple[str, ...]] = field(repr=False)
    finder: Any = field(repr=False)


def find_foreign(unit: str, dataset: Path, facts: Iterable[Mapping[str, Any]], notebooks: Iterable[Any]) -> str:
    """What in a report on ``unit`` belongs to somebody else: a fact's id or a unit's name; empty where all is its own.

    A report that is not on one unit of the dataset (the city, one project) is not looked at.
    """
    names = _names(dataset, (dataset / "dataset.json").stat().st_mtime_ns)
    if unit not in names.of:
        return ""
    stated = [fact for fact in facts if fact["scope"] == "own"]
    others = _others(unit, dataset, {code for fact in stated for code in _codes(fact)}, names)
    for fact in stated:
        if not others.isdisjoint(_codes(fact)) or any(evidence["keys"].get("unit") not in (None, unit) for evidence in fact["evidence"]):
            return fact["id"]
    own = names.of[unit]
    # a longer name of one's own may contain another's
    said = _without(" ".join(_narratives(notebooks)), own)
    hits = dict.fromkeys(name for _, name in names.finder.iter(said)) if len(names.finder) else ()
    if not hits:
        return ""
    theirs = _without(_own_text(unit, dataset), own)
    return next((name for name in hits if name not in theirs), "")


def _codes(fact: Mapping[str, Any]) -> set[str]:
    """What a fact is about and the projects that it rests on, by code."""
    return {str(fact["subject"]).split(".")[0], *(evidence["keys"]["project"] for evidence in fact["evidence"] if "project" in evidence["keys"])}


def _others(unit: str, dataset: Path, codes: set[str], names: Names) -> set[str]:
    """Those of ``codes`` that are other units or other units' projects."""
    data, left = Dataset(dataset), codes - {unit, None}
    if "projects" not in data.names:
        return left & names.of.keys()
    left -= set(data.table("projects", columns=["project"], unit=unit)["project"])
    # of a report's own facts nothing is left, so that the whole table is seldom read
    return left & {*names.of, *data.table("projects", columns=["project"])["project"]} if left else left


def _narratives(notebooks: Iterable[Any]) -> Iterable[str]:
    """What a reader reads as text, without tables and pictures."""
    from perfanalysis.reporting.gather import MIME

    for notebook in notebooks:
        for cell in notebook.cells:
            for output in cell.get("outputs", ()):
                data = output.get("data", {})
                said = data.get(MIME)
                if isinstance(said, Mapping) and said.get("section") not in COMPARING:
                    yield html.unescape(_TAG.sub(" ", _DROPPED.sub(" ", data.get("text/html", ""))))


def _without(text: str, names: Iterable[str]) -> str:
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "\n")
    return text


def _own_text(unit: str, dataset: Path) -> str:
    data = Dataset(dataset)
    frames = (data.table(name, unit=unit) for name in data.names)
    return " ".join(str(value) for frame in frames for column in frame.select_dtypes("str") for value in frame[column].dropna().unique())


@lru_cache(maxsize=2)
def _names(dataset: Path, changed: int) -> Names:
    from ahocorasick import Automaton

    units = Dataset(dataset).table("units")
    english = units["name_en"] if "name_en" in units else units["name"]
    names = {code: tuple({str(name) for name in pair if isinstance(name, str)}) for code, *pair in zip(units["unit"], units["name"], english, strict=True)}
    finder = Automaton()
    for name in {name for known in names.values() for name in known if len(name) > 2}:
        finder.add_word(name, name)
    finder.make_automaton()
    return Names(names, finder)
