"""Turn what is looked at into a report for all: the plan file, and the command that runs it."""

import ipywidgets

from perfanalysis import words
from perfanalysis.dataset import CITY
from perfanalysis.desk.own_plan import write_plan
from perfanalysis.desk.reports import Report, default_day, list_reports
from perfanalysis.desk.state import State, find_project
from perfanalysis.desk.widgets import WIDE, note, relabel, say, told


class ReportPanel:
    """``box`` has the name, the languages and the button; ``said`` the command."""

    def __init__(self, state: State):
        self.state = state
        self.about, self.said = ipywidgets.HTML(layout=WIDE), ipywidgets.HTML(layout=WIDE)
        self.name = ipywidgets.Text("my-report", layout=ipywidgets.Layout(width="22rem"))
        self.languages = ipywidgets.SelectMultiple(options=[("English", "en"), ("中文", "zh")], value=words.languages(), rows=2, layout=ipywidgets.Layout(width="16rem"))
        self.write = ipywidgets.Button(layout=ipywidgets.Layout(width="auto"))
        self.write.on_click(lambda _: self._write())
        self.box = ipywidgets.VBox([self.about, ipywidgets.HBox([self.name, self.languages, self.write]), self.said])
        state.observe(lambda change: self._label(), ["lang", "kind", "code", "year", "rulebook", "framework", "report"])
        self._label()

    def _report(self) -> Report:
        reports = list_reports(self.state.kind)
        return next((report for report in reports if report.name == self.state.report), reports[0])

    def _label(self) -> None:
        lang, state = self.state.lang, self.state
        self.said.value = ""
        whom = say(f"whom.{state.kind}", lang)
        self.about.value = f"<p>{say('report_of', lang, report=say(f'report.{self._report().name}', lang), whom=whom, year=state.year, rulebook=state.rulebook)}</p>"
        self.write.description = say("button.write", lang)
        relabel({"name": self.name, "languages": self.languages}, lang)

    def _write(self) -> None:
        state, report, lang = self.state, self._report(), self.state.lang
        parameters = {"year": state.year, "rulebook": state.rulebook, "framework": state.framework, "as_of": "", "funding": "special_bond"}

        def refuse(text: str) -> None:
            self.said.value = text

        with told(refuse, lang):
            parameters["as_of"] = default_day(state.unit(CITY, CITY))
            if report.name == "pefa":
                del parameters["framework"]
            title = {one: say("plan_title", one, report=say(f"report.{report.name}", one), year=state.year) for one in words.languages()}
            units = {CITY: CITY, "department": {"kind": "department"}, "district": {"kind": "district"},
                     "project": {"table": "projects", "where": {"year": state.year}}, "key_area": {"table": "projects", "where": {"year": state.year}, "by": "key_area"}}[state.kind]
            path = find_project() / "parameters" / self.name.value
            command = write_plan(path, notebook=f"notebooks/{report.notebook}.ipynb", dataset=state.dataset.path, units=units, title=title, parameters=parameters,
                                 languages=tuple(self.languages.value) or words.languages())
            self.said.value = note(say("saved.plan", lang, plan=f"parameters/{path.stem}.yaml", command=command))
