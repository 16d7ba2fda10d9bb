"""What a report was made from, and what of it changed since: told from what the library read while the report was made.

A report on one unit depends on its own rows, on the summary of its peers, and on whatever else its sections read; nobody keeps a list of that by hand. The
library notes every reading (``perfanalysis.dataset.READS``), the record keeps a short hash of every row that was read, and the next run compares.

The names and hashes of the source files are printed in every report but are no part of this: rows that are the same in a newer file leave a report as it
is, and it goes on naming the file that it was made from.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from typing import Any

import numpy as np
import pandas as pd

from perfanalysis import words
from perfanalysis.dataset import Dataset
from perfanalysis.reporting.plan import Plan
from perfanalysis.tables import TABLES

#: Of ``dataset.json``, what no report shows or what the readings say better.
_NO_MATTER = frozenset({"sources", "confidential_of", "rows", "content", "set_aside", "years"})


class Contents:
    """The rows of a plan's dataset as hashes, read when they are asked for."""

    def __init__(self, plan: Plan):
        self._plan, self._dataset = plan, Dataset(plan.dataset)

    @property
    def about(self) -> str:
        """A digest of what the dataset says of itself, and of which tables it has."""
        meta = self._dataset.meta
        told = {name: value for name, value in meta.items() if name not in _NO_MATTER}
        return _digest(json.dumps([told, sorted(meta["rows"])], sort_keys=True, ensure_ascii=False))

    @property
    def tables(self) -> Mapping[str, str]:
        """Table → digest of its file."""
        return self._dataset.meta["content"]

    def read(self, what: str) -> str:
        """What stands now where ``what`` was read: ``table<TAB>name<TAB>unit`` gives a hash of eight digits a row, ``peers<TAB>rulebook<TAB>year`` a digest."""
        kind, *rest = what.split("\t")
        if kind == "peers":
            return self._peers(*rest)
        table, unit = rest
        hashes = self._rows(table)
        if unit:
            hashes = hashes.get(unit, np.empty(0, dtype=np.uint32))
        else:
            hashes = np.sort(np.concatenate(list(hashes.values()))) if hashes else np.empty(0, dtype=np.uint32)
        return hashes.astype(">u4").tobytes().hex()

    def depends(self, what: str) -> tuple[str, ...]:
        """The tables whose files would have to change for ``what`` to change."""
        kind, *rest = what.split("\t")
        return ("units", "projects", "indicators", "execution", "reviews", "difficulty") if kind == "peers" else (rest[0],)

    @cache  # noqa: B019  (it lives as long as the run)
    def _rows(self, table: str) -> Mapping[str, np.ndarray]:
        """Unit → hashes of its rows, ascending."""
        if table not in self._dataset.meta["content"]:
            return {}
        frame = pd.read_parquet(self._dataset.path / f"{table}.parquet", use_threads=False)
        hashes = pd.util.hash_pandas_object(frame, index=False).to_numpy().astype(np.uint32)
        units = frame["unit"].fillna("").to_numpy() if "unit" in frame else np.full(len(frame), "")
        order = np.lexsort((hashes, units))
        names, starts = np.unique(units[order], return_index=True)
        return dict(zip(names, np.split(hashes[order], starts[1:]), strict=True)) if len(frame) else {}

    @cache  # noqa: B019
    def _peers(self, digest: str, year: str) -> str:
        from perfanalysis.analysis import load_peers

        if self._rulebook is None or self._rulebook.digest != digest:
            # another rule-book than the plan's: all that a summary is made from
            return _digest(json.dumps({table: self.tables.get(table) for table in self.depends("peers")}, sort_keys=True) + digest)
        peers = load_peers(self._dataset, self._rulebook, int(year))
        frames = (peers.units, peers.pace, peers.fair, peers.pairs)
        parts = [pd.util.hash_pandas_object(frame, index=True).to_numpy().tobytes() for frame in frames if len(frame)]
        return _digest(b"".join(parts))

    @cached_property
    def _rulebook(self) -> Any:
        from perfanalysis.rules import load_rulebook

        name = self._plan.parameters.get("rulebook", self._plan.defaults.get("rulebook", "mof-2020"))
        return load_rulebook(name) if isinstance(name, str) else None

    def warm(self) -> None:
        """Make the summaries that every report would otherwise make for itself."""
        from perfanalysis.errors import PerfAnalysisError

        year = self._plan.parameters.get("year", self._plan.defaults.get("year"))
        if type(year) is int and "rulebook" in {*self._plan.parameters, *self._plan.defaults}:
            try:
                self._peers(self._rulebook.digest, str(year))
            except (PerfAnalysisError, KeyError, ValueError, OSError):
                return  # the report that needs it says what is wrong


def find_changes(reads: Mapping[str, str], tables: Mapping[str, str], contents: Contents) -> tuple[str, ...]:
    """What changed of ``reads`` since the files of the dataset had the digests ``tables``: ``indicators:3`` (three rows), ``peers``."""
    changes = []
    for what, then in reads.items():
        if all(tables.get(table) == contents.tables.get(table) for table in contents.depends(what)):
            continue
        now = contents.read(what)
        if now != then:
            kind, *rest = what.split("\t")
            changes.append("peers" if kind == "peers" else f"{rest[0]}:{_rows_changed(then, now)}")
    return tuple(sorted(set(changes)))


def take_reads(reads: Iterable[str], contents: Contents) -> dict[str, str]:
    """For every reading what stands there now; a table read whole covers its parts."""
    whole = {what.split("\t")[1] for what in reads if what.startswith("table\t") and what.endswith("\t")}
    return {what: contents.read(what) for what in sorted(reads) if what.endswith("\t") or what.split("\t")[1] not in whole or what.startswith("peers")}


def say_why(why: str, lang: str) -> str:
    """Why a report was made, in words: ``library``, or ``indicators:3`` for three rows of a table that changed."""
    table, _, rows = why.partition(":")
    if not rows:
        return words.say(f"run.why.{why}", lang)
    label = TABLES[table].label(lang) if table in TABLES else words.say("run.why.set_aside", lang)
    return words.say("run.why.rows", lang, {"table": label, "rows": int(rows)})


def _rows_changed(then: str, now: str) -> int:
    """Rows that are new or altered or gone: an altered row counts once."""
    before, after = (pd.Series([text[start : start + 8] for start in range(0, len(text), 8)], dtype="str").value_counts() for text in (then, now))
    difference = after.sub(before, fill_value=0)
    return int(max(difference.clip(lower=0).sum(), -difference.clip(upper=0).sum()))


def _digest(content: str | bytes) -> str:
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()
