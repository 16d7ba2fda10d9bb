"""Traffic lights of a year that is still running: the official light, which expects a twelfth a month, and a seasonal one beside it."""

import numpy as np
import pandas as pd

#: From the worst to the best.
LIGHTS = ("red", "yellow", "green", "blue")


def give_lights(ratios: pd.Series, starts: tuple[float, float, float]) -> pd.Series:
    """The light of each ratio of achieved to expected; ``starts`` are the ratios from which yellow, green and blue are given.

    >>> give_lights(pd.Series([0.599, 0.6, 0.8, 1.2, float("nan")]), (0.6, 0.8, 1.2)).tolist()
    ['red', 'yellow', 'green', 'blue', nan]
    """
    # 0.7 × 12 ÷ 10.5 is 0.8, whatever its binary neighbour
    place = np.searchsorted(np.array(starts), ratios.astype("float64").round(9).to_numpy(), side="right")
    return pd.Series(np.array(LIGHTS, dtype=object)[place], index=ratios.index).where(ratios.notna()).astype("str")


def measure_lights(lines: pd.DataFrame, *, elapsed: float, seasonal: float, starts: tuple[float, float, float]) -> pd.DataFrame:
    """The lights of indicators in the course of the year.

    Parameters
    ----------
    lines : one row per monitored indicator
        Reads ``direction``, ``target``, ``actual_to_date`` (the indicator's measure), ``measure``.
    elapsed : ratio, months of the fiscal year that have passed ÷ 12.
    seasonal : ratio, share of a year's spending that is normally made by then (missing where unknown).
    starts : ratios from which yellow, green and blue are given.

    Returns
    -------
    One row per input row, same index and order
        ``progress`` (ratio: achieved to date ÷ target; a ceiling that is kept is 1, one that is broken target ÷ achieved), ``level`` (a rate or a
        ceiling: it does not grow over the year), ``official_ratio``, ``seasonal_ratio`` (progress ÷ what is expected by then),
        ``official_light``, ``seasonal_light`` (of ``LIGHTS``; missing where nothing can be compared).

    Source
    ------
    Official: achieved ÷ (target · months/12), below 60 % red, 60–80 yellow, 80–120 green, 120 and above blue, as seen in one provincial monitoring
    system, which says nothing of ceilings; they are held against the whole ceiling here. Seasonal: this project's; quantities are held against
    target · seasonal share, rates and ceilings against the whole target.
    """
    target, actual = lines["target"], lines["actual_to_date"]
    ceiling = lines["direction"].eq("<=")
    level = ceiling | lines["measure"].eq("%")
    kept = actual <= target
    progress = (actual / target).mask(ceiling, (target / actual).where(~kept, 1.0)).where(actual.notna() & (target > 0))
    progress = progress.where(np.isfinite(progress))
    ratios = {
        "official_ratio": (progress / elapsed).mask(ceiling, progress),
        # without a seasonal share (NaN) quantities have no seasonal light; rates and ceilings need none
        "seasonal_ratio": (progress / seasonal).mask(level, progress),
    }
    lights = {name.replace("ratio", "light"): give_lights(ratio, starts) for name, ratio in ratios.items()}
    return pd.DataFrame({"progress": progress, "level": level, **ratios, **lights}, index=lines.index)


def find_worst_lights(lines: pd.DataFrame) -> pd.DataFrame:
    """Each project's lights: the worst of its indicators'.

    Returns
    -------
    One row per project that has a light, indexed by ``project``
        ``official_light``, ``seasonal_light``.
    """
    worst = {}
    for name in ("official_light", "seasonal_light"):
        rank = lines[name].map({light: place for place, light in enumerate(LIGHTS)})
        worst[name] = rank.groupby(lines["project"]).min().map(dict(enumerate(LIGHTS)))
    return pd.DataFrame(worst).dropna(how="all")
