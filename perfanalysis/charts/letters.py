"""The letters of charts as outlines: how wide each is, and its shape in few digits. Found once a process, then remembered."""

import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from perfanalysis.charts.style import font_file

#: Units to the em in which outlines are written: a seventh of a dot at the size at which a chart is read.
EM = 100


@cache
def advance(character: str) -> float:
    """How far the next letter stands, in ems."""
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    return _load(character)[0]


def outline(character: str, place: int = 0) -> str:
    """The letter's shape as SVG path data in units of 1/100 em, y downwards, ``place`` units to the right; empty for a space."""
    x, y, rest = _shape(character)
    return f"M{x + place} {y}{rest}".replace(" -", "-") if rest else ""


@cache
def _shape(character: str) -> tuple[int, int, str]:
    """Where the pen is set down first, and its way from there: relative, so that it can be drawn at any place."""
    _, font = _load(character)
    vertices, codes = font.get_path()
    # matplotlib divides FreeType's 26.6 numbers by 64; these are whole font units
    scale = EM * 64 / font.units_per_EM
    points = (vertices * (scale, -scale)).round().astype(int).tolist()
    return (*points[0], _write(points, codes.tolist())) if points else (0, 0, "")


@cache
def heights() -> tuple[float, float, float]:
    """How far letters reach above and below their line, and the gap between lines, in ems."""
    font, _ = _fonts()[0]
    table = font.get_sfnt_table("OS/2")
    return tuple(table[name] / font.units_per_EM for name in ("sTypoAscender", "sTypoDescender", "sTypoLineGap"))


def covered(text: str) -> bool:
    """Is there a shape for every character of ``text``?"""
    return all(any(ord(character) in known for _, known in _fonts()) for character in text)


def _load(character: str):
    from matplotlib.ft2font import LoadFlags

    fonts = _fonts()
    # a character of neither font is drawn as the last font's empty box
    font = next((font for font, known in fonts if ord(character) in known), fonts[-1][0])
    shape = font.load_glyph(font.get_char_index(ord(character)), flags=LoadFlags.NO_SCALE)
    return shape.horiAdvance / font.units_per_EM, font


@cache
def _fonts():
    import matplotlib
    from matplotlib.ft2font import FT2Font

    second = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    return [(font, font.get_charmap()) for font in (FT2Font(str(font_file())), FT2Font(str(second)))]


def _write(points: list[list[int]], codes: list[int]) -> str:
    """Path data with whole, relative numbers, after the first point; a curve that goes on smoothly is written without its control point."""
    pieces: list[tuple[str, tuple[int, ...]]] = []
    here = start = points[0]
    control, place = None, 1
    while place < len(points):
        code, point = codes[place], points[place]
        if code == 1:
            pieces.append(("m", _way(here, point)))
            here = start = point
            control = None
        elif code == 2:
            # neither a line to where one is nor that which "z" draws is written
            if point != here and (point != start or codes[place + 1] != 79):
                pieces.append(_line(here, point))
            here, control = point, None
        elif code == 3:
            end = points[place + 1]
            mirrored = (2 * here[0] - control[0], 2 * here[1] - control[1]) if control else None
            if _is_straight(_way(here, point), _way(here, end)):
                if end != here:
                    pieces.append(_line(here, end))
                control = None
            elif mirrored and abs(mirrored[0] - point[0]) <= 1 and abs(mirrored[1] - point[1]) <= 1:
                pieces.append(("t", _way(here, end)))
                control = mirrored
            else:
                pieces.append(("q", (*_way(here, point), *_way(here, end))))
                control = point
            here = end
            place += 1
        elif code == 4:
            second, end = points[place + 1], points[place + 2]
            pieces.append(("c", (*_way(here, point), *_way(here, second), *_way(here, end))))
            here, control = end, None
            place += 2
        else:
            pieces.append(("z", ()))
            here, control = start, None
        place += 1
    text, last = [], ""
    for letter, numbers in pieces:
        written = " ".join(map(str, numbers)).replace(" -", "-")
        if letter != last or letter in "mz":
            text.append(letter + written)
        else:
            text.append(written if written.startswith("-") else " " + written)
        last = letter
    return "".join(text)


def _way(here: Sequence[int], there: Sequence[int]) -> tuple[int, int]:
    return there[0] - here[0], there[1] - here[1]


def _line(here: Sequence[int], there: Sequence[int]) -> tuple[str, tuple[int, ...]]:
    x, y = _way(here, there)
    return ("h", (x,)) if not y else ("v", (y,)) if not x else ("l", (x, y))


def _is_straight(control: tuple[int, int], end: tuple[int, int]) -> bool:
    """Does the curve leave its chord by half a unit at most?"""
    across = control[0] * end[1] - control[1] * end[0]
    return across * across <= end[0] ** 2 + end[1] ** 2
