"""From the city to the row by clicking: department, project, indicator, and the line of the uploaded file; or from a finding to its lines."""

import ipywidgets

from perfanalysis import words
from perfanalysis.dataset import CITY
from perfanalysis.desk.causes import find_causes
from perfanalysis.desk.drill import table_indicators, table_projects, table_units, trace_row
from perfanalysis.desk.panel_read import SUMMARY
from perfanalysis.desk.reports import Choice, default_day, make_section
from perfanalysis.desk.state import State, find_rules
from perfanalysis.desk.widgets import (
    WIDE,
    Later,
    Stopwatch,
    dropdown,
    lines_html,
    relabel,
    say,
    set_options,
    sortable,
    told,
)
from perfanalysis.display.blocks import Absent

LEVELS = ("units", "projects", "indicators")


class FollowPanel:
    """``box`` shows the levels below each other, ``line`` the row of the uploaded file, ``causes`` the lines behind a finding."""

    def __init__(self, state: State):
        self.state, self._busy, self._found = state, False, ()
        self.project, self.indicator = "", ""
        self.heads = {level: ipywidgets.HTML() for level in LEVELS}
        self.places = {level: ipywidgets.VBox([], layout=WIDE) for level in LEVELS}
        self.tables: dict = {}
        self.line, self.time = ipywidgets.HTML(layout=WIDE), ipywidgets.HTML()
        self.finding, self.causes = dropdown([], None, "54rem"), ipywidgets.HTML(layout=WIDE)
        self.finding.observe(lambda change: self._show_causes(), "value")
        self.box = ipywidgets.VBox([*(part for level in LEVELS for part in (self.heads[level], self.places[level])), self.line, self.time, self.finding, self.causes])
        later = Later(self._restart)
        state.observe(lambda change: later(change["name"]), ["lang", "code", "year", "rulebook", "report"])
        self._restart(frozenset({"lang"}))

    def _restart(self, changed: frozenset[str]) -> None:
        if self._busy:
            return
        self._busy = True
        try:
            if changed != {"report"}:
                if changed & {"lang", "year", "rulebook"} or "units" not in self.tables:
                    self._show_units()
                self._show_projects()
            self._list_findings()
        finally:
            self._busy = False
        self._show_causes()

    def _show_units(self) -> None:
        def refuse(text: str) -> None:
            self.heads["units"].value = text

        with told(refuse, self.state.lang):
            city = self.state.city()
            self._put("units", table_units(city), lambda row: self._choose_unit(row["unit"]))

    def _put(self, level: str, block, choose) -> None:
        """A table of this level whose rows can be clicked; what stood below it is gone."""
        watch, lang = Stopwatch(), self.state.lang
        table = sortable(block, lang, self.state.city().data.currency, select=True, rows=8)
        rows = block.frame.reset_index(drop=True)

        def clicked(change) -> None:
            if change["new"]:
                choose(rows.iloc[change["new"][0]])

        table.observe(clicked, "selected_rows")
        self.tables[level], self.places[level].children = table, [table]
        for below in LEVELS[LEVELS.index(level) + 1 :]:
            self.places[below].children, self.heads[below].value = (), ""
        self.line.value, self.time.value = "", watch.said(lang)

    def _choose_unit(self, code: str) -> None:
        kinds = self.state.dataset.units.set_index("unit")["kind"]
        if (self.state.kind, self.state.code) == (kinds[code], code):
            self._show_projects()
            return
        with self.state.hold_trait_notifications():
            self.state.kind, self.state.code = kinds[code], code
            if self.state.report not in ("department", "assessment"):
                self.state.report = "department"

    def _show_projects(self) -> None:
        state = self.state
        for level in LEVELS[1:]:
            self.places[level].children, self.heads[level].value = (), ""
        self.line.value = self.time.value = ""
        if state.kind not in ("department", "district", "project"):
            self.heads["projects"].value = f"<p>{say('follow.choose', state.lang)}</p>"
            return

        def refuse(text: str) -> None:
            self.heads["projects"].value = text

        with told(refuse, state.lang):
            unit = state.unit()
            if unit.data.lacks("projects"):
                self.heads["projects"].value = say("follow.no_projects", state.lang)
                return
            self.heads["projects"].value = f"<h3>{say('follow.projects', state.lang, name=unit.label)}</h3>"
            self._put("projects", table_projects(unit), lambda row: self._show_indicators(row["project"]))

    def _show_indicators(self, project: str) -> None:
        state, unit = self.state, self.state.unit()
        self.project = project
        name = dict(zip(unit.projects["project"], unit.projects["name_shown"], strict=True))[project]
        self.line.value = ""
        if unit.data.lacks("indicators") or unit.indicators[unit.indicators["project"] == project].empty:
            self.heads["indicators"].value = f"<p>{say('follow.no_indicators', state.lang, name=name)}</p>"
            self.places["indicators"].children = ()
        else:
            self.heads["indicators"].value = f"<h3>{say('follow.indicators', state.lang, name=name)}</h3>"
            self._put("indicators", table_indicators(unit, project), lambda row: self._show_line(row["indicator"]))
        self.line.value = lines_html(trace_row(unit, "projects", project=project), state.lang)

    def _show_line(self, indicator: str) -> None:
        watch, unit = Stopwatch(), self.state.unit()
        self.indicator = indicator
        self.line.value = lines_html(trace_row(unit, "indicators", project=self.project, indicator=indicator), self.state.lang)
        self.time.value = watch.said(self.state.lang)

    def _list_findings(self) -> None:
        """The findings of the report that is read, in its order."""
        state = self.state
        self._found = ()

        def refuse(text: str) -> None:
            self.causes.value = text

        with told(refuse, state.lang):
            unit = state.unit()
            day = default_day(unit) if state.kind in ("department", "district", CITY) else ""
            section = make_section(unit, state.report, SUMMARY, Choice(find_rules(state.framework), day))
            self._found = () if any(isinstance(block, Absent) for block in section.blocks) else section.blocks[-1].findings
        options = [(say("follow.pick", state.lang), -1)]
        options += [(f"{words.say(f'severity.{one.severity}', state.lang)}: {words.say(f'finding.{one.code}.says', state.lang, one.values)}"[:160], place)
                    for place, one in enumerate(self._found)]
        set_options(self.finding, options, -1)
        relabel({"finding": self.finding}, state.lang)

    def _show_causes(self) -> None:
        if self._busy:
            return
        place = self.finding.value
        self.causes.value = "" if place is None or place < 0 or place >= len(self._found) else lines_html(find_causes(self.state.unit(), self._found[place]), self.state.lang)
