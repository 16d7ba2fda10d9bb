"""One look for every chart: size, colours, fonts; a drawing touches nothing global but the list of known fonts."""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: At most four categories by colour, each at least 3:1 on white, and never by colour alone (order, marker, hatch or label too).
NAVY, TEAL, PLUM, ORANGE = "#12436D", "#217F77", "#801650", "#C94F0C"
INK, GREY, PALE, GRID = "#1F2429", "#5A6570", "#B8C0C8", "#E3E7EB"
CATEGORIES = (NAVY, TEAL, PLUM, ORANGE)

#: Inches. A report's column shows a chart at 760 px, so that 9.5 pt text is read at 13 px.
WIDTH = 7.6
TEXT, SMALL = 9.5, 8.5
#: Inches between a panel and the labels of its axis, and between these and the axis's title.
_PAD = 4 / 72

_FONT = "perfanalysis Noto Sans SC"


@contextmanager
def style() -> Iterator[None]:
    """Within it figures are made, drawn and saved; after it matplotlib's settings are what they were."""
    import matplotlib

    _add_font()
    with matplotlib.rc_context({
        "font.family": [_FONT, "DejaVu Sans"],
        "font.size": TEXT,
        # a "$" in a project's name is a dollar sign, not a formula
        "text.parse_math": False,
        "text.color": INK,
        "axes.edgecolor": GREY,
        "axes.labelcolor": GREY,
        "axes.linewidth": 0.8,
        "axes.axisbelow": True,
        "axes.formatter.use_locale": False,
        **{f"axes.spines.{side}": False for side in ("top", "right", "left", "bottom")},
        **{f"{axis}.major.size": 0 for axis in ("xtick", "ytick")},
        **{f"{axis}.major.pad": 4 for axis in ("xtick", "ytick")},
        "xtick.color": GREY,
        "ytick.color": GREY,
        "hatch.linewidth": 0.7,
        "figure.dpi": 100,
        "savefig.dpi": 100,
        "figure.facecolor": "white",
        "svg.fonttype": "path",
        "svg.hashsalt": "perfanalysis",
        "path.simplify": True,
    }):
        yield


def panel(height: float, *, left: float, right: float = 0.2, top: float = 0.15, bottom: float = 0.45) -> tuple["Figure", "Axes"]:
    """A figure of ``height`` with one pair of axes; margins in inches, so that nothing is measured by drawing twice."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes((left / WIDTH, bottom / height, (WIDTH - left - right) / WIDTH, (height - top - bottom) / height))
    return figure, axes


def value_axis(axes: "Axes", ticks: list[float], labels: list[str], limits: tuple[float, float], *, vertical: bool = False, title: str = "") -> None:
    """A value axis with the given ticks, grid lines and a title, as one set of lines and plain texts: matplotlib's own ticks are five artists each and
    took a quarter of a chart's time."""
    from matplotlib.collections import LineCollection
    from matplotlib.transforms import ScaledTranslation

    from perfanalysis.charts.labels import width

    (axes.set_ylim if vertical else axes.set_xlim)(*limits)
    (axes.yaxis if vertical else axes.xaxis).set_visible(False)
    shown = [(tick, text) for tick, text in zip(ticks, labels, strict=True) if limits[0] <= tick <= limits[1]]
    across = axes.get_yaxis_transform() if vertical else axes.get_xaxis_transform()
    lines = [[(0, tick), (1, tick)] if vertical else [(tick, 0), (tick, 1)] for tick, _ in shown]
    axes.add_collection(LineCollection(lines, transform=across, colors=GRID, linewidths=0.8, capstyle="projecting", zorder=0.5), autolim=False)

    def beside(inches: float, transform):
        return transform + ScaledTranslation(-inches if vertical else 0, 0 if vertical else -inches, axes.figure.dpi_scale_trans)

    pad = beside(_PAD, across)
    for tick, text in shown:
        place = {"x": 0, "y": tick, "ha": "right", "va": "center_baseline"} if vertical else {"x": tick, "y": 0, "ha": "center", "va": "top"}
        axes.text(s=text, transform=pad, color=GREY, **place)
    if title:
        depth = max((width(text) for _, text in shown), default=0.0) if vertical else TEXT / 72
        place = {"x": 0, "y": 0.5, "ha": "right", "va": "center", "rotation": 90} if vertical else {"x": 0.5, "y": 0, "ha": "center", "va": "top"}
        axes.text(s=title, transform=beside(2 * _PAD + depth, axes.transAxes), color=GREY, fontsize=SMALL, **place)


def row_axis(axes: "Axes", rows: int) -> None:
    """Rows numbered from the top: row 0 is the first."""
    axes.set_ylim(rows - 0.5, -0.5)
    axes.yaxis.set_visible(False)


def span(axes: "Axes") -> float:
    """Data units of the x axis per inch."""
    low, high = axes.get_xlim()
    return (high - low) / (axes.get_position().width * WIDTH)


@cache
def font_file() -> Path:
    """The Chinese font (Noto Sans SC, OFL) that the zhplot wheel carries; the package itself is not imported: it would change settings."""
    spec = importlib.util.find_spec("zhplot")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "fonts" / "NotoSansSC-Regular.ttf"
        if path.is_file():
            return path
    raise FileNotFoundError("the Chinese font NotoSansSC-Regular.ttf is missing: it comes with the package zhplot; install it again")


@cache
def _add_font() -> None:
    from matplotlib import font_manager

    path = str(font_file())
    font_manager.fontManager.addfont(path)
    entry = next(entry for entry in font_manager.fontManager.ttflist if entry.fname == path)
    # under a name of its own: another Noto Sans SC of this machine must not change the picture
    font_manager.fontManager.ttflist.append(replace(entry, name=_FONT))
