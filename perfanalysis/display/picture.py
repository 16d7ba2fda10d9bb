"""A figure as a picture inside a page: SVG with outlines for letters, so that it is sharp at any size and asks no font of the reader."""

import base64
import io
import re
from collections import Counter
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from perfanalysis.charts.letters import EM, advance, heights, outline
from perfanalysis.charts.style import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Characters of SVG beyond which a picture (thousands of marks) is stored as PNG at twice the size instead.
MOST = 200_000

#: What stands for a text or for marks while the rest is tightened: their number after a character that no text has (private use).
_TEXT, _MARKS, _CLOSE = "\ue0f0", "\ue0f1", "\ue0f2"
_PLACE = re.compile(f"\\s*([{_TEXT}{_MARKS}])(\\d+){_CLOSE}\\s*")
_NOISE = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL)
_DECIMAL = re.compile(r"-?\d+\.\d+")
_SPACE = re.compile(r"\s*\n\s*")
_STYLE = re.compile(r' style="([^"]+)"')
_ID = re.compile(r'(id="|href="#|url\(#)([^")]+)')


def picture(figure: "Figure") -> str:
    """The figure as a ``data:`` address for ``<img src>``; the same figure gives the same address."""
    svg = draw_svg(figure)
    if len(svg) > MOST:
        return "data:image/png;base64," + base64.b64encode(draw_png(figure)).decode()
    # not base64: a quarter shorter; only what would end the address, the attribute or the escape is escaped
    return "data:image/svg+xml," + svg.replace('"', "'").replace("%", "%25").replace("#", "%23").replace("&", "%26")


def draw_svg(figure: "Figure") -> str:
    """The figure as SVG text; the same figure gives the same text."""
    buffer = io.StringIO()
    with style():
        before = figure.dpi
        figure.dpi = 72
        try:
            width, height = figure.get_size_inches() * 72
            renderer = _renderer()(width, height, buffer, image_dpi=72, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
            figure.draw(renderer)
            renderer.finalize()
        finally:
            figure.dpi = before
    return _fill(_tighten(buffer.getvalue()), renderer.texts, renderer.marks)


def draw_png(figure: "Figure") -> bytes:
    """The figure as PNG at twice the size at which it is read."""
    buffer = io.BytesIO()
    with style():
        figure.savefig(buffer, format="png", dpi=200, metadata={"Software": None})
    return buffer.getvalue()


@cache
def _renderer() -> type:
    """matplotlib's SVG renderer with letters and marks of its own: outlines a fifth the size, remembered from chart to chart.

    Measured on one chart of 140 different Chinese characters: 217 KB became 45 KB, and 50 ms became 80 ms the first time and 20 ms after.
    """
    from matplotlib.backends.backend_svg import RendererSVG
    from matplotlib.colors import rgb2hex
    from matplotlib.transforms import Affine2D

    class Renderer(RendererSVG):
        def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
            turn = f" rotate({-angle:g})" if angle else ""
            transform = f"translate({x:.2f} {y:.2f}){turn} scale({prop.get_size_in_points() / EM:.4f})"
            self.writer.start("g", fill=rgb2hex(gc.get_rgb()), transform=transform)
            self.writer.data(f"{_TEXT}{len(self.texts)}{_CLOSE}")
            self.writer.end("g")
            self.texts.append(s)

        @property
        def texts(self) -> list[str]:
            """What was drawn; it stands as a number until the picture is tightened."""
            return self.__dict__.setdefault("_drawn", [])

        def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):
            # what a mark looks like is said once for all its places, not at each
            shape = self._convert_path(marker_path, marker_trans + Affine2D().scale(1, -1), simplify=False)
            places = self._make_flip_transform(trans).transform(path.vertices)
            self.writer.start("g", style=self._get_style(gc, rgbFace), **self._get_clip_attrs(gc))
            self.writer.data(f"{_MARKS}{len(self.marks)}{_CLOSE}")
            self.writer.end("g")
            self.marks.append((shape, places[np.isfinite(places).all(axis=1)]))

        @property
        def marks(self) -> list[tuple[str, np.ndarray]]:
            """The marks drawn: each set's shape and its places."""
            return self.__dict__.setdefault("_places", [])

        def _get_font_height_metrics(self, prop):
            # matplotlib asks for this where a renderer has it (since 3.11), and else reads the font's tables anew for every text
            ascent, descent, gap = heights()
            size = prop.get_size_in_points()
            return ascent * size, -descent * size, gap * size

        def get_text_width_height_descent(self, s, prop, ismath):
            # the same height for every text, so that labels beside each other share a base line
            size = prop.get_size_in_points()
            return sum(map(advance, s)) * size, size, 0.12 * size

    return Renderer


@lru_cache(maxsize=4096)
def _spell(text: str, named: str) -> str:
    """A text as its letters' outlines, each at its place; those in ``named`` are defined elsewhere in the picture."""
    place, own, parts = 0.0, [], []
    for character in text:
        if character in named:
            at = f' x="{round(place)}"' if round(place) else ""
            parts.append(f'<use href="#{_letter(character)}"{at}/>')
        else:
            own.append(outline(character, round(place)))
        place += advance(character) * EM
    return (f'<path d="{"".join(own)}"/>' if any(own) else "") + "".join(parts)


@cache
def _letter(character: str) -> str:
    """The name of a letter's outline within a picture: a few characters, and none that ``_tighten`` gives."""
    return "u" + np.base_repr(ord(character), 36).lower()


def _fill(svg: str, texts: list[str], marks: list[tuple[str, np.ndarray]]) -> str:
    # naming an outline costs about 40 characters and every use of it 30
    named = sorted(character for character, uses in Counter("".join(texts)).items() if (uses - 1) * len(outline(character)) > 40 + 30 * uses)
    outlines = "".join(f'<path id="{_letter(character)}" d="{outline(character)}"/>' for character in named)
    spelt = [_spell(text, "".join(character for character in named if character in text)) for text in texts]
    shapes = {shape: f"k{place}" for place, shape in enumerate(dict.fromkeys(shape for shape, _ in marks))}
    outlines += "".join(f'<path id="{name}" d="{_tighten_path(shape)}"/>' for shape, name in shapes.items())
    placed = ["".join([f'<use href="#{shapes[shape]}" x="{x:g}" y="{y:g}"/>' for x, y in (np.round(places, 2) + 0.0).tolist()]) for shape, places in marks]
    return _PLACE.sub(lambda place: (spelt if place[1] == _TEXT else placed)[int(place[2])], svg).replace("</svg>", f"<defs>{outlines}</defs></svg>")


def _tighten(svg: str) -> str:
    """The same picture in fewer characters: no comments, no unused or long names, no digits that nobody sees."""
    svg = _shorten(_NOISE.sub("", svg))
    used = {match[2] for match in _ID.finditer(svg) if match[1] != 'id="'}
    short = {name: f"i{number}" for number, name in enumerate(dict.fromkeys(match[2] for match in _ID.finditer(svg) if match[2] in used))}
    svg = re.sub(r' id="([^"]+)"', lambda match: f' id="{short[match[1]]}"' if match[1] in used else "", svg)
    svg = re.sub(r'(href="#|url\(#)([^")]+)', lambda match: match[1] + short[match[2]], svg)
    svg = svg.replace("<g/>", "").replace("xlink:href", "href").replace(": ", ":").replace("; ", ";")
    svg = _SPACE.sub(" ", svg).replace("> <", "><").replace(" L ", "L").replace('d="M ', 'd="M').replace(' z "', 'z"').strip()
    return _name_styles(svg)


def _tighten_path(path: str) -> str:
    return _SPACE.sub(" ", _shorten(path)).replace(" L ", "L").replace("M ", "M").replace(" z", "z").strip()


def _shorten(svg: str) -> str:
    return _DECIMAL.sub(lambda number: _short(float(number[0])), svg)


def _name_styles(svg: str) -> str:
    """Styles that return become classes: a thousand marks of one look say so once."""
    styles = Counter(_STYLE.findall(svg))
    names = {style: f"s{number}" for number, style in enumerate(style for style, count in styles.items() if count > 2)}
    rules = "".join(f".{name}{{{style}}}" for style, name in names.items())
    svg = _STYLE.sub(lambda match: f' class="{names[match[1]]}"' if match[1] in names else match[0], svg)
    return svg.replace("</style>", rules + "</style>", 1)


def _short(number: float) -> str:
    text = f"{number:.{2 if abs(number) >= 1 else 4}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
