"""Is a unit really different, or is it chance? Funnel limits with over-dispersion, shrinkage, false discoveries, difficulty. All pure."""

import numpy as np
import pandas as pd

#: From the surest to the least sure: outside the limits also after allowing for how many units are compared; outside alone; neither.
STATES = ("stands_out", "unusual", "within")


def measure_funnel(frame: pd.DataFrame, *, trim: float = 0.1, rate: float = 0.05) -> pd.DataFrame:
    """Each unit against all, given how much chance alone and the usual differences between units would make.

    Parameters
    ----------
    frame : one row per unit
        Reads ``value`` and ``error`` (its standard error from chance alone, same unit, > 0); a row that lacks either is not compared.
    trim : share of the z-scores that is winsorised at each end, so that those who stand out do not widen the limits that they are judged by
    rate : highest share of false discoveries among those that stand out (ratio)

    Returns
    -------
    One row per input row, same index and order
        ``centre`` (mean of all, weighted by 1 ÷ error²), ``dispersion`` (φ; 1 = chance alone), ``between`` (τ: standard deviation between units beyond
        chance), ``low_95``, ``high_95``, ``low_998``, ``high_998`` (centre ± z · √(error² + τ²)), ``z``, ``p`` (two-sided), ``q`` (Benjamini and Hochberg),
        ``state`` (one of ``STATES``; missing where not compared).

    Source
    ------
    Spiegelhalter, Funnel plots for comparing institutional performance, Statistics in Medicine, 2005; Benjamini and Hochberg, 1995.
    """
    from scipy.stats import norm
    from statsmodels.stats.multitest import multipletests

    known = frame["value"].notna() & (frame["error"] > 0)
    value, error = (frame.loc[known, name].to_numpy(dtype=float) for name in ("value", "error"))
    made = pd.DataFrame(np.nan, index=frame.index, columns=["centre", "dispersion", "between", "low_95", "high_95", "low_998", "high_998", "z", "p", "q"])
    made["state"] = pd.Series(None, index=frame.index, dtype="str")
    if len(value) < 2:
        return made
    weight = error**-2
    centre = (weight * value).sum() / weight.sum()
    dispersion, between = measure_dispersion((value - centre) / error, weight, trim=trim)
    spread = np.sqrt(error**2 + between**2)
    z = (value - centre) / spread
    p = 2 * norm.sf(np.abs(z))
    q = multipletests(p, method="fdr_bh")[1]
    limits = {name: centre + side * norm.ppf(1 - (1 - level) / 2) * spread
              for name, side, level in (("low_95", -1, 0.95), ("high_95", 1, 0.95), ("low_998", -1, 0.998), ("high_998", 1, 0.998))}
    made.loc[known, ["centre", "dispersion", "between"]] = centre, dispersion, between
    for name, column in {**limits, "z": z, "p": p, "q": q}.items():
        made.loc[known, name] = column
    made.loc[known, "state"] = np.select([q < rate, p < 0.05], STATES[:2], STATES[2])
    return made


def measure_dispersion(z: np.ndarray, weight: np.ndarray, *, trim: float = 0.1) -> tuple[float, float]:
    """Over-dispersion φ = Σz² ÷ I of winsorised z-scores, and τ = √max(0, (Iφ − (I − 1)) ÷ (Σw − Σw² ÷ Σw)), w being 1 ÷ error².

    >>> measure_dispersion(np.array([-2.0, 0.0, 2.0]), np.ones(3), trim=0.0)
    (2.6666666666666665, 1.7320508075688772)
    """
    low, high = np.quantile(z, [trim, 1 - trim])
    count = len(z)
    dispersion = float((np.clip(z, low, high) ** 2).sum() / count)
    denominator = weight.sum() - (weight**2).sum() / weight.sum()
    return dispersion, float(np.sqrt(max(0.0, (count * dispersion - (count - 1)) / denominator)))


def shrink_means(frame: pd.DataFrame, rng: np.random.Generator, *, draws: int = 4000) -> pd.DataFrame:
    """Means drawn towards the mean of all as far as they are unsure, with their intervals, and ranks as intervals.

    Parameters
    ----------
    frame : one row per unit
        Reads ``value`` and ``error`` (standard error, same unit, > 0); a row that lacks either is left out.
    rng : what draws the ranks

    Returns
    -------
    One row per input row, same index and order; missing where left out
        ``mean`` (of all, random effects), ``between`` (τ), ``own_share`` (B = τ² ÷ (τ² + error²)), ``shrunk`` (B · value + (1 − B) · mean), ``shrunk_low``,
        ``shrunk_high`` (90 %), ``rank`` (1 = highest, of ``shrunk``), ``rank_low``, ``rank_high`` (5 and 95 % of the draws, rounded outwards), ``of``.

    Source
    ------
    Efron and Morris, 1975; DerSimonian and Laird, 1986, for τ² (``statsmodels`` ``combine_effects``); rank intervals by simulation: Goldstein and
    Spiegelhalter, 1996.
    """
    from scipy.stats import norm, rankdata
    from statsmodels.stats.meta_analysis import combine_effects

    known = frame["value"].notna() & (frame["error"] > 0)
    columns = ["mean", "between", "own_share", "shrunk", "shrunk_low", "shrunk_high", "rank", "rank_low", "rank_high", "of"]
    made = pd.DataFrame(np.nan, index=frame.index, columns=columns)
    if known.sum() < 3:
        return made
    value, error = (frame.loc[known, name].to_numpy(dtype=float) for name in ("value", "error"))
    together = combine_effects(value, error**2, method_re="chi2")
    between = max(0.0, float(together.tau2))
    mean = float((value / (error**2 + between)).sum() / (1 / (error**2 + between)).sum())
    own = between / (between + error**2)
    shrunk = own * value + (1 - own) * mean
    # what is not known of the unit, and, as far as it leans on it, of the mean of all
    deviation = np.sqrt(own * error**2 + (1 - own) ** 2 / (1 / (error**2 + between)).sum())
    drawn = rankdata(-(shrunk[:, None] + deviation[:, None] * rng.standard_normal((len(value), draws))), axis=0)
    rank = rankdata(-np.round(shrunk, 9), method="min")
    half = norm.ppf(0.95) * deviation
    found = {
        "mean": mean, "between": np.sqrt(between), "own_share": own, "shrunk": shrunk, "shrunk_low": shrunk - half, "shrunk_high": shrunk + half, "rank": rank,
        "rank_low": np.minimum(np.floor(np.quantile(drawn, 0.05, axis=1)), rank), "rank_high": np.maximum(np.ceil(np.quantile(drawn, 0.95, axis=1)), rank),
        "of": len(value),
    }
    for name, column in found.items():
        made.loc[known, name] = column
    return made


def adjust_for_difficulty(frame: pd.DataFrame, *, fewest: int = 20) -> pd.DataFrame:
    """Values as they would be at average difficulty, and the slope by which they are adjusted.

    Parameters
    ----------
    frame : one row per unit
        Reads ``value``, ``error``, ``between`` (of ``measure_funnel``) and ``coefficient`` (declared difficulty, 1.0 = normal).
    fewest : units with all of these that the slope needs

    Returns
    -------
    One row per input row, same index and order; missing where there is no slope, or no coefficient
        ``adjusted`` (value − slope · (coefficient − its mean)), ``slope`` (value per 1.0 of the coefficient), ``slope_low`` and ``slope_high`` (95 %).

    Source
    ------
    Weighted least squares with weights 1 ÷ (error² + τ²): meta-regression, Thompson and Sharp, 1999.
    """
    made = pd.DataFrame(np.nan, index=frame.index, columns=["adjusted", "slope", "slope_low", "slope_high"])
    known = frame[["value", "error", "between", "coefficient"]].notna().all(axis=1)
    rows = frame[known]
    if len(rows) < fewest or rows["coefficient"].nunique() < 3:
        return made
    from statsmodels.regression.linear_model import WLS

    centred = rows["coefficient"] - rows["coefficient"].mean()
    design = np.column_stack([np.ones(len(rows)), centred])
    fitted = WLS(rows["value"].to_numpy(dtype=float), design, weights=1 / (rows["error"] ** 2 + rows["between"] ** 2).to_numpy(dtype=float)).fit()
    low, high = fitted.conf_int()[1]
    made.loc[known, "adjusted"] = rows["value"] - fitted.params[1] * centred
    made.loc[known, ["slope", "slope_low", "slope_high"]] = fitted.params[1], low, high
    return made


def limits_of_count(count: float, level: float = 0.95) -> tuple[float, float]:
    """Exact Poisson limits of the mean that a count comes from.

    >>> [round(limit, 6) for limit in limits_of_count(1)]
    [0.025318, 5.571643]
    """
    from scipy.stats import chi2

    tail = (1 - level) / 2
    return (float(chi2.ppf(tail, 2 * count) / 2) if count > 0 else 0.0), float(chi2.ppf(1 - tail, 2 * (count + 1)) / 2)


def to_angle(share: pd.Series) -> pd.Series:
    """A share (ratio) on the scale on which chance spreads all shares alike: the angle whose squared sine it is; standard error 1 ÷ (2√n)."""
    return np.arcsin(np.sqrt(share.clip(0, 1)))


def from_angle(angle: pd.Series) -> pd.Series:
    """The share (ratio) of an angle; beyond the ends 0 or 1."""
    return np.sin(angle.clip(0, np.pi / 2)) ** 2
