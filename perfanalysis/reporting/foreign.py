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
class Owners:
    """Who is who in a dataset: names by unit, and the unit of every project."""

    names: Mapping[str, tuple[str, ...]] = field(repr=False)
    projects: Mapping[str, frozenset[str]] = field(repr=False)


def find_foreign(unit: str, dataset: Path, facts: Iterable[Mapping[str, Any]], notebooks: Iterable[Any]) -> str:
    """What in a report on ``unit`` belongs to somebody else: a fact's id or a unit's name; empty where all is its own.

    A report that is not on one unit of the dataset (the city, one project) is not looked at.
    """
    owners = _owners(dataset, (dataset / "dataset.json").stat().st_mtime_ns)
    if unit not in owners.names:
        return ""
    for fact in facts:
        if fact["scope"] == "own" and _is_foreign(fact, unit, owners):
            return fact["id"]
    said = " ".join(_narratives(notebooks))
    hits = [name for other, names in owners.names.items() if other != unit for name in names if len(name) > 2 and name in said]
    # a longer name of one's own may contain another's
    hits = [name for name in hits if name in _without(said, owners.names[unit])]
    if not hits:
        return ""
    theirs = _own_text(unit, dataset)
    return next((name for name in hits if name not in _without(theirs, owners.names[unit])), "")


def _is_foreign(fact: Mapping[str, Any], unit: str, owners: Owners) -> bool:
    first = str(fact["subject"]).split(".")[0]
    if first != unit and (first in owners.names or (first in owners.projects and unit not in owners.projects[first])):
        return True
    for evidence in fact["evidence"]:
        keys = evidence["keys"]
        if keys.get("unit") not in (None, unit) or (keys.get("project") in owners.projects and unit not in owners.projects[keys["project"]]):
            return True
    return False


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
        text = text.replace(name, " ")
    return text


def _own_text(unit: str, dataset: Path) -> str:
    data = Dataset(dataset)
    frames = (data.table(name, unit=unit) for name in data.names)
    return " ".join(str(value) for frame in frames for column in frame.select_dtypes("str") for value in frame[column].dropna().unique())


@lru_cache(maxsize=2)
def _owners(dataset: Path, changed: int) -> Owners:
    data = Dataset(dataset)
    units = data.table("units")
    english = units["name_en"] if "name_en" in units else units["name"]
    names = {code: tuple({str(name) for name in pair if isinstance(name, str)}) for code, *pair in zip(units["unit"], units["name"], english, strict=True)}
    projects: dict[str, set[str]] = {}
    if "projects" in data.names:
        known = data.table("projects", columns=["project", "unit"]).drop_duplicates()
        for project, owner in zip(known["project"], known["unit"], strict=True):
            projects.setdefault(project, set()).add(owner)
    return Owners(names, {project: frozenset(owners) for project, owners in projects.items()})
