"""Cells that know how to write themselves in a language, for table columns of the unit ``written``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from perfanalysis.words import format_quantity
from perfanalysis.words.values import is_missing


@dataclass(frozen=True)
class Measured:
    """A value in the indicator's own measure: 0.9 with the measure % is 90 %, with the direction >= it is ≥ 90 %. A text stands for a value
    that is none."""

    value: Any
    measure: str = ""
    text: str = ""
    direction: str = ""

    def written(self, lang: str) -> str:
        if is_missing(self.value):
            return self.text
        return {">=": "≥\u00a0", "<=": "≤\u00a0", "=": "=\u00a0"}.get(self.direction, "") + self._value(lang)

    def _value(self, lang: str) -> str:
        if self.measure == "%":
            return format_quantity(self.value, "ratio", lang, decimals=2).replace(".00%", "%")
        number = format_quantity(self.value, "number", lang)
        # a Chinese measure word would be noise in another language
        return f"{number} {self.measure}" if self.measure and (lang == "zh" or self.measure.isascii()) else number


@dataclass(frozen=True)
class Spoken:
    """What a function of the language says: ``Spoken(clause.name)``."""

    say: Callable[[str], str]

    def written(self, lang: str) -> str:
        return self.say(lang)
