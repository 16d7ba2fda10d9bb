"""What if: another weight, item, difficulty, rule-book or grade band; the answer side by side, and a file that a run takes."""

from functools import reduce
from typing import Any

import ipywidgets

from perfanalysis import words
from perfanalysis.desk.changes import change_framework, change_rulebook, save_rules
from perfanalysis.desk.comparison import section_what_if, section_what_if_scores
from perfanalysis.desk.own_plan import write_plan
from perfanalysis.desk.state import State, find_project, find_rules, rules_title
from perfanalysis.desk.what_if import total_weight
from perfanalysis.desk.widgets import WIDE, Later, Stopwatch, dropdown, note, page, relabel, say, set_options, told
from perfanalysis.rules.frameworks import load_framework, read_framework
from perfanalysis.rules.model import GRADES
from perfanalysis.rules.reading import load_rulebook, read_rulebook

TIMES = (2.0, 3.0, 1.5, 0.5, 0.0)


class WhatIfPanel:
    """``box`` shows the levers of the framework or of the rule-book, ``html`` the comparison; ``changes`` are what was asked so far."""

    def __init__(self, state: State):
        self.state, self._busy, self.changes = state, False, []
        self.mode = ipywidgets.ToggleButtons(options=[("", "framework"), ("", "rulebook")], value="framework" if state.frameworks() else "rulebook", style={"button_width": "14rem"})
        self.base, self.part, self.times = dropdown([], None, "36rem"), dropdown([], None, "36rem"), dropdown([], None, "16rem")
        self.unit, self.coefficient = dropdown([], None, "36rem"), ipywidgets.BoundedFloatText(1.0, min=0.1, max=10, step=0.05, layout=ipywidgets.Layout(width="14rem"))
        self.difficulty = dropdown([], None, "30rem")
        self.add, self.add_coefficient, self.undo = (ipywidgets.Button(layout=ipywidgets.Layout(width=width, flex="none")) for width in ("6rem", "6rem", "11rem"))
        self.book = dropdown([], None, "36rem")
        self.grades = {grade: ipywidgets.BoundedFloatText(0, min=0, max=100, step=1, layout=ipywidgets.Layout(width="14rem")) for grade in GRADES[:-1]}
        self.execution = ipywidgets.BoundedFloatText(10, min=0, max=100, step=5, layout=ipywidgets.Layout(width="18rem"), style={"description_width": "initial"})
        self.rescale = ipywidgets.Checkbox(indent=False)
        self.asked, self.html, self.time, self.saved = (ipywidgets.HTML(layout=WIDE) for _ in range(4))
        self.name, self.save = ipywidgets.Text("what-if", layout=ipywidgets.Layout(width="22rem")), ipywidgets.Button(layout=ipywidgets.Layout(width="auto"))
        row = ipywidgets.Layout(flex_flow="row wrap")
        self.of_framework = ipywidgets.VBox([
            self.base, ipywidgets.HBox([self.part, self.times, self.add], layout=row),
            ipywidgets.HBox([self.unit, self.coefficient, self.add_coefficient], layout=row), self.difficulty, ipywidgets.HBox([self.asked, self.undo])])
        self.of_rulebook = ipywidgets.VBox([self.book, ipywidgets.HBox([*self.grades.values()], layout=row), ipywidgets.HBox([self.execution, self.rescale], layout=row)])
        self.box = ipywidgets.VBox([self.mode, self.of_framework, self.of_rulebook, self.time, self.html, ipywidgets.HBox([self.name, self.save]), self.saved])
        self._fill()
        self._read_book()
        self.mode.observe(self._switched, "value")
        self.base.observe(self._switched, "value")
        self.book.observe(lambda change: self._other_book(), "value")
        self.difficulty.observe(lambda change: self._ask(difficulty=change["new"]), "value")
        for widget in (*self.grades.values(), self.execution, self.rescale):
            widget.observe(lambda change: None if self._busy else self.show(), "value")
        self.add.on_click(lambda _: self._ask(**({"leave_out": [self.part.value]} if self.times.value == 0 else {"times": {self.part.value: self.times.value}})))
        self.add_coefficient.on_click(lambda _: self._ask(coefficients={self.unit.value: self.coefficient.value}))
        self.undo.on_click(lambda _: self._take_back())
        self.save.on_click(lambda _: self._save())
        later = Later(self._restart)
        state.observe(lambda change: later(change["name"]), ["lang", "year", "rulebook", "kind"])
        self.show()

    # what is asked
    def _ask(self, **change: Any) -> None:
        if self._busy:
            return
        kept = [one for one in self.changes if not ("difficulty" in change and "difficulty" in one)]
        before = self.changes
        self.changes = [*kept, change]

        def refuse(text: str) -> None:
            self.changes = before
            self.html.value = text

        with told(refuse, self.state.lang):
            self.rules()
            self.show()

    def _take_back(self) -> None:
        self.changes = self.changes[:-1]
        self._fill()
        self.show()

    def _switched(self, change) -> None:
        if not self._busy:
            self.changes = []
            self._fill()
            self.show()

    def _other_book(self) -> None:
        if not self._busy:
            self._read_book()
            self.show()

    def _restart(self, changed: frozenset[str]) -> None:
        if "kind" in changed and self.state.kind in ("department", "district"):
            self.changes = self.changes if self.state.framework == self.base.value else []
        self._fill()
        if "rulebook" in changed:
            self._read_book()
        self.show()

    def rules(self) -> dict[str, Any]:
        """The content of the changed framework or rule-book, whose title says what was changed."""
        if self.mode.value == "framework":
            base = read_framework(find_rules(self.base.value))
            content = reduce(lambda content, change: change_framework(content, year=self.state.year, **change), self.changes, base)
            about = load_framework(base)
            said = {lang: [self._said(change, lang) for change in self.changes] for lang in words.languages()}
            return {**content, "title": _retitled({lang: about.written(lang) for lang in said}, said)}
        now, content = load_rulebook(find_rules(self.book.value)), read_rulebook(find_rules(self.book.value))
        bands = {band.code: band.start for band in now.grades}
        grades = {grade: widget.value for grade, widget in self.grades.items() if grade in bands and widget.value != bands[grade]}
        weight = self.execution.value if self.execution.value != now.execution_weight else None
        rescale = self.rescale.value if self.rescale.value != (now.unscored == "rescale") else None
        said = {lang: [
            *(say("what_if.grade", lang, grade=words.say(f"grade.{grade}", lang), start=f"{start:g}") for grade, start in grades.items()),
            *([say("what_if.execution", lang, points=f"{weight:g}")] if weight is not None else ()),
            *([say(f"what_if.rescale_{str(rescale).lower()}", lang)] if rescale is not None else ()),
        ] for lang in words.languages()}
        changed = change_rulebook(content, grades=grades, execution_weight=weight, rescale=rescale)
        return {**changed, "title": _retitled(now.title, said)} if said["en"] else changed

    # what is shown
    def show(self) -> None:
        watch, state = Stopwatch(), self.state
        lang, framework = state.lang, self.mode.value == "framework"
        self.time.value = self.saved.value = ""
        self.asked.value = "; ".join(self._said(change, lang) for change in self.changes) or say("what_if.no_change", lang)
        self.undo.disabled = not self.changes

        def refuse(text: str) -> None:
            self.html.value = text

        with told(refuse, lang):
            rules, city = self.rules(), state.city()
            if framework and self.changes:
                self.html.value = page([section_what_if(city, find_rules(self.base.value), rules)], lang)
            elif not framework and load_rulebook(rules).digest != load_rulebook(find_rules(state.rulebook)).digest:
                kind = "district" if state.kind == "district" else "department"
                self.html.value = page([section_what_if_scores(city, find_rules(state.rulebook), rules, kind)], lang)
            else:
                self.html.value = note(say(f"what_if.start_{self.mode.value}", lang))
                return
            self.time.value = watch.said(lang)

    def _said(self, change: dict[str, Any], lang: str) -> str:
        """One change as a person says it."""
        (kind, what), = change.items()
        if kind == "difficulty":
            return say("what_if.difficulty", lang, use=words.say(f"difficulty_use.{what}", lang))
        if kind == "coefficients":
            (code, value), = what.items()
            return say("what_if.coefficient", lang, unit=code, value=f"{value:g}")
        code = what[0] if kind == "leave_out" else next(iter(what))
        name = self._names(lang).get(code, code)
        return say("what_if.left_out", lang, name=name) if kind == "leave_out" else say("what_if.times", lang, name=name, times=f"{what[code]:g}")

    def _names(self, lang: str) -> dict[str, str]:
        about = load_framework(find_rules(self.base.value))
        return {node.code: node.name(lang) for node in (*about.categories, *about.items)}

    def _fill(self) -> None:
        self._busy, state, lang = True, self.state, self.state.lang
        try:
            modes = ("framework", "rulebook") if state.frameworks() else ("rulebook",)
            set_options(self.mode, [(say(f"mode.{mode}", lang), mode) for mode in modes], self.mode.value)
            framework = self.mode.value == "framework"
            self.of_framework.layout.display, self.of_rulebook.layout.display = ("", "none") if framework else ("none", "")
            if state.frameworks():
                self._fill_framework(lang)
            set_options(self.book, [(f"{name}: {rules_title(load_rulebook, name, lang)}", name) for name in state.rulebooks()], self.book.value or state.rulebook)
            for grade, widget in self.grades.items():
                widget.description = words.say(f"grade.{grade}", lang)
            self.undo.description, self.add.description, self.add_coefficient.description, self.save.description = (say(f"button.{code}", lang) for code in ("undo", "add", "add", "save"))
            self.rescale.description = say("label.rescale", lang)
            relabel({"framework": self.base, "part": self.part, "times": self.times, "unit": self.unit, "coefficient": self.coefficient,
                     "difficulty": self.difficulty, "book": self.book, "execution": self.execution, "name": self.name}, lang)
        finally:
            self._busy = False

    def _fill_framework(self, lang: str) -> None:
        state = self.state
        set_options(self.base, [(rules_title(load_framework, name, lang), name) for name in state.frameworks()], self.base.value or state.framework)
        about, weights = load_framework(find_rules(self.base.value)), total_weight(find_rules(self.base.value))
        parts = []
        for category in about.categories:
            parts.append((say("part.category", lang, name=category.name(lang), weight=f"{weights[category.code]:g}"), category.code))
            parts += [(say("part.item", lang, name=item.name(lang), weight=f"{item.weight:g}"), item.code) for item in about.items if item.category == category.code]
        set_options(self.part, parts, self.part.value)
        set_options(self.times, [(say("times.out" if factor == 0 else "times.times", lang, times=f"{factor:g}"), factor) for factor in TIMES], self.times.value if self.times.value is not None else 2.0)
        assessed = self.state.dataset.table("assessments", columns=["framework", "unit"])
        units = sorted(assessed.loc[assessed["framework"] == about.name, "unit"].unique())
        kinds = state.dataset.units.set_index("unit")["kind"]
        set_options(self.unit, [(state.name(kinds[code], code), code) for code in units], self.unit.value or state.code)
        uses = next((change["difficulty"] for change in reversed(self.changes) if "difficulty" in change), about.difficulty)
        set_options(self.difficulty, [(words.say(f"difficulty_use.{use}", lang), use) for use in ("none", "multiply", "reweight")], uses)

    def _read_book(self) -> None:
        """The levers stand where the rule-book chosen has them."""
        self._busy = True
        try:
            book = load_rulebook(find_rules(self.book.value))
            for band in book.grades[:-1]:
                self.grades[band.code].value = band.start
            self.execution.value, self.rescale.value = book.execution_weight, book.unscored == "rescale"
        finally:
            self._busy = False

    # what is kept
    def _save(self) -> None:
        """The rules as a file, the plan that runs them, and the command."""
        state, lang = self.state, self.state.lang
        root, framework = find_project(), self.mode.value == "framework"

        def refuse(text: str) -> None:
            self.saved.value = text

        with told(refuse, lang):
            rules = self.rules()
            titled = rules.get("title") or rules["name"]
            title = dict(titled) if isinstance(titled, dict) else dict.fromkeys(words.languages(), titled)
            path = save_rules(rules, root / "parameters" / "rules" / self.name.value, title=title)
            own = path.relative_to(root).as_posix()
            kind = "district" if state.kind == "district" else "department"
            if framework:
                state.own_frameworks = (*state.own_frameworks, own)
                about = {"notebook": "notebooks/assessment.ipynb", "units": "city", "parameters": {"year": state.year, "framework": own}}
            else:
                state.own_rulebooks = (*state.own_rulebooks, own)
                about = {"notebook": "notebooks/department.ipynb", "units": {"kind": kind}, "parameters": {"year": state.year, "rulebook": own}}
            command = write_plan(root / "parameters" / path.stem, dataset=state.dataset.path, title=title, **about)
            self.saved.value = note(say("saved.rules", lang, rules=own, plan=f"parameters/{path.stem}.yaml", command=command))


def _retitled(title, said: dict[str, list[str]]) -> dict[str, str]:
    return {lang: say("what_if.title", lang, title=title[lang], changes=words.say("verb.name_list_separator", lang).join(said[lang])) if said[lang] else title[lang] for lang in said}
