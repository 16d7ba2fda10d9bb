"""The subject of a report: one unit's slice with a rule-book, thresholds and its peers, and its frames scored once."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from perfanalysis import words
from perfanalysis.analysis import Peers, find_copied_sets, find_easy_targets, load_peers
from perfanalysis.cards import Card, Shown
from perfanalysis.dataset import CITY, Dataset, Slice, load_dataset
from perfanalysis.display.cells import Measured
from perfanalysis.findings import Label
from perfanalysis.findings.make import FactMaker, label_rows
from perfanalysis.monitoring import measure_achievement, monitor_projects
from perfanalysis.rules import RuleBook, load_rulebook
from perfanalysis.rules.thresholds import Threshold, load_thresholds
from perfanalysis.scoring import compare_scores, score_indicators, score_projects


@dataclass(frozen=True, repr=False)
class Unit(Shown):
    """One department, district or the whole city in one year, ready to be reported on.

    A single project or a key area is one too: a slice of the kind ``project`` or ``key_area`` (``load_project``, ``load_key_area``).
    """

    data: Slice
    rulebook: RuleBook
    peers: Peers = field(repr=False)
    thresholds: Mapping[str, Threshold] = field(repr=False)
    # what a section needs of the other units is read from here, each from a summary that is made once
    dataset: Dataset | None = field(default=None, repr=False)

    @property
    def code(self) -> str:
        return self.data.unit

    @property
    def year(self) -> int:
        return self.data.year

    def _card(self, lang: str) -> Card:
        year = words.Quantity(self.year, "year")
        card = self.data._card(lang)
        about = (*card.about, (words.say("shown.name.rules", lang), self.rulebook_label.written(lang)))
        title = words.say("shown.unit", lang, {"name": self.label, "year": year})
        return Card(title, about, card.headings, card.rows, card.numeric, (words.say("shown.next.unit", lang),))

    @property
    def is_city(self) -> bool:
        return self.code == CITY

    @property
    def label(self) -> Label:
        return Label(self.code, self.data.name, self.data.name_en)

    @property
    def rulebook_label(self) -> Label:
        return Label(self.rulebook.name, self.rulebook.title["zh"], self.rulebook.title["en"])

    @property
    def as_of(self) -> datetime.date:
        """The last day of the report's fiscal year: what was open or overdue is judged on this day, whenever the report is made."""
        start = self.data.meta["fiscal_year_start"]
        first_after = datetime.date(self.year + (start == 1), start, 1)
        return first_after - datetime.timedelta(days=1)

    @property
    def first_day(self) -> pd.Timestamp:
        """The first day of the report's fiscal year, which is named by the calendar year in which it ends."""
        start = self.data.meta["fiscal_year_start"]
        return pd.Timestamp(self.year - (start != 1), start, 1)

    @cached_property
    def fact(self) -> FactMaker:
        key = self.data.kind if self.data.kind in ("project", "key_area") else "unit"
        return FactMaker(self.code, self.year, self.data.currency, self.is_city, key)

    @cached_property
    def projects(self) -> pd.DataFrame:
        """The year's projects: one row each, with scores, achievement, quadrant and labels, as far as the tables allow."""
        projects = self.data.of_year("projects")
        projects["label"] = projects["name"]
        projects["label_en"] = projects["name_en"].fillna(projects["name"])
        projects["name_shown"] = label_rows(projects, "project")
        indicators = self.data.of_year("indicators") if self.data.has("indicators") else None
        scored = score_projects(projects, indicators, self.rulebook)
        projects = projects.join(scored.drop(columns=[name for name in scored if name in projects]))
        if indicators is None:
            projects["achievement"] = float("nan")
        else:
            projects = projects.merge(measure_achievement(self.indicators), on=["project", "year"], how="left")
        placed = monitor_projects(
            projects, targets_met=self.thresholds["targets_met"].value, execution_from=self.thresholds["low_execution"].value
        )
        return projects.join(placed)

    @cached_property
    def indicators(self) -> pd.DataFrame:
        """The year's indicators: one row each, scored, with labels."""
        indicators = self.data.of_year("indicators")
        indicators = indicators.join(score_indicators(indicators, self.rulebook))
        indicators["easy"] = find_easy_targets(indicators, easy_from=self.thresholds["easy_target"].value)
        indicators["unexplained"] = indicators["over"] & indicators["needs_reason"]
        indicators["code"] = indicators["project"] + "/" + indicators["indicator"]
        indicators["label"] = indicators["level3"]
        indicators["label_en"] = indicators["level3_en"].fillna(indicators["level3"])
        indicators["name_shown"] = label_rows(indicators, "code")
        for side in ("target", "actual"):
            indicators[f"{side}_shown"] = [
                Measured(value, *(part if isinstance(part, str) else "" for part in (measure, text, direction if side == "target" else "")))
                for value, measure, text, direction in zip(*(indicators[name] for name in (side, "measure", f"{side}_text", "direction")), strict=True)
            ]
        return indicators

    @cached_property
    def disagreements(self) -> pd.DataFrame:
        """Where the submitted scores differ from the rule-book's: one row per disagreement (``compare_scores``)."""
        return compare_scores(self.data.of_year("projects"), self.data.of_year("indicators"), self.rulebook)

    @cached_property
    def copied(self) -> pd.DataFrame:
        return find_copied_sets(self.indicators)

    @cached_property
    def set_aside(self) -> pd.DataFrame:
        """Rows of this unit's input that could not be used, or that a person should look at."""
        return self.data.table("set_aside")


def load_unit(dataset: str | Path, code: str, year: int, rulebook: str = "mof-2020") -> Unit:
    """One department or district of the dataset in the folder ``dataset``; ``code="city"`` is the whole city.

    An unknown unit, year or rule-book is one clear error that names the known ones.

    >>> unit = pa.load_unit(folder, "101", 2023)
    >>> unit.projects[["project", "execution_rate", "recomputed", "grade"]].values.tolist()
    [['P1', 0.9, 88.5, 'good'], ['P2', 1.0, 100.0, 'excellent']]
    """
    data = load_dataset(dataset)
    book = load_rulebook(rulebook)
    part = data.whole(year) if code == CITY else data.slice(str(code), year)
    return Unit(part, book, load_peers(data, book, year), load_thresholds(), data)
