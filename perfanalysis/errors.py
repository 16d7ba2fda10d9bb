"""What can go wrong, said so that the reader can mend it: where, what, and what is allowed."""

import difflib
import linecache
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from perfanalysis import words
from perfanalysis.cards import Card, Shown
from perfanalysis.words import Quantity
from perfanalysis.words.reader import in_batch, notebook_shell, reader_language

#: So many problems are shown in a notebook; the error's ``problems`` are all of them.
_SHOWN = 10


@dataclass(frozen=True, repr=False)
class Problem:
    """One thing wrong at one place of somebody's input.

    ``code`` names a sentence under ``problem.`` in the catalogues and ``values`` fill it. ``severity`` is ``error`` (the row is
    set aside) or ``warning`` (the row is used; a person should look). ``cell`` is a notebook's code cell (1 = the first); ``row`` is then a line of it.
    """

    code: str
    severity: str = "error"
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    found: Any = None
    table: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    cell: int | None = None

    def __repr__(self) -> str:
        lang = reader_language()
        return words.say(f"problem_kind_of.{self.severity}", lang, {"says": self.say(lang)})

    def place(self, lang: str = "en") -> str:
        parts = [self.file, self.sheet]
        if self.cell is not None:
            parts.append(words.say("problem_place.cell", lang, {"cell": self.cell}))
        if self.row is not None:
            parts.append(words.say("problem_place.line" if self.cell is not None else "problem_place.row", lang, {"row": self.row}))
        if self.column:
            parts.append(f"'{self.column}'")
        return ", ".join(part for part in parts if part)

    def say(self, lang: str = "en") -> str:
        """``indicators.xlsx, 自评表, row 14, 'direction': '≧' is not one of >=, <=, =``"""
        place = self.place(lang)
        return f"{place}: {self.sentence(lang)}" if place else self.sentence(lang)

    def sentence(self, lang: str = "en") -> str:
        """What is wrong, without the place."""
        return words.say(f"problem.{self.code}", lang, {"found": self.found, "column": self.column, "table": self.table, **self.values})


class Problems(Shown, tuple):
    """Everything found wrong, in order: a tuple that shows itself as a table."""

    __slots__ = ()

    def _card(self, lang: str) -> Card:
        errors = sum(problem.severity == "error" for problem in self)
        if not self:
            return Card(words.say("shown.no_problems", lang))
        title = words.say("shown.found", lang, {"errors": Quantity(errors, "count"), "warnings": Quantity(len(self) - errors, "count")})
        rows = tuple((problem.place(lang), words.say(f"shown.severity.{problem.severity}", lang), problem.sentence(lang)) for problem in self)
        return Card(title, (), tuple(words.say(f"shown.heading.{name}", lang) for name in ("place", "severity", "says")), rows)

    def __repr__(self) -> str:
        lang = reader_language()
        return "\n".join(map(repr, self)) if self else self._card(lang).text(lang)


class PerfAnalysisError(Exception):
    """The root of every error that this library raises on purpose.

    ``says`` is a sentence, or ``Problem``s, which every language has words for. In a notebook such an error is three lines: what is wrong, in which line
    of the cell, and where help is; in a batch run, a program and a terminal it is an exception like any other.
    """

    def __init__(self, *says: "str | Problem"):
        self.problems = tuple(problem for problem in says if isinstance(problem, Problem))
        super().__init__("\n".join(part.say("en") if isinstance(part, Problem) else part for part in says))

    def say(self, lang: str = "en") -> str:
        return "\n".join(problem.say(lang) for problem in self.problems) or str(self)

    @property
    def _render_traceback_(self):
        # IPython asks for this name before it writes its own traceback; what a batch run keeps of a failure stays whole
        if in_batch():
            raise AttributeError("in a batch run the traceback is IPython's own")
        return lambda: _three_lines(self, reader_language())


def _three_lines(error: PerfAnalysisError, lang: str) -> list[str]:
    """What is wrong, the line of the person's own cell that led to it, and where to read on."""
    said = error.say(lang).splitlines()
    lines = [words.say("error.wrong", lang, {"says": said[0] if said else type(error).__name__}), *(f"  {line}" for line in said[1:_SHOWN])]
    if len(said) > _SHOWN:
        lines.append(words.say("error.and_more", lang, {"more": len(said) - _SHOWN}))
    call, shell, step = "", notebook_shell(), error.__traceback__
    place = None
    while step is not None:
        if shell is not None and step.tb_frame.f_globals is shell.user_ns:
            place, call = step, step.tb_next.tb_frame.f_code.co_name if step.tb_next is not None else ""
        step = step.tb_next
    if place is not None:
        file = place.tb_frame.f_code.co_filename
        source = linecache.getline(file, place.tb_lineno).strip()
        _, cell = shell.compile.format_code_name(file) or ("", "[?]")  # as IPython itself names the cell: In[3]
        lines.append(words.say("error.where", lang, {"cell": cell.removeprefix("In"), "line": place.tb_lineno, "source": source}))
    import perfanalysis

    public = call in perfanalysis.__all__
    return [*lines, words.say("error.help" if public else "error.debug", lang, {"call": f"pa.{call}?"} if public else {})]


class DataError(PerfAnalysisError):
    """Input that cannot be used, with every problem found."""

    def __init__(self, problems: Iterable[Problem]):
        problems = tuple(problems)
        super().__init__("\n".join(problem.say("en") for problem in problems))
        self.problems = problems


class RuleError(PerfAnalysisError):
    """A rule-book or framework is wrong, unknown, or silent where it must speak."""


class PlanError(DataError):
    """A plan or a parameter is wrong; every problem is named before anything runs."""


class MissingTable(PerfAnalysisError):
    """The dataset lacks a table (or column) that a step needs."""

    def __init__(self, table: str, column: str = ""):
        self.table, self.column = table, column
        super().__init__(Problem("dataset_lacks_column" if column else "dataset_lacks_table", values={"named": table, **({"wanted": column} if column else {})}))


class UnknownName(PerfAnalysisError, AttributeError, KeyError):
    """Nothing is called that; the message names what is called nearly so."""

    __str__ = Exception.__str__  # a KeyError would put the sentence in quotation marks


def _look(text: str) -> str:
    """Letters that are typed for digits, as those digits."""
    return text.translate(str.maketrans("lIoO", "1100"))


def near(wanted: str, known: Iterable[str], most: int = 5) -> str:
    """The known values that look like ``wanted``, for an error message."""
    known = [str(value) for value in known]
    # a code of one or two digits is like any code that holds them: only what begins alike is near it
    wanted = str(wanted)
    if len(wanted) <= 2:
        found = [value for value in known if value.startswith(wanted)]
    else:
        # among equally like ones first those that look the same in the same places: l06 is nearer to 106 than to 206
        same = {value: sum(one == other for one, other in zip(_look(value), _look(wanted), strict=False)) for value in known}
        found = difflib.get_close_matches(wanted, sorted(known, key=same.get), n=len(known) or 1, cutoff=0.4)
        likeness = {value: round(difflib.SequenceMatcher(None, value, wanted).ratio(), 6) for value in found}
        found = sorted(found, key=lambda value: (-likeness[value], -same[value]))
    return ", ".join((found or known)[:most])
