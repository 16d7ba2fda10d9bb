"""Cells that know how to write themselves in a language, for table columns of the unit ``written``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from perfanalysis import words
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
        value, measure = (self.value, self.measure) if lang == "zh" else _translate(self.value, self.measure, lang)
        number = format_quantity(value, "number", lang)
        return f"{number} {measure}".replace(" ‰", "‰") if measure else number


def _translate(value: float, measure: str, lang: str) -> tuple[float, str]:
    """Value and measure as another language writes them: 22 万人 is 220,000, 3.5 万公里 is 35,000 km; a mere classifier is left out."""
    scale = next((factor for sign, factor in _SCALES.items() if measure.startswith(sign)), None)
    if scale is not None:
        value, measure = value * scale, measure[1:]
    known = f"measure_word.{measure}"
    return value, words.say(known, lang) if words.has(known, lang) else measure if measure.isascii() else ""


_SCALES = {"万": 1e4, "亿": 1e8}


@dataclass(frozen=True)
class Spoken:
    """What a function of the language says: ``Spoken(clause.name)``."""

    say: Callable[[str], str]

    def written(self, lang: str) -> str:
        return self.say(lang)
