"""Text in charts: how wide it is, where it breaks, and how labels keep out of each other's way."""

import math
import unicodedata
from collections.abc import Mapping

import numpy as np
import pandas as pd

from perfanalysis import words
from perfanalysis.charts.letters import advance
from perfanalysis.charts.style import TEXT
from perfanalysis.words.values import format_quantity, is_missing, money_scale


def names(frame: pd.DataFrame, lang: str) -> list[str]:
    """The label of each row in ``lang``: ``label_en`` outside Chinese where it is known, else ``label``."""
    label = frame["label"].astype("object")
    if lang != "zh" and "label_en" in frame:
        label = frame["label_en"].astype("object").where(frame["label_en"].notna() & (frame["label_en"] != ""), label)
    return ["" if is_missing(name) else " ".join(str(name).split()) for name in label]


def width(text: str, size: float = TEXT) -> float:
    """Inches that ``text`` takes on one line."""
    return sum(map(advance, text)) * size / 72


def shorten(text: str, inches: float, size: float = TEXT) -> str:
    """``text``, cut with an ellipsis where it is wider than ``inches``."""
    if width(text, size) <= inches:
        return text
    # the Chinese ellipsis floats at mid-height, where English has its dots on the line
    ellipsis = "…" if any(_wide(character) for character in text[:8]) else "..."
    room, kept = inches - width(ellipsis, size), 0
    while kept < len(text) and (room := room - width(text[kept], size)) >= 0:
        kept += 1
    return text[:kept].rstrip(" ,，、（(-") + ellipsis


def wrap(text: str, inches: float, size: float = TEXT, lines: int = 2) -> str:
    """``text`` on at most ``lines`` lines of ``inches``, broken between words or Chinese characters; what does not fit is cut."""
    if width(text, size) <= inches or lines == 1:
        return shorten(text, inches, size)
    breaks = [place + 1 for place in range(len(text) - 1) if _breaks(text, place)]
    whole, firsts = width(text, size), {place: width(text[:place].rstrip(), size) for place in breaks}
    fitting = [place for place in breaks if firsts[place] <= inches]
    if not fitting:
        return shorten(text, inches, size)
    # two lines of much the same length if that does it, else full lines
    even = min(fitting, key=lambda place: max(firsts[place], whole - firsts[place]))
    best = even if lines == 2 and whole - firsts[even] <= inches else fitting[-1]
    return text[:best].rstrip() + "\n" + wrap(text[best:].lstrip(), inches, size, lines - 1)


def spread(wanted: list[float], gap: float, low: float = -math.inf, high: float = math.inf) -> list[float]:
    """Places near the ``wanted`` ones, at least ``gap`` apart and within ``low`` and ``high``, in the same order.

    >>> spread([0.50, 0.52, 0.9], 0.1)
    [0.46, 0.56, 0.9]
    """
    order = sorted(range(len(wanted)), key=lambda index: (wanted[index], index))
    blocks: list[list] = []  # centre, members
    for index in order:
        blocks.append([wanted[index], [index]])
        while len(blocks) > 1 and blocks[-1][0] - blocks[-2][0] < gap * (len(blocks[-1][1]) + len(blocks[-2][1])) / 2:
            _, members = blocks.pop()
            blocks[-1][1] += members
            blocks[-1][0] = sum(wanted[member] for member in blocks[-1][1]) / len(blocks[-1][1])
    places = [0.0] * len(wanted)
    for centre, members in blocks:
        for position, member in enumerate(members):
            places[member] = centre + (position - (len(members) - 1) / 2) * gap
    floor = low
    for index in order:
        floor = max(places[index], floor)
        places[index], floor = floor, floor + gap
    ceiling = high
    for index in reversed(order):
        ceiling = min(places[index], ceiling)
        places[index], ceiling = ceiling, ceiling - gap
    return [round(place, 12) for place in places]


def place_labels(
    points: np.ndarray, sizes: Mapping[int, tuple[float, float]], radii: np.ndarray, box: tuple[float, float], wanted: list[int],
    lines: tuple[tuple[float, float, float, float], ...] = (),
) -> dict[int, tuple[float, float, bool]]:
    """Where to put the label of each point in ``wanted``, most important first, so that no two overlap; all in inches.

    ``points`` (n × 2) and ``radii`` (n) are obstacles too; ``sizes`` are the wanted labels' widths and heights; ``box`` is the size of the
    panel; the boxes ``lines`` (left, bottom, right, top) are avoided where it can be done. A label with no free place is left out of the
    answer; the places are the labels' centres, and whether a line must lead there from the point.
    """
    taken = np.column_stack([points - radii[:, None], points + radii[:, None]])
    placed: dict[int, tuple[float, float, bool]] = {}
    for index in wanted:
        for obstacles in (np.vstack([taken, *lines]), taken):
            place = _free_place(points[index], sizes[index], radii[index] + 0.04, box, obstacles, index)
            if place:
                break
        else:
            continue
        x, y, led = placed[index] = place
        (wide, high), way = sizes[index], _way(points[index], place, sizes[index][1])
        taken = np.vstack([taken, (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2), *(np.column_stack([way - 0.01, way + 0.01]) if led else [])])
    return placed


def _free_place(point, size, away, box, obstacles, own: int) -> tuple[float, float, bool] | None:
    wide, high = size
    side, above = away + wide / 2, away + high / 2
    near = [(side, 0, False), (-side, 0, False), (0, above, False), (0, -above, False)]
    far = [(across * wide / 2, turn * (above + down), True) for down in (0.12, 0.25, 0.4, 0.6, 0.85, 1.1) for turn in (1, -1) for across in (0, 0.8, -0.8)]
    for dx, dy, led in near + far:
        x, y = point[0] + dx, point[1] + dy
        if x - wide / 2 < 0 or y - high / 2 < 0 or x + wide / 2 > box[0] or y + high / 2 > box[1]:
            continue
        clear = (obstacles[:, 0] >= x + wide / 2) | (obstacles[:, 2] <= x - wide / 2) | (obstacles[:, 1] >= y + high / 2) | (obstacles[:, 3] <= y - high / 2)
        if led:
            way = _way(point, (x, y), high)[:, None, :]
            # lines may be crossed on the way, marks and labels may not
            crossed = ((way > obstacles[None, :, :2]) & (way < obstacles[None, :, 2:])).all(axis=2).any(axis=0)
            thin = np.minimum(obstacles[:, 2] - obstacles[:, 0], obstacles[:, 3] - obstacles[:, 1]) < 0.07
            clear &= ~crossed | thin
        clear[own] = True
        if clear.all():
            return x, y, led
    return None


def _way(point, place, high: float) -> np.ndarray:
    """Points on the line that leads from a mark to the nearer edge of its label."""
    tip = (place[0], place[1] - np.sign(place[1] - point[1]) * high / 2)
    return np.linspace(point, tip, 15)


def money_axis(highest: float, lang: str, currency: str) -> tuple[list[float], list[str], str]:
    """Ticks from zero to beyond ``highest``, their labels in one sensible scale, and that scale's name."""
    divisor, name = money_scale(highest, lang, currency)
    ticks = round_ticks(highest)
    decimals = _decimals((ticks[1] - ticks[0]) / divisor) if len(ticks) > 1 else 0
    return ticks, [_plain(tick / divisor, decimals) for tick in ticks], name


def _decimals(step: float) -> int:
    """How many decimals write every multiple of ``step``: 0.5 → 1, 0.25 → 2, 25 → 0."""
    return next((digits for digits in range(9) if abs(round(step, digits) - step) < step * 1e-6), 9)


def ratio_ticks(low: float, high: float) -> tuple[list[float], list[str]]:
    """Ticks of a ratio axis that cover ``low`` to ``high``, written in per cent."""
    ticks = round_ticks(high, low)
    decimals = _decimals((ticks[1] - ticks[0]) * 100) if len(ticks) > 1 else 0
    return ticks, [f"{_plain(tick * 100, decimals)}%" for tick in ticks]


def number_ticks(low: float, high: float) -> tuple[list[float], list[str]]:
    ticks = round_ticks(high, low)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 1
    return ticks, [_plain(tick, _decimals(step)) for tick in ticks]


def round_ticks(high: float, low: float = 0.0, most: int = 6) -> list[float]:
    """Round steps (1, 2, 2.5 or 5 times a power of ten), at most ``most`` + 1 ticks, covering ``low`` to ``high``."""
    if not high > low:
        high = low + 1
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


def written(value: float, unit: str, lang: str, *, currency: str = "CNY") -> str:
    """A value beside its mark: as in the text, a missing one by a dash."""
    return "–" if is_missing(value) else format_quantity(value, unit, lang, currency=currency)


def decimals_of(values: np.ndarray, most: int) -> int:
    """How many decimals the values need so that each is written in full, at most ``most``."""
    known = values[~np.isnan(values)]
    return next((digits for digits in range(most) if np.allclose(known, np.round(known, digits), rtol=0, atol=1e-9)), most)


def others(count: int, lang: str, code: str = "others") -> str:
    return words.say(f"chart_label.{code}", lang, {"count": words.Quantity(count, "count")})


def _plain(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f}".replace("-", "−")


def _breaks(text: str, place: int) -> bool:
    """May the line end after ``text[place]``?"""
    this, following = text[place], text[place + 1 : place + 2]
    if this in " -/、，" or following == " ":
        return True
    return bool(following) and _wide(this) and this not in "（《“" and _wide(following) and following not in "，。、）》”：；"


def _wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"
