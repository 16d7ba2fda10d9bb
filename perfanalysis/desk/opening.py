"""The desk as a notebook opens it."""

import importlib
import threading
from functools import cached_property
from pathlib import Path

import ipywidgets

from perfanalysis.desk.panel_follow import FollowPanel
from perfanalysis.desk.panel_read import ReadPanel
from perfanalysis.desk.panel_report import ReportPanel
from perfanalysis.desk.panel_what_if import WhatIfPanel
from perfanalysis.desk.state import State, open_state


class Desk:
    """One evaluator's desk. Each panel is a widget that a cell shows; all of them show the same choice.

    ``read``: choose a subject, a year and rules, and read any section. ``follow``: from the city to the row of the uploaded file. ``what_if``: change
    the rules and see who moves. ``report``: make a report for all of what is looked at. ``unit`` is what is chosen, for code of one's own.
    """

    def __init__(self, state: State):
        self.state = state

    @property
    def unit(self):
        """The subject chosen, as every ``section_`` function takes it."""
        return self.state.unit()

    @property
    def lang(self) -> str:
        return self.state.lang

    @cached_property
    def reading(self) -> ReadPanel:
        return ReadPanel(self.state)

    @cached_property
    def following(self) -> FollowPanel:
        return FollowPanel(self.state)

    @cached_property
    def asking(self) -> WhatIfPanel:
        return WhatIfPanel(self.state)

    @cached_property
    def handing_over(self) -> ReportPanel:
        return ReportPanel(self.state)

    @property
    def read(self) -> ipywidgets.Widget:
        return self.reading.box

    @property
    def follow(self) -> ipywidgets.Widget:
        return self.following.box

    @property
    def what_if(self) -> ipywidgets.Widget:
        return self.asking.box

    @property
    def report(self) -> ipywidgets.Widget:
        return self.handing_over.box

    def __repr__(self) -> str:
        return f"Desk on {self.state.dataset.path}: {self.state.name(self.state.kind, self.state.code)}, {self.state.year} (shows itself in JupyterLab: desk.read, desk.follow, desk.what_if, desk.report)"


def open_desk(dataset: str | Path | None = None, lang: str | None = None, year: int | None = None) -> Desk:
    """The evaluator's desk on a dataset, by default on that of ``perfanalysis lab`` (or the demonstration city), in the last of its years.

    >>> desk = open_desk("outputs/demo/dataset", "en")  # doctest: +SKIP
    >>> desk.read  # doctest: +SKIP
    """
    threading.Thread(target=_fetch, daemon=True).start()
    return Desk(open_state(dataset, lang, year))


def _fetch() -> None:
    """Fetch, while a person still chooses, what the first picture would otherwise wait seconds for."""
    for module in ("matplotlib.figure", "matplotlib.backends.backend_svg", "scipy.stats", "itables.widget", "seaborn"):
        importlib.import_module(module)
