"""The factors of risk by which projects are ranked for audit and re-evaluation: data, like every rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from perfanalysis.errors import RuleError

_SHIPPED = Path(__file__).with_name("sampling.yaml")


@dataclass(frozen=True)
class RiskFactors:
    """Factor → weight and meaning, in the order of the file; ``source`` says in each language where they come from."""

    weights: Mapping[str, float]
    meanings: Mapping[str, Mapping[str, str]]
    source: Mapping[str, str]
    illustrative: bool


@cache
def load_risk_factors(path: str | Path = "") -> RiskFactors:
    """The shipped (illustrative) factors, or a user's own file of the same form.

    Raises ``RuleError`` for a file that is missing, a factor that does not exist, a weight that is no number from 0 on, or weights that are all 0.
    """
    file = Path(path) if path else _SHIPPED
    if not file.is_file():
        raise RuleError(f"{file}: no such file of risk factors")
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    if not isinstance(content, Mapping) or not content.get("factors"):
        raise RuleError(f"{file}: 'factors' is missing or empty")
    shipped = yaml.safe_load(_SHIPPED.read_text(encoding="utf-8"))["factors"]
    weights, meanings = {}, {}
    for name, entry in content["factors"].items():
        if name not in shipped:
            raise RuleError(f"{file}: no factor {name!r}; there are: {', '.join(shipped)}")
        weight = (entry or {}).get("weight")
        if isinstance(weight, bool) or not isinstance(weight, int | float) or weight < 0:
            raise RuleError(f"{file}, factor {name!r}: weight {weight!r} is not a number from 0 on")
        if weight:
            weights[name], meanings[name] = float(weight), entry.get("meaning") or shipped[name]["meaning"]
    if not weights:
        raise RuleError(f"{file}: every weight is 0, so that nothing can be ranked")
    return RiskFactors(weights, meanings, content.get("source", {"en": file.name, "zh": file.name}), not path)
