"""Is a unit really different, or is it chance? Funnel limits with over-dispersion, shrinkage, false discoveries, difficulty. All pure."""

import warnings

import numpy as np
import pandas as pd

#: From the surest to the least sure: outside the limits also after allowing for how many units are compared; outside alone; neither.
STATES = ("stands_out", "unusual", "within")
#: Of those that stand out, at most this share does so by chance alone (ratio).
FALSE_DISCOVERIES = 0.05


def measure_funnel(frame: pd.DataFrame, *, trim: float = 0.1, rate: float = FALSE_DISCOVERIES) -> pd.DataFrame:
    """Each unit's mean or rate against all, given how much chance alone and the usual differences between units would make.

    Parameters
    ----------
    frame : one row per unit
        Reads ``value``, ``error`` (its standard error from chance alone, same unit, > 0) and, where there is one, ``shift`` (by how much it is expected to
        differ, same unit); a row that lacks one is not compared.
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
    shift = frame["shift"] if "shift" in frame else pd.Series(0.0, index=frame.index)
    known = frame["value"].notna() & (frame["error"] > 0) & shift.notna()
    value, error = (frame["value"] - shift)[known].to_numpy(dtype=float), frame.loc[known, "error"].to_numpy(dtype=float)
    if len(value) < 2:
        return _judge(frame.index, known, 0.0, np.array([]), np.array([]), lambda z, side: z, trim, rate)
    centre = (value / error**2).sum() / (1 / error**2).sum()
    return _judge(frame.index, known, centre, (value - centre) / error, error, lambda z, side: centre + side * z * error, trim, rate)


def measure_share_funnel(frame: pd.DataFrame, *, trim: float = 0.1, rate: float = FALSE_DISCOVERIES) -> pd.DataFrame:
    """As ``measure_funnel``, for shares of a count: what chance alone does to them is reckoned exactly, since 7 of 7 is no rarity where 87 % is usual.

    Parameters
    ----------
    frame : one row per unit
        Reads ``met`` and ``of`` (counts) and, where there is one, ``shift`` (by how much the share is expected to differ); a row without any is not compared.

    Returns
    -------
    As ``measure_funnel``: ``centre`` is the share of all together, a z-score is the normal one of the binomial mid-p, and a limit is where that would lie.
    """
    from scipy.stats import binom, norm

    shift = frame["shift"] if "shift" in frame else pd.Series(0.0, index=frame.index)
    known = (frame["of"] > 0) & shift.notna()
    met, of = (frame.loc[known, name].to_numpy(dtype=float) for name in ("met", "of"))
    centre = met.sum() / of.sum() if len(of) else 0.0
    if len(of) < 2 or not 0 < centre < 1:
        return _judge(frame.index, known & False, 0.0, np.array([]), np.array([]), lambda z, side: z, trim, rate)

    def score(count, whole):
        half = binom.pmf(count, whole, centre) / 2
        below, above = binom.cdf(count, whole, centre) - half, binom.sf(count, whole, centre) + half
        # the smaller tail is the one that is known exactly
        return np.where(below < above, norm.ppf(np.maximum(binom.cdf(count - 1, whole, centre) + half, 1e-300)), -norm.ppf(np.maximum(above, 1e-300)))

    # the score of every count that a unit of each size could have, all at once
    sizes = np.unique(of).astype(int)
    whole = np.repeat(sizes, sizes + 1)
    count = np.concatenate([np.arange(size + 1) for size in sizes])
    scores = dict(zip(sizes, np.split(score(count, whole), np.cumsum(sizes + 1)[:-1]), strict=True))

    def limit(z, side):
        return np.array([np.interp(side * reach, scores[int(size)], np.arange(size + 1) / size) for reach, size in zip(z, of, strict=True)])

    error = np.sqrt(centre * (1 - centre) / of)
    return _judge(frame.index, known, centre, score(met, of) - shift[known].to_numpy() / error, error, limit, trim, rate)


def _judge(index: pd.Index, known: pd.Series, centre: float, z: np.ndarray, error: np.ndarray, limit, trim: float, rate: float) -> pd.DataFrame:
    """From z-scores of chance alone to the frame of ``measure_funnel``; ``limit(z, side)`` is the value at so many of a unit's own standard errors."""
    from scipy.stats import norm
    from statsmodels.stats.multitest import multipletests

    made = pd.DataFrame(np.nan, index=index, columns=["centre", "dispersion", "between", "low_95", "high_95", "low_998", "high_998", "z", "p", "q"])
    made["state"] = pd.Series(None, index=index, dtype="str")
    if len(z) < 2:
        return made
    dispersion, between = measure_dispersion(z, error**-2, trim=trim)
    stretch = np.sqrt(1 + (between / error) ** 2)
    p = 2 * norm.sf(np.abs(z / stretch))
    q = multipletests(p, method="fdr_bh")[1]
    made.loc[known, ["centre", "dispersion", "between"]] = centre, dispersion, between
    for name, side, level in (("low_95", -1, 0.95), ("high_95", 1, 0.95), ("low_998", -1, 0.998), ("high_998", 1, 0.998)):
        made.loc[known, name] = limit(norm.ppf(1 - (1 - level) / 2) * stretch, side)
    for name, column in (("z", z / stretch), ("p", p), ("q", q)):
        made.loc[known, name] = column
    made.loc[known, "state"] = np.select([q < rate, p < 0.05], STATES[:2], STATES[2])
    return made


def measure_dispersion(z: np.ndarray, weight: np.ndarray, *, trim: float = 0.1) -> tuple[float, float]:
    """Over-dispersion φ = Σz² ÷ I of winsorised z-scores, and τ = √max(0, (Iφ − (I − 1)) ÷ (Σw − Σw² ÷ Σw)), w being 1 ÷ error².

    Winsorising takes from chance too: of normal z-scores a tenth of which is cut at each end, Σz² keeps 68 %. φ is divided by that, for else τ would
    be too small and every third city in which nobody differs would name somebody.

    >>> measure_dispersion(np.array([-2.0, 0.0, 2.0]), np.ones(3), trim=0.0)
    (2.6666666666666665, 1.7320508075688772)
    """
    from scipy.stats import norm

    low, high = np.quantile(z, [trim, 1 - trim])
    count, cut = len(z), norm.ppf(1 - trim)
    kept = 1 - 2 * trim - 2 * cut * norm.pdf(cut) + 2 * trim * cut**2 if trim > 0 else 1.0
    dispersion = float((np.clip(z, low, high) ** 2).sum() / count / kept)
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
    with warnings.catch_warnings():
        # where chance explains all, its standard error of a negative τ² is the root of a negative number
        warnings.simplefilter("ignore", RuntimeWarning)
        between = max(0.0, float(combine_effects(value, error**2, method_re="chi2").tau2))
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
    """By how much each value is expected to differ for its difficulty, and the slope that says so.

    Parameters
    ----------
    frame : one row per unit
        Reads ``value``, ``error``, ``between`` (of ``measure_funnel``) and ``coefficient`` (declared difficulty, 1.0 = normal).
    fewest : units with all of these that the slope needs

    Returns
    -------
    One row per input row, same index and order; missing where there is no slope, or no coefficient
        ``shift`` (slope · (coefficient − its mean)), ``slope`` (value per 1.0 of the coefficient), ``slope_low`` and ``slope_high`` (95 %).

    Source
    ------
    Weighted least squares with weights 1 ÷ (error² + τ²): meta-regression, Thompson and Sharp, 1999.
    """
    made = pd.DataFrame(np.nan, index=frame.index, columns=["shift", "slope", "slope_low", "slope_high"])
    known = frame[["value", "error", "between", "coefficient"]].notna().all(axis=1)
    rows = frame[known]
    if len(rows) < fewest or rows["coefficient"].nunique() < 3:
        return made
    from statsmodels.regression.linear_model import WLS

    centred = rows["coefficient"] - rows["coefficient"].mean()
    design = np.column_stack([np.ones(len(rows)), centred])
    fitted = WLS(rows["value"].to_numpy(dtype=float), design, weights=1 / (rows["error"] ** 2 + rows["between"] ** 2).to_numpy(dtype=float)).fit()
    low, high = fitted.conf_int()[1]
    made.loc[known, "shift"] = fitted.params[1] * centred
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
