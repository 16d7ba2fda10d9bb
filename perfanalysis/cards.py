"""How an object shows itself: a few lines and a table, as text in a terminal and as HTML in a notebook."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from perfanalysis.words.reader import reader_language

#: The class three times is as specific as it takes: notebooks set the text of every table at the right.
_CELL = ".pa-card.pa-card.pa-card"
_STYLE = ("<style>.pa-card{line-height:1.5;max-width:60rem} .pa-card p{margin:.2rem 0} .pa-card .t{font-weight:600;font-size:1.1em} "
          f".pa-card .s{{opacity:.8}} {_CELL} table{{table-layout:auto;border-collapse:collapse;margin:.5rem 0;font-size:.9em}} "
          f"{_CELL} th,{_CELL} td{{text-align:left;vertical-align:top;padding:.2rem .9rem .2rem 0;border:0;border-bottom:1px solid #8a96a355;white-space:normal;min-width:2.5em}} "
          f"{_CELL} tr{{background:none}} {_CELL} .n{{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}}</style>")
#: Characters that a cell of a table may take in a terminal.
_WIDE = 60


@dataclass(frozen=True)
class Card:
    """What is shown: a title, pairs of name and value, a table (cells are text already; ``numeric`` says which columns stand at the right), what to do next."""

    title: str
    about: tuple[tuple[str, str], ...] = ()
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    numeric: tuple[bool, ...] = ()
    next: tuple[str, ...] = ()

    def text(self, lang: str) -> str:
        lines = [self.title, *(f"{name}{_colon(lang)}{value}" for name, value in self.about)]
        if self.rows:
            lines += ["", *align_rows([self.headings, *self.rows], self.numeric or [False] * len(self.headings), _WIDE)]
        return "\n".join([*lines, *([""] if self.rows and self.next else []), *self.next])

    def html(self, lang: str) -> str:
        about = "".join(f'<p><span class="s">{escape(name)}{_colon(lang)}</span>{escape(value)}</p>' for name, value in self.about)
        side = [' class="n"' if numeric else "" for numeric in self.numeric or [False] * len(self.headings)]
        rows = "".join("<tr>" + "".join(f"<td{at}>{escape(cell)}</td>" for cell, at in zip(row, side, strict=True)) + "</tr>" for row in self.rows)
        head = "".join(f'<th scope="col"{at}>{escape(cell)}</th>' for cell, at in zip(self.headings, side, strict=True))
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>" if self.rows else ""
        after = "".join(f'<p class="s">{escape(line)}</p>' for line in self.next)
        return f'{_STYLE}<div class="pa-card"><p class="t">{escape(self.title)}</p>{about}{table}{after}</div>'


class Shown:
    """An object that shows itself by its ``_card(lang)``, in the language of the person who looks."""

    def _card(self, lang: str) -> Card:
        raise NotImplementedError

    def __repr__(self) -> str:
        try:
            lang = reader_language()
            return self._card(lang).text(lang)
        except Exception:  # asked for while something else goes wrong, such as a dataset that was deleted: a name is better than a second error
            return object.__repr__(self)

    def _repr_html_(self) -> str:
        lang = reader_language()
        return self._card(lang).html(lang)


def _colon(lang: str) -> str:
    return "：" if lang == "zh" else ": "


def align_rows(rows: Iterable[Iterable[str]], numeric: Iterable[bool], most: int) -> list[str]:
    """Columns under each other; a Chinese character is two columns wide, and texts of more than ``most`` are cut."""
    rows = [[_cut(cell, most) for cell in row] for row in rows]
    widths = [max(map(text_width, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(" " * (wide - text_width(cell)) + cell if right else cell + " " * (wide - text_width(cell))
                      for cell, wide, right in zip(row, widths, numeric, strict=True)).rstrip() for row in rows]


@lru_cache(maxsize=4096)
def text_width(text: str) -> int:
    """Columns of a terminal that ``text`` takes."""
    return len(text) if text.isascii() else sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


@lru_cache(maxsize=4096)
def _cut(text: str, most: int) -> str:
    text = " ".join(text.split())
    while text_width(text) > most:
        text = text[:-2].rstrip() + "…"
    return text
