"""A policy whose impact is to be evaluated: what it should move and what it cannot move; data, like every rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from perfanalysis.errors import RuleError

_SHIPPED = Path(__file__).with_name("policies")
UNITS, BETTER = ("ratio", "points", "number"), ("higher", "lower")


@dataclass(frozen=True)
class Outcome:
    """A measure of the table ``panel`` and its name in each language."""

    measure: str
    name: Mapping[str, str]


@dataclass(frozen=True)
class Policy:
    """``outcome`` is what the policy is meant to move, in the direction ``better`` (higher, lower); ``placebos`` what it cannot have moved."""

    code: str
    name: Mapping[str, str]
    outcome: Outcome
    unit: str
    better: str
    placebos: tuple[Outcome, ...]
    source: Mapping[str, str]
    illustrative: bool


@cache
def load_policy(policy: str | Path) -> Policy:
    """A shipped policy by its name, or a user's own file of the same form.

    Raises ``RuleError`` for a policy that there is not, or a file that lacks something; it says what is allowed.
    """
    shipped = _SHIPPED / f"{policy}.yaml"
    file = shipped if shipped.is_file() else Path(policy)
    if not file.is_file():
        raise RuleError(f"{policy}: no such policy; there are: {', '.join(sorted(path.stem for path in _SHIPPED.glob('*.yaml')))}, or a file of your own")
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content = content if isinstance(content, Mapping) else {}
    outcome = content.get("outcome") if isinstance(content.get("outcome"), Mapping) else {}
    for name, given, allowed in (("unit", outcome.get("unit"), UNITS), ("better", outcome.get("better"), BETTER)):
        if given not in allowed:
            raise RuleError(f"{file}: outcome: {name} {given!r} is not one of {', '.join(allowed)}")
    placebos = tuple(_outcome(file, entry) for entry in content.get("placebos") or ())
    return Policy(file.stem, _named(file, "name", content), _outcome(file, outcome), outcome["unit"], outcome["better"], placebos,
                  content.get("source", {"en": file.name, "zh": file.name}), bool(content.get("illustrative", False)))


def _outcome(file: Path, entry: Mapping) -> Outcome:
    if not isinstance(entry, Mapping) or not entry.get("measure"):
        raise RuleError(f"{file}: {entry!r}: a measure of the table panel is needed")
    return Outcome(str(entry["measure"]), _named(file, str(entry["measure"]), entry))


def _named(file: Path, what: str, entry: Mapping) -> Mapping[str, str]:
    name = entry.get("name")
    if not isinstance(name, Mapping) or not {"en", "zh"} <= set(name):
        raise RuleError(f"{file}: {what!r}: a name in en and zh is needed")
    return name
