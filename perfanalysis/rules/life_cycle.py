"""When a policy that runs over years should continue, be adjusted or end, as data: reasons with thresholds and decisions."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from perfanalysis import words
from perfanalysis.errors import RuleError

_SHIPPED = Path(__file__).with_name("life_cycle.yaml")
#: From the gravest to the mildest; "continue" is what is left where no reason holds.
DECISIONS = ("end", "adjust")
#: The tests that the analysis knows (``analysis.life_cycle.weigh_reasons``); all but the first need a value.
TESTS = ("term_over", "missed_repeatedly", "review_failed", "missed", "unspent", "review_weak", "growth_without_result")


@dataclass(frozen=True)
class Reason:
    """One test: its code, what it leads to, the value that it compares with, and what it means in each language."""

    code: str
    decision: str
    value: float | None
    unit: str
    meaning: Mapping[str, str]


@dataclass(frozen=True)
class LifeCycleRules:
    """The reasons to end or adjust a policy, with the words of the rule as a whole."""

    name: Mapping[str, str]
    illustrative: bool
    source: Mapping[str, str]
    reasons: tuple[Reason, ...]

    def written(self, lang: str) -> str:
        return words.of(self.name, lang)


@cache
def load_life_cycle_rules(path: str | Path = "") -> LifeCycleRules:
    """The shipped rule on continuing, adjusting or ending (illustrative), or that of a user's YAML file of the same form.

    Raises ``RuleError``: the file cannot be read, a key is missing, a test or decision is unknown, or a value is no number.
    """
    path = Path(path) if path else _SHIPPED
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        reasons = tuple(
            Reason(code, about["decision"], None if about.get("value") is None else float(about["value"]), about.get("unit", ""), about["meaning"])
            for code, about in content["reasons"].items()
        )
        rules = LifeCycleRules(content["name"], bool(content.get("illustrative", False)), content["source"], reasons)
    except (OSError, yaml.YAMLError) as error:
        raise RuleError(f"{path}: the life-cycle rule cannot be read: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RuleError(f"{path.name}: not a life-cycle rule; missing or misplaced: {error}") from None
    for reason in reasons:
        if reason.code not in TESTS:
            raise RuleError(f"{path.name}: no test {reason.code!r}; there are: {', '.join(TESTS)}")
        if reason.decision not in DECISIONS:
            raise RuleError(f"{path.name}: the decision of {reason.code!r} is {reason.decision!r}; it must be one of {', '.join(DECISIONS)}")
        if reason.value is None and reason.code != "term_over":
            raise RuleError(f"{path.name}: {reason.code!r} needs a value")
    return rules
