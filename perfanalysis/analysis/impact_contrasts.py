"""Other ways to ask whether a policy worked, to set beside the difference-in-differences: two-way fixed effects, interrupted series, synthetic control."""

import numpy as np
import pandas as pd
from scipy import optimize, stats

from perfanalysis.analysis.impact import LEVEL, NEVER, Panel, infer_effect

#: An interrupted series needs so many periods before and after the start.
BEFORE, AFTER = 8, 4
#: Fewer units than this cannot give a p-value below 0.05 with random signs: five have 2⁴ = 16 different draws.
SIGNS_FROM = 6


def weigh_two_way(panel: Panel) -> np.ndarray:
    """The weights of the coefficient of a two-way fixed effects regression (unit and period effects, one dummy for being under the policy).

    With staggered starts it also compares units with others that began before, so it stands as a contrast only.
    """
    under = (np.arange(panel.periods) >= panel.start[:, None]).astype(float)
    rest = _demean(under)
    return rest / (rest**2).sum()


def bootstrap_two_way(panel: Panel, rng: np.random.Generator, draws: int = 4999) -> float:
    """The p-value of the two-way coefficient by the wild cluster bootstrap: restricted residuals, one random sign a unit, compared by t.

    Missing with fewer than ``SIGNS_FROM`` units, where no draw of signs could make it small.

    Source
    ------
    Cameron, Gelbach, Miller (2008), Bootstrap-based improvements for inference with clustered errors
    """
    units = len(panel.start)
    if units < SIGNS_FROM:
        return np.nan
    weights = weigh_two_way(panel)
    under, rest = weights / (weights**2).sum(), _demean(panel.values.to_numpy())
    observed = _clustered_t(rest[None], under)[0]
    # demeaning over periods within a unit commutes with its sign; over units it does not, so it is done again in each draw
    drawn = rest * rng.choice([-1.0, 1.0], size=(draws, units))[:, :, None]
    drawn = drawn - drawn.mean(axis=1, keepdims=True)
    return float((1 + (np.abs(_clustered_t(drawn, under)) >= abs(observed) - 1e-12).sum()) / (1 + draws))


def _clustered_t(values: np.ndarray, under: np.ndarray) -> np.ndarray:
    """t of the slope of each demeaned panel (first axis) on the demeaned dummy, with errors clustered by unit."""
    square = (under**2).sum()
    slope = (values * under).sum(axis=(1, 2)) / square
    scores = (under * (values - slope[:, None, None] * under)).sum(axis=2)
    return slope / (np.sqrt((scores**2).sum(axis=1)) / square)


def _demean(values: np.ndarray) -> np.ndarray:
    return values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean()


def newey_west_lag(periods: int) -> int:
    """⌊4·(T/100)^(2/9)⌋, the usual lag of Newey–West errors for T periods."""
    return int(np.floor(4 * (periods / 100) ** (2 / 9)))


def interrupt_series(panel: Panel, *, season: int, compared: bool) -> dict[str, float]:
    """The mean change after the start against the trend before it, averaged over the cohorts, with Newey–West errors.

    For each cohort the mean of its units (with ``compared``: less the mean of the units where the policy never began) is regressed on a
    constant, a trend, the season where there are four cycles, and level and trend after the start. The effect is the mean
    difference of the fitted series from the trend continued, weighted by units and periods under the policy. On 20 periods the interval is still too
    narrow: it covered the truth in 84 % of simulated cities, so it stands beside the others and decides nothing.

    Returns
    -------
    ``estimate``, ``error``, ``low``, ``high``, ``df``, ``lag`` and ``cohorts`` (used: those with ``BEFORE`` and ``AFTER`` periods); NaN where
    none can be used.
    """
    import statsmodels.api as sm
    from statsmodels.stats.sandwich_covariance import S_hac_simple

    values, time = panel.values.to_numpy(), np.arange(panel.periods)
    never = panel.start == NEVER
    usable = [g for g in panel.cohorts if g >= BEFORE and panel.periods - g >= AFTER]
    missing = {**dict.fromkeys(("estimate", "error", "low", "high", "df"), np.nan), "lag": newey_west_lag(panel.periods), "cohorts": len(usable)}
    if not usable or (compared and not never.any()):
        return missing
    weight = np.array([(panel.start == g).sum() * (panel.periods - g) for g in usable], dtype=float)
    estimate, scores = 0.0, np.zeros(panel.periods)
    for g, share in zip(usable, weight / weight.sum(), strict=True):
        series = values[panel.start == g].mean(axis=0) - (values[never].mean(axis=0) if compared else 0.0)
        after = (time >= g).astype(float)
        columns = [np.ones(panel.periods), time, after, after * (time - g)]
        if season > 1 and panel.periods >= 4 * season:
            columns += [(time % season == place).astype(float) for place in range(1, season)]
        design = np.column_stack(columns)
        fitted = sm.OLS(series, design).fit()
        mean_effect = np.zeros(design.shape[1])
        mean_effect[2], mean_effect[3] = 1.0, (panel.periods - 1 - g) / 2
        estimate += share * float(mean_effect @ fitted.params)
        # what each period's residual adds to the error of the estimate; summed over the cohorts, which share the periods
        scores += share * (design @ np.linalg.inv(design.T @ design) @ mean_effect) * fitted.resid
    df = panel.periods - design.shape[1]
    # sums of products of the scores up to the lag, with Bartlett's weights; T / df because residuals of a fit to few periods are too small
    error = float(np.sqrt(S_hac_simple(scores[:, None], nlags=missing["lag"])[0, 0] * panel.periods / df))
    half = stats.t.ppf((1 + LEVEL) / 2, df) * error
    return missing | {"estimate": estimate, "error": error, "df": df, "low": estimate - half, "high": estimate + half}


def weigh_donors(treated: np.ndarray, donors: np.ndarray) -> np.ndarray:
    """Weights of the donors, none negative and summing to 1, whose mixture comes nearest to ``treated`` over the periods given.

    Parameters
    ----------
    treated : one value per period
    donors : a row per donor, a column per period
    """
    scale = max(float(np.abs(donors).max()), 1e-12)
    # the last row, heavy, makes the weights sum to 1
    heavy = 1e4
    design = np.vstack([donors.T / scale, np.full(len(donors), heavy)])
    found, _ = optimize.nnls(design, np.append(treated / scale, heavy))
    return found / found.sum()


def synthesise_control(panel: Panel, *, shifted: bool = True) -> dict[str, float]:
    """The mean effect against a mixture of the units where the policy never began that ran like each cohort before.

    With ``shifted`` every series is taken less its own mean before the start, so that a lasting difference of level is no misfit (Ferman and
    Pinto 2021); without it the mixture must match the level too (Abadie, Diamond and Hainmueller 2010).

    Returns
    -------
    ``estimate``; ``misfit`` (root mean square before the start); ``donors``; ``p``: the share of the series, donors treated as if
    they were a cohort included, that move at least so far relative to their misfit. With J donors p is at least 1 / (J + 1).
    """
    values, donors = panel.values.to_numpy(), panel.values.to_numpy()[panel.start == NEVER]
    if len(donors) < 2 or not panel.cohorts:
        return {"estimate": np.nan, "misfit": np.nan, "p": np.nan, "donors": len(donors)}
    weight = np.array([(panel.start == g).sum() * (panel.periods - g) for g in panel.cohorts], dtype=float)
    own = [values[panel.start == g].mean(axis=0) for g in panel.cohorts]
    estimate, misfit = _against_mixture(own, donors, panel.cohorts, weight, shifted)
    ratio, placebos = abs(estimate) / misfit, []
    if len(donors) > 2:
        for place, donor in enumerate(donors):
            moved, off = _against_mixture([donor] * len(own), np.delete(donors, place, axis=0), panel.cohorts, weight, shifted)
            placebos.append(abs(moved) / off)
    p = (1 + sum(other >= ratio - 1e-12 for other in placebos)) / (1 + len(placebos)) if placebos else np.nan
    return {"estimate": estimate, "misfit": misfit, "p": p, "donors": len(donors)}


def _against_mixture(series: list[np.ndarray], donors: np.ndarray, starts: list[int], weight: np.ndarray, shifted: bool) -> tuple[float, float]:
    """Mean gap to the mixture after the starts, and root mean square gap before them, over the cohorts."""
    gaps, misfits = [], []
    for own, g in zip(series, starts, strict=True):
        level, levels = (own[:g].mean(), donors[:, :g].mean(axis=1, keepdims=True)) if shifted else (0.0, 0.0)
        mixture = weigh_donors(own[:g] - level, donors[:, :g] - levels) @ (donors - levels)
        gap = own - level - mixture
        gaps.append(gap[g:].mean())
        misfits.append((gap[:g] ** 2).mean())
    share = weight / weight.sum()
    return float(share @ gaps), max(float(np.sqrt(share @ misfits)), 1e-12)


def infer_two_way(panel: Panel) -> dict[str, float]:
    """The two-way coefficient with the interval that all estimates here have (``infer_effect``)."""
    return infer_effect(weigh_two_way(panel), panel)


def season_of(periods: pd.DatetimeIndex) -> int:
    """How many periods a year has: 12, 4 or 1, by the median distance of the periods' ends."""
    days = float(np.median(np.diff(periods.to_numpy()).astype("timedelta64[D]").astype(float))) if len(periods) > 1 else 365.0
    return min((12, 4, 1), key=lambda count: abs(365.25 / count - days))
