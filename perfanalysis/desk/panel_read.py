"""Choose and read: every section of every report on the subject chosen, with its tables to sort and search."""

import ipywidgets

from perfanalysis import words
from perfanalysis.desk.reports import Choice, default_day, list_reports, make_section
from perfanalysis.desk.state import KINDS, State, find_rules, rules_title
from perfanalysis.desk.widgets import WIDE, Stopwatch, dropdown, page, relabel, say, set_options, sortable, told
from perfanalysis.display.blocks import Table
from perfanalysis.rules.frameworks import load_framework
from perfanalysis.rules.reading import load_rulebook

SUMMARY = "summary"


class ReadPanel:
    """The widgets of the first cell; ``box`` shows them, ``html`` holds what is read."""

    def __init__(self, state: State):
        self.state, self._busy, self._shown = state, False, None
        self.lang = ipywidgets.ToggleButtons(options=[("English", "en"), ("中文", "zh")], value=state.lang, style={"button_width": "6rem"})
        self.kind, self.code, self.year = dropdown([], None), dropdown([], None, "36rem"), dropdown([(str(y), y) for y in state.dataset.years], state.year, "14rem")
        self.rulebook, self.framework = dropdown([], None, "36rem"), dropdown([], None, "36rem")
        self.report, self.section = dropdown([], None, "29rem"), dropdown([], None, "29rem")
        self.html, self.time = ipywidgets.HTML(layout=WIDE), ipywidgets.HTML()
        self.tables = ipywidgets.Accordion(layout=WIDE)
        self.current = None
        self._fill()
        for widget, trait in ((self.lang, "lang"), (self.kind, "kind"), (self.code, "code"), (self.year, "year"), (self.rulebook, "rulebook"),
                              (self.framework, "framework"), (self.report, "report"), (self.section, "")):
            widget.observe(lambda change, trait=trait: self._chosen(trait, change["new"]), "value")
        # before the other panels, which then work while this one is read
        state.observe(lambda change: self._sync(), ["lang", "kind", "code", "year", "rulebook", "framework", "report", "own_rulebooks", "own_frameworks"])
        self.tables.observe(lambda change: self._open_table(change["new"]), "selected_index")
        row = ipywidgets.Layout(flex_flow="row wrap")
        self.box = ipywidgets.VBox([
            self.lang, ipywidgets.HBox([self.kind, self.code, self.year], layout=row), ipywidgets.HBox([self.rulebook, self.framework], layout=row),
            ipywidgets.HBox([self.report, self.section], layout=row), self.time, self.html, self.tables,
        ])
        self.show()

    def _chosen(self, trait: str, value) -> None:
        if self._busy or value is None:
            return
        state = self.state
        if trait in ("kind", "year"):
            # one change, so that nobody sees a department's code under the kind district
            with state.hold_trait_notifications():
                setattr(state, trait, value)
                codes = state.codes()
                if state.code not in codes:
                    state.code = codes[0]
                if trait == "kind" and value in ("department", "district"):
                    state.framework = "district-28" if value == "district" else "department-25"
        elif trait:
            setattr(state, trait, value)
        else:
            self._sync()

    def _sync(self) -> None:
        """Show what is chosen, here or in another panel, once for every choice."""
        if self._busy:
            return
        self._fill()
        if self._choice_made() != self._shown:
            self.show()

    def _choice_made(self) -> tuple:
        state = self.state
        return state.lang, state.kind, state.code, state.year, state.rulebook, state.framework, state.report, self.section.value

    def _fill(self) -> None:
        """The options for the state, in its language; nothing is shown on the way."""
        self._busy, state, lang = True, self.state, self.state.lang
        try:
            kinds = [kind for kind in KINDS if state.codes(kind)]
            set_options(self.kind, [(say(f"kind.{kind}", lang), kind) for kind in kinds], state.kind)
            set_options(self.code, [(state.name(state.kind, code), code) for code in state.codes()], state.code)
            set_options(self.rulebook, [(_titled(load_rulebook, name, lang), name) for name in state.rulebooks()], state.rulebook)
            set_options(self.framework, [(_titled(load_framework, name, lang), name) for name in state.frameworks()], state.framework)
            reports = list_reports(state.kind)
            set_options(self.report, [(say(f"report.{report.name}", lang), report.name) for report in reports], state.report)
            state.report = self.report.value
            about = next(report for report in reports if report.name == state.report)
            set_options(self.section, [(words.say(f"section.{code}", lang), code) for code in (SUMMARY, *about.sections)], self.section.value)
            relabel({name: getattr(self, name) for name in ("kind", "code", "year", "rulebook", "framework", "report", "section")}, lang)
        finally:
            self._busy = False

    def choice(self) -> Choice:
        unit = self.state.unit()
        return Choice(find_rules(self.state.framework), default_day(unit) if self.state.kind != "project" else "")

    def show(self) -> None:
        """Make the section chosen and show it."""
        watch, lang, self._shown = Stopwatch(), self.state.lang, self._choice_made()
        self.current, self.tables.children, self.tables.selected_index = None, (), None

        def refuse(text: str) -> None:
            self.html.value, self.time.value = text, ""

        with told(refuse, lang):
            section = make_section(self.state.unit(), self.state.report, self.section.value, self.choice())
            self.html.value = page([section], lang)
            self.current = section
            found = [block for block in section.blocks if isinstance(block, Table) and len(block.frame)]
            self.tables.children = [ipywidgets.VBox([]) for _ in found]
            for place, block in enumerate(found):
                self.tables.set_title(place, say("sort", lang, table=words.say(f"table.{block.code}", lang, block.values), rows=len(block.frame)))
            self.time.value = watch.said(lang)

    def _open_table(self, place: int | None) -> None:
        """A table is made ready to sort when it is opened, not before."""
        if place is None or self.current is None:
            return
        blocks = [block for block in self.current.blocks if isinstance(block, Table) and len(block.frame)]
        if not self.tables.children[place].children:
            self.tables.children[place].children = [sortable(blocks[place], self.state.lang, self.state.unit().data.currency)]


def _titled(load, name: str, lang: str) -> str:
    title = rules_title(load, name, lang)
    return f"{title} ({name})" if name.endswith(".yaml") else f"{name}: {title}"


