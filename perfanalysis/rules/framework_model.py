"""What a framework is: items in categories, with weights, goalposts or bands, and how they are put together. All of it is data."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from perfanalysis import words
from perfanalysis.cards import Card, Shown

#: How the scores below a node are put together. ``worst_plus``: the worst rules, half a step is added where another is better (PEFA's M1).
AGGREGATIONS = ("arithmetic", "geometric", "worst", "worst_plus")
#: How a raw value becomes a score: between two goalposts, in bands, between the least and the greatest of all units, or as it was given.
SCALES = ("goalposts", "bands", "min_max", "given")
#: What becomes of a missing item: the others of its category carry its weight, or there is no score above it. Never zero.
MISSING = ("leave_out", "no_total")
#: What the coefficient of difficulty does: nothing, multiply the total (capped), or weigh harder items more.
USES = ("none", "multiply", "reweight")
#: Which years make an item's score: its own; the second best of three (a band met in two of three years); the mean of three.
YEARS = ("own", "two_of_three", "mean_of_three")
TOTAL = "total"


@dataclass(frozen=True)
class ScoreBand:
    """Values from ``low`` (included where ``low_in``) to ``high`` (included where ``high_in``) give ``gives``; an open end is None."""

    gives: float
    low: float | None = None
    high: float | None = None
    low_in: bool = True
    high_in: bool = False

    def holds(self, values: pd.Series) -> pd.Series:
        above = True if self.low is None else (values >= self.low) if self.low_in else (values > self.low)
        below = True if self.high is None else (values <= self.high) if self.high_in else (values < self.high)
        return values.notna() & above & below


@dataclass(frozen=True)
class Item:
    """One indicator or task. ``worst`` and ``best`` are the values that score 0 and 100 (best below worst: less is better).

    ``weight`` is in points of the whole (100 by custom); ``bears_difficulty`` says that its work grows with what makes a unit difficult.
    """

    code: str
    title: Mapping[str, str]
    category: str
    weight: float
    measure: str = ""
    scale: str = "goalposts"
    worst: float | None = None
    best: float | None = None
    bands: tuple[ScoreBand, ...] = ()
    direction: int = 1
    bears_difficulty: bool = False
    years: str = "own"
    needs: Mapping[str, str] = field(default_factory=dict)  # what data it needs, said where it is not available

    def name(self, lang: str) -> str:
        return self.title[lang if lang in self.title else "en"]


@dataclass(frozen=True)
class Category:
    """A group of items, or of categories that name it as their ``parent``; without a ``weight`` it weighs what stands in it."""

    code: str
    title: Mapping[str, str]
    parent: str = TOTAL
    weight: float | None = None
    aggregation: str = ""

    def name(self, lang: str) -> str:
        return self.title[lang if lang in self.title else "en"]


@dataclass(frozen=True)
class Uncertainty:
    """How ranks are turned into intervals: each weight varies by ± ``weights`` (ratio), each goalpost by ± ``goalposts`` (ratio of the distance of
    the item's two), ``draws`` times, from this ``seed``; normalisation and aggregation vary with them."""

    weights: float = 0.25
    goalposts: float = 0.1
    draws: int = 1000
    seed: int = 1

    @property
    def repetitions(self) -> int:
        """The draws that are made: Sobol's sequences are balanced in powers of two, so that 1,000 become 1,024."""
        return 2 ** max(2, round(math.log2(max(self.draws, 1))))


@dataclass(frozen=True, repr=False)
class Framework(Shown):
    """How units (or a whole government) are assessed; read by ``load_framework``.

    ``known_at_least`` is the share of the weight (ratio) that must be known for a total. ``letters`` maps scores to grades that are shown
    instead. ``digest`` changes with anything in it.
    """

    name: str
    title: Mapping[str, str]
    source: Mapping[str, str]
    illustrative: bool
    items: tuple[Item, ...] = field(repr=False)
    categories: tuple[Category, ...] = field(repr=False)
    aggregation: str = "arithmetic"
    missing: str = "leave_out"
    known_at_least: float = 2 / 3
    difficulty: str = "none"
    cap: float = 100.0
    # year → unit → a coefficient of difficulty that is assumed in the place of the declared one
    coefficients: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    uncertainty: Uncertainty = Uncertainty()
    letters: Mapping[float, str] = field(default_factory=dict)
    verified: bool = False
    digest: str = ""

    def written(self, lang: str) -> str:
        return self.title[lang if lang in self.title else "en"]

    def _card(self, lang: str) -> Card:
        about = [("source", self.source.get(lang, ""))] if self.source.get(lang) else []
        about += [("illustrative", words.say("shown.illustrative", lang))] if self.illustrative else []
        rows = []
        for category in self.categories:
            items = [item for item in self.items if item.category == category.code]
            weight = category.weight if category.weight is not None else sum(item.weight for item in items)
            rows.append((category.code, category.name(lang), str(len(items)), words.format_quantity(weight, "points", lang)))
        return Card(
            words.say("shown.framework", lang, {"code": self.name, "name": self.written(lang)}),
            tuple((words.say(f"shown.name.{name}", lang), value) for name, value in about),
            ("", *(words.say(f"shown.heading.{name}", lang) for name in ("category", "items", "points"))), tuple(rows), (False, False, True, True),
            (words.say("shown.next.framework", lang),),
        )

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row per item, in order: ``item``, ``category``, ``weight``, ``measure``, ``scale``, ``worst``, ``best``, ``bears_difficulty``."""
        return pd.DataFrame({
            "item": [item.code for item in self.items],
            "category": [item.category for item in self.items],
            "title_en": [item.name("en") for item in self.items],
            "title_zh": [item.name("zh") for item in self.items],
            "weight": [float(item.weight) for item in self.items],
            "measure": [item.measure for item in self.items],
            "scale": [item.scale for item in self.items],
            "worst": pd.array([item.worst for item in self.items], dtype="Float64").to_numpy(dtype=float, na_value=float("nan")),
            "best": pd.array([item.best for item in self.items], dtype="Float64").to_numpy(dtype=float, na_value=float("nan")),
            "bears_difficulty": [item.bears_difficulty for item in self.items],
        })

    @property
    def top_categories(self) -> tuple[Category, ...]:
        """The categories right below the total, in order."""
        return tuple(category for category in self.categories if category.parent == TOTAL)

    def children(self, node: str) -> tuple[str, ...]:
        """Codes right below ``node``: categories, then items."""
        return (*(c.code for c in self.categories if c.parent == node), *(i.code for i in self.items if i.category == node))

    def letter(self, score: float) -> str:
        """The grade shown for a score where the framework has letters; empty for a missing score."""
        return "" if score != score else self.letters.get(float(score), "")
