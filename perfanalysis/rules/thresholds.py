"""From which value on something is worth a sentence: data with a source, like every rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from perfanalysis.errors import RuleError

_SHIPPED = Path(__file__).with_name("thresholds.yaml")


@dataclass(frozen=True)
class Threshold:
    """One threshold: ``unit`` is one of ``words.values.UNITS``; ``meaning`` and ``source`` are given in each language."""

    name: str
    value: float
    unit: str
    meaning: Mapping[str, str]
    source: Mapping[str, str]
    verified: bool

    @property
    def checked(self) -> str:
        """Whether it was checked against the text of its source; ``own`` where it is this software's and there is no such text."""
        return "own" if "(illustrative)" in self.source["en"] and not self.verified else str(self.verified)


@cache
def load_thresholds(path: str | Path | None = None) -> Mapping[str, Threshold]:
    """The shipped thresholds, or those with the ones of a user's file put in their place.

    Raises ``RuleError`` for a name that does not exist or a value that is no number.
    """
    thresholds = {name: _threshold(name, entry) for name, entry in yaml.safe_load(_SHIPPED.read_text(encoding="utf-8")).items()}
    if path is None:
        return thresholds
    for name, entry in (yaml.safe_load(Path(path).read_text(encoding="utf-8")) or {}).items():
        if name not in thresholds:
            raise RuleError(f"{path}: no threshold {name!r}; there are: {', '.join(thresholds)}")
        thresholds[name] = _threshold(name, {**_as_entry(thresholds[name]), **entry})
    return thresholds


def _threshold(name: str, entry: Mapping) -> Threshold:
    if isinstance(entry.get("value"), bool) or not isinstance(entry.get("value"), int | float):
        raise RuleError(f"threshold {name!r}: value {entry.get('value')!r} is not a number")
    return Threshold(name, float(entry["value"]), entry["unit"], entry["meaning"], entry["source"], bool(entry["verified"]))


def _as_entry(threshold: Threshold) -> dict:
    return {key: getattr(threshold, key) for key in ("value", "unit", "meaning", "source", "verified")}
