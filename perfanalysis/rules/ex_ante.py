"""How an ex-ante evaluation is judged, as data: criteria, weights, and the verdict that follows from the experts' scores."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from perfanalysis import words
from perfanalysis.errors import RuleError
from perfanalysis.tables import TABLES

_SHIPPED = Path(__file__).with_name("ex_ante.yaml")


@dataclass(frozen=True)
class Criterion:
    """One criterion: its code, weight, name in each language, and the other texts that mean it."""

    code: str
    weight: float
    name: Mapping[str, str]
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One verdict and what it takes: the least weighted mean, and the least mean of any criterion (None: no condition)."""

    verdict: str
    mean: float | None = None
    floor: float | None = None


@dataclass(frozen=True)
class ExAnteRules:
    """Criteria and verdict rule. ``steps`` are tried in order; ``experts_apart`` (points) is the range from which experts disagree."""

    name: Mapping[str, str]
    illustrative: bool
    source: Mapping[str, str]
    criteria: tuple[Criterion, ...]
    steps: tuple[Step, ...]
    experts_apart: float

    def written(self, lang: str) -> str:
        return words.of(self.name, lang)

    def codes(self) -> dict[str, str]:
        """Every text that means a criterion → its code."""
        return {text: criterion.code for criterion in self.criteria for text in (criterion.code, *criterion.name.values(), *criterion.aliases)}


@cache
def load_ex_ante_rules(path: str | Path = "") -> ExAnteRules:
    """The shipped rules of ex-ante evaluation (illustrative), or those of a user's YAML file of the same form.

    Raises ``RuleError``: the file cannot be read, a key is missing, a weight or threshold is no number, or a verdict is unknown.
    """
    path = Path(path) if path else _SHIPPED
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        criteria = tuple(
            Criterion(str(code), _number(about["weight"], f"{path.name}: weight of {code}"), about["name"], tuple(map(str, about.get("aliases", ()))))
            for code, about in content["criteria"].items()
        )
        steps = tuple(
            Step(step["verdict"], *(None if step.get(key) is None else _number(step[key], f"{path.name}: {key}") for key in ("mean", "floor")))
            for step in content["verdicts"]
        )
        rules = ExAnteRules(content["name"], bool(content.get("illustrative", False)), content["source"], criteria, steps,
                            _number(content["experts_apart"], f"{path.name}: experts_apart"))
    except (OSError, yaml.YAMLError) as error:
        raise RuleError(f"{path}: the rules of ex-ante evaluation cannot be read: {error}") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise RuleError(f"{path.name}: not the rules of ex-ante evaluation; missing or misplaced: {error}") from None
    allowed = TABLES["ex_ante"].column("verdict").choices
    for step in steps:
        if step.verdict not in allowed:
            raise RuleError(f"{path.name}: the verdict {step.verdict!r} is not one of {', '.join(allowed)}")
    if not sum(criterion.weight for criterion in criteria) > 0:
        raise RuleError(f"{path.name}: the weights of the criteria do not add up to more than 0")
    return rules


def _number(value, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise RuleError(f"{where} is {value!r}; it must be a number, 0 or more")
    return float(value)
