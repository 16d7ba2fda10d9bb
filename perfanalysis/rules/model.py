"""What a rule-book is. Points are points of 100, rates and shares are ratios (1.0 = 100 %)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from perfanalysis import words
from perfanalysis.cards import Card, Shown
from perfanalysis.errors import Problem, UnknownName, near
from perfanalysis.rules.conventions import CONVENTIONS
from perfanalysis.tables import table
from perfanalysis.words import Quantity

_LEVEL1 = table("indicators").column("level1")
LEVELS = tuple(_LEVEL1.choices)
#: From the best to the worst.
GRADES = ("excellent", "good", "fair", "poor")


@dataclass(frozen=True)
class Clause:
    """One rule with its origin. ``code`` is its catalogue code, ``values`` fill its sentence.

    ``verified`` says that the rule was read in a published form, notice or system; otherwise it is known from the regulation but was
    not re-read. A convention is the library's own, where the rule-book is silent: it has no document and is never verified.
    """

    code: str
    document: Mapping[str, str] = field(default_factory=dict)
    article: Mapping[str, str] = field(default_factory=dict)
    verified: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def convention(self) -> bool:
        return self.code.startswith("convention.")

    @property
    def source(self) -> str:
        """The document under its official name; empty for a convention."""
        return self.document.get("zh", "")

    def cite(self, lang: str) -> str:
        """Document and article as a reader of ``lang`` cites them."""
        if self.convention:
            return words.say("rulebook.convention", lang)
        if not self.article:
            return words.of(self.document, lang)
        return words.say("rulebook.citation", lang, {"document": words.of(self.document, lang), "article": words.of(self.article, lang)})

    def name(self, lang: str) -> str:
        """A few words, for a table's cell."""
        return words.say(f"{self.code}.name", lang)

    def say(self, lang: str) -> str:
        """The whole rule as a sentence."""
        return words.say(f"{self.code}.text", lang, self.values)


@dataclass(frozen=True)
class Step:
    """Rates from ``start`` (inclusive) to ``end`` (exclusive; the highest has none) give so many points, or this share of the indicator's."""

    start: float
    end: float | None
    gives: float
    unit: str

    def written(self, lang: str) -> str:
        gives = words.say("rulebook.points", lang, {"points": Quantity(self.gives, "points")}) if self.unit == "points" else Percent(self.gives)
        return _written("step", self.start, self.end, Percent, lang, {"gives": gives})


@dataclass(frozen=True)
class Band:
    """A half-open band of a scale: ``start`` is in it, ``end`` is not (the highest has none and includes its top)."""

    code: str
    start: float
    end: float | None
    unit: str

    def written(self, lang: str) -> str:
        name = words.say(f"{'grade' if self.unit == 'points' else 'rulebook.level'}.{self.code}", lang)
        return _written("band", self.start, self.end, _Score if self.unit == "points" else Percent, lang, {"name": name})


def _written(kind: str, start, end, number, lang: str, values: dict) -> str:
    place = "_top" if end is None else "_bottom" if start == 0 else ""
    return words.say(f"rulebook.{kind}{place}", lang, {**values, "start": number(start), "end": number(end)})


@dataclass(frozen=True)
class Percent:
    """A limit as people write it: 80%, 97.5%, without trailing zeros."""

    value: float

    def written(self, lang: str) -> str:
        return words.format_quantity(self.value * 100, "number", lang) + "%"


@dataclass(frozen=True)
class _Score:
    value: float

    def written(self, lang: str) -> str:
        return words.say("rulebook.score", lang, {"points": Quantity(self.value, "points")})


@dataclass(frozen=True)
class Joined:
    """Several things that write themselves, with the separator ``rulebook.<separator>`` of the language between."""

    parts: tuple[Any, ...]
    separator: str = "semicolon"

    def written(self, lang: str) -> str:
        return words.say(f"rulebook.{self.separator}", lang).join(words.write_value(part, lang) for part in self.parts)


def _level_names(levels, lang: str) -> Joined:
    return Joined(tuple(_LEVEL1.choice_label(level, lang) for level in levels), "and")


@dataclass(frozen=True)
class WeightGroup:
    """So many points for all indicators of these level-1 kinds together."""

    levels: tuple[str, ...]
    weight: float

    @property
    def code(self) -> str:
        return "+".join(self.levels)

    def written(self, lang: str) -> str:
        values = {"levels": _level_names(self.levels, lang), "weight": Quantity(self.weight, "points")}
        return words.say("rulebook.weight", lang, values)


@dataclass(frozen=True)
class WeightSet:
    """The weights of a project whose indicators have, and lack, these level-1 kinds; the first set that fits rules."""

    has: frozenset[str]
    lacks: frozenset[str]
    groups: tuple[WeightGroup, ...]

    def written(self, lang: str) -> str:
        values = {"groups": list(self.groups)}
        for code, levels in (("has", self.has), ("lacks", self.lacks)):
            values[code] = _level_names([level for level in LEVELS if level in levels], lang)
        when = "_".join(code for code in ("has", "lacks") if getattr(self, code))
        return words.say(f"rulebook.weights_{when or 'all'}", lang, values)


@dataclass(frozen=True, repr=False)
class RuleBook(Shown):
    """How projects are scored and graded; read by ``load_rulebook``, described by ``rules()``."""

    name: str
    title: Mapping[str, str]
    digest: str
    total: float
    decimals: int
    grades: tuple[Band, ...]
    execution_weight: float
    execution_method: str
    execution_steps: tuple[Step, ...]
    reason_below: float | None
    weight_sets: tuple[WeightSet, ...]
    increasing_method: str
    decreasing_method: str
    pass_mark: float | None
    explain_from: float | None
    levels: tuple[Band, ...]
    yes_no_words: frozenset[str]
    satisfaction_steps: tuple[Step, ...]
    unscored: str
    clauses: Mapping[str, Clause] = field(repr=False)

    def grade(self, scores: pd.Series) -> pd.Series:
        """Scores (points) → grade codes, half-open: 89.5 is good, exactly 90 is excellent; missing stays missing.

        A score counts as a form prints it, rounded half up to ``decimals``: 89.995 prints as 90.00 and is excellent.

        >>> from perfanalysis.rules import load_rulebook
        >>> load_rulebook("mof-2020").grade(pd.Series([90.0, 89.5, None])).tolist()
        ['excellent', 'good', nan]
        """
        scores = pd.to_numeric(scores)
        printed = round_points(scores.to_numpy(dtype=float, na_value=np.nan), self.decimals)
        starts = np.array([band.start for band in self.grades[::-1]])
        codes = np.array([band.code for band in self.grades[::-1]], dtype=object)
        place = np.searchsorted(starts, printed, side="right") - 1
        # a score below the lowest band (negative) is still in the lowest
        graded = np.where(np.isnan(printed), np.nan, codes[np.clip(place, 0, len(codes) - 1)])
        return pd.Series(graded, index=scores.index, name=scores.name, dtype="str")

    def clause(self, code: str) -> Clause:
        """The rule or convention of a code as the scoring functions return it (``rule.…`` or ``convention.…``).

        >>> pa.load_rulebook("mof-2020").clause("rule.increasing_ratio").name("en")
        'ratio to target'
        """
        if code in self.clauses:
            return self.clauses[code]
        if code.startswith("convention.") and code.removeprefix("convention.") in CONVENTIONS:
            return Clause(code)
        raise UnknownName(Problem("unknown_rule", found=code, values={"rulebook": self.name, "near": near(code, self.clauses)}))

    def _card(self, lang: str) -> Card:
        rows = []
        for clause in self.clauses.values():
            status = "" if clause.convention else words.say(f"rulebook.{'verified' if clause.verified else 'unverified'}", lang)
            rows.append((clause.name(lang), clause.say(lang), clause.cite(lang), status))
        about = [("grades", Joined(self.grades).written(lang))]
        return Card(
            words.say("shown.rulebook", lang, {"code": self.name, "name": self.title[lang if lang in self.title else "en"]}),
            tuple((words.say(f"shown.name.{name}", lang), value) for name, value in about),
            (words.say("shown.heading.rule", lang), "", *(words.say(f"shown.heading.{name}", lang) for name in ("source", "status"))), tuple(rows),
            next=(words.say("shown.next.rulebook", lang),),
        )

    def rules(self) -> pd.DataFrame:
        """One row per rule: ``code``, ``values`` (what fills its sentence), ``source`` (the document's official name), ``verified``.

        A convention of the library has an empty source. ``clause(code)`` says and cites a rule in a language.
        """
        rows = [(clause.code, dict(clause.values), clause.source, clause.verified) for clause in self.clauses.values()]
        return pd.DataFrame(rows, columns=["code", "values", "source", "verified"])

    @property
    def verified(self) -> bool:
        """Whether every rule (conventions aside) was read in a published source."""
        return all(clause.verified for clause in self.clauses.values() if not clause.convention)


def round_points(values: np.ndarray, decimals: int = 2) -> np.ndarray:
    """Rounded half up on the decimal digits that people see: 8.625 → 8.63, whatever its binary neighbour."""
    scale = 10.0**decimals
    return np.floor(np.asarray(values, dtype=float) * scale + 0.5 + 1e-6) / scale
