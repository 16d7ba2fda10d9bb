"""How sure each finding is: counts that ``perfanalysis validate`` made over many demonstration cities; data, like every rule."""

import math
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from perfanalysis import words
from perfanalysis.words import Quantity

_SHIPPED = Path(__file__).with_name("validation.csv")
#: One row per finding × kind of planted irregularity (empty: nothing of the kind is planted): the section that raises it; ``planted`` units looked into
#: and in how many it was ``found``; ``units`` of cities without irregularities looked into and in how many it was ``raised``.
COUNTS = ("finding", "section", "kind", "planted", "found", "units", "raised")
#: Of the whole table, the same in every row.
RUN = ("cities", "first_seed", "last_seed", "version")
#: Rate → what is counted, of how many.
_RATES = {"power": ("found", "planted"), "alarm": ("raised", "units")}
#: 95 %.
_Z = 1.959963984540054


def wilson(found: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of the share ``found`` ÷ ``of``; both ends are missing where nothing was looked at.

    Source
    ------
    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22
    """
    if of == 0:
        return math.nan, math.nan
    share, more = found / of, _Z**2 / of
    middle, half = share + more / 2, math.sqrt(more * (share * (1 - share) + more / 4))
    # at either end the exact limit is the end itself, which rounding would miss
    return (0.0 if found == 0 else (middle - half) / (1 + more)), (1.0 if found == of else (middle + half) / (1 + more))


def rate_detectors(counts: pd.DataFrame) -> pd.DataFrame:
    """``counts`` (columns ``COUNTS``) with ``power``, ``alarm`` (ratios) and the ends of their intervals, ``power_low`` … ``alarm_high``.

    Returns a new frame with the same rows; what was not looked at is missing, never zero.
    """
    made = counts.copy()
    for name, (hits, of) in _RATES.items():
        made[name] = (made[hits] / made[of]).where(made[of] > 0)
        made[[f"{name}_low", f"{name}_high"]] = [wilson(hit, looked) for hit, looked in zip(made[hits], made[of], strict=True)]
    return made


@cache
def _load() -> pd.DataFrame:
    return rate_detectors(pd.read_csv(_SHIPPED, keep_default_na=False))


def load_validation(sections: Iterable[str] = ()) -> pd.DataFrame:
    """The shipped table, rated (``rate_detectors``); with ``sections`` only the findings that these raise."""
    table, wanted = _load(), set(sections)
    return (table[table["section"].isin(wanted)] if wanted else table).reset_index(drop=True)


def say_share(row: Mapping[str, Any], rate: str, lang: str) -> str:
    """The ``power`` or ``alarm`` of a row of ``rate_detectors`` as a reader of ``lang`` writes it, with counts and interval."""
    hits, of = _RATES[rate]
    if not row[of]:
        return "–" if rate == "power" else words.say("validation_unlooked", lang)
    return words.say("validation_share", lang, {
        "hits": Quantity(row[hits], "count"), "of": Quantity(row[of], "count"), "share": Quantity(row[rate], "ratio"),
        "low": Quantity(row[f"{rate}_low"], "ratio"), "high": Quantity(row[f"{rate}_high"], "ratio")})
