"""Self-evaluation against independent evaluation: how far the two agree, for whom, and what the scores would be if corrected.

The reviewed sample is rarely random. Where its drivers are known, ``weigh_reviewed`` gives every reviewed project the weight of those that it stands for; what
no column tells (a reviewer who picks what looks doubtful) cannot be weighed away, and the reports say so.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

#: Half the width of a 95 % interval of a normal variable, in standard deviations.
_Z = float(stats.norm.ppf(0.975))


def pair_scores(projects: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    """The projects of one year that have both scores; the finance bureau's evaluation goes before the department's own.

    Returns
    -------
    One row per such project, in the order of ``projects``
        ``unit``, ``project``, ``self_score``, ``review`` (points).
    """
    known = reviews.dropna(subset=["score"])
    first = known.assign(rank=known["reviewer"].ne("fiscal")).sort_values("rank", kind="stable").drop_duplicates("project").set_index("project")["score"]
    pairs = projects.assign(review=projects["project"].map(first))[["unit", "project", "self_score", "review"]]
    return pairs.dropna().reset_index(drop=True)


def measure_agreement(pairs: pd.DataFrame, *, rng: np.random.Generator, draws: int = 1000) -> pd.DataFrame:
    """Bland and Altman's comparison of two scores, and two coefficients of agreement.

    Parameters
    ----------
    pairs : one row per project with ``self_score`` and ``review`` (points), at least three.
    rng, draws : of the bootstrap that gives the coefficients' intervals.

    Returns
    -------
    One row per measure (index)
        ``value``, ``low``, ``high`` (95 % interval) of ``bias`` (mean of self − review, points), ``spread`` (standard deviation of the difference, points, without an
        interval), ``limit_low`` and ``limit_high`` (points; 95 of 100 differences lie between them), ``slope`` (of the difference on the mean of both: 0 where the
        difference is the same at every level), ``concordance`` (Lin) and ``icc`` (two-way random, absolute agreement, single rating).

    Source
    ------
    Bland and Altman 1986 and 1999 (the limits' standard errors); Lin 1989; Shrout and Fleiss 1979, form (2,1).
    """
    own, other = pairs["self_score"].to_numpy(dtype="float64"), pairs["review"].to_numpy(dtype="float64")
    difference, n = own - other, len(pairs)
    bias, spread = difference.mean(), difference.std(ddof=1)
    t = stats.t.ppf(0.975, n - 1)
    edge = t * spread * np.sqrt(1 / n + _Z**2 / (2 * (n - 1)))
    middle = (own + other) / 2
    if np.ptp(middle) > 0:
        line = stats.linregress(middle, difference)
        half = stats.t.ppf(0.975, n - 2) * line.stderr
        slope = (line.slope, line.slope - half, line.slope + half)
    else:
        slope = (np.nan,) * 3
    rows = {
        "bias": (bias, bias - t * spread / np.sqrt(n), bias + t * spread / np.sqrt(n)),
        "spread": (spread, np.nan, np.nan),
        "limit_low": (bias - _Z * spread, bias - _Z * spread - edge, bias - _Z * spread + edge),
        "limit_high": (bias + _Z * spread, bias + _Z * spread - edge, bias + _Z * spread + edge),
        "slope": slope,
    }
    again = rng.integers(0, n, (draws, n))
    for name, measure in (("concordance", measure_concordance), ("icc", lambda a, b: measure_icc(np.stack([a, b], axis=-1))["2,1"])):
        spreaded = measure(own[again], other[again])
        low, high = np.nanpercentile(spreaded, [2.5, 97.5]) if np.isfinite(spreaded).any() else (np.nan, np.nan)
        rows[name] = (float(measure(own, other)), low, high)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["value", "low", "high"])


def measure_concordance(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Lin's concordance correlation (1 where the two are equal) over the last axis, with variances divided by n; missing where nothing varies."""
    mean, mean_other = one.mean(axis=-1), other.mean(axis=-1)
    shared = ((one - mean[..., None]) * (other - mean_other[..., None])).mean(axis=-1)
    below = one.var(axis=-1) + other.var(axis=-1) + (mean - mean_other) ** 2
    return np.divide(2 * shared, below, out=np.full(np.shape(below), np.nan), where=below > 0)


def measure_icc(ratings: np.ndarray) -> Mapping[str, np.ndarray]:
    """The six intraclass correlations of Shrout and Fleiss (1979), ``"1,1"`` to ``"3,k"``, over ratings (…, subjects, raters) without gaps."""
    n, k = ratings.shape[-2:]
    grand = ratings.mean(axis=(-2, -1))
    subject, rater = ratings.mean(axis=-1) - grand[..., None], ratings.mean(axis=-2) - grand[..., None]
    between, raters = k * (subject**2).sum(-1), n * (rater**2).sum(-1)
    within = ((ratings - grand[..., None, None]) ** 2).sum((-2, -1)) - between
    bms, wms, jms, ems = between / (n - 1), within / (n * (k - 1)), raters / (k - 1), (within - raters) / ((n - 1) * (k - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "1,1": (bms - wms) / (bms + (k - 1) * wms), "2,1": (bms - ems) / (bms + (k - 1) * ems + k * (jms - ems) / n),
            "3,1": (bms - ems) / (bms + (k - 1) * ems),
            "1,k": (bms - wms) / bms, "2,k": (bms - ems) / (bms + (jms - ems) / n), "3,k": (bms - ems) / bms,
        }


def measure_kappa(counts: np.ndarray, weights: str | None) -> tuple[float, float, float]:
    """Cohen's kappa of a square table of counts with its 95 % interval; ``weights`` is ``linear``, ``quadratic`` or None. Missing where only one grade occurs."""
    from statsmodels.stats.inter_rater import cohens_kappa

    counts = np.asarray(counts, dtype="float64")
    if np.count_nonzero(counts.sum(axis=0) + counts.sum(axis=1)) < 2:
        return (np.nan,) * 3
    with warnings.catch_warnings():
        # a grade that nobody gave divides zero by zero on the way; the kappa is right
        warnings.simplefilter("ignore", RuntimeWarning)
        found = cohens_kappa(counts, wt=weights)
    if weights is None:
        return float(found.kappa), float(found.kappa_low), float(found.kappa_upp)
    half = _Z * float(found.std_kappa)
    return float(found.kappa), float(found.kappa) - half, float(found.kappa) + half


def weigh_reviewed(projects: pd.DataFrame, reviewed: pd.Series, *, most: float = 10.0) -> pd.Series:
    """How many self-evaluated projects each reviewed one stands for: 1 ÷ its chance of being reviewed.

    The chance comes from a logistic regression on what selection is said to follow: the budget (its logarithm), key areas, projects of priority.

    Parameters
    ----------
    projects : one row per self-evaluated project with ``budget`` (money), ``key_area``, ``priority``.
    reviewed : one truth value each.
    most : no weight is larger than so many times the mean one, so that no single project decides.

    Returns
    -------
    One weight per input row, same index and order; missing for what was not reviewed, and all missing where the regression has no solution.
    """
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationError, PerfectSeparationWarning

    empty = pd.Series(np.nan, index=projects.index)
    size = np.log(projects["budget"].where(projects["budget"] > 0))
    drivers = pd.DataFrame({
        "size": size.fillna(size.mean()), "key_area": projects["key_area"].notna().astype(float), "priority": projects["priority"].fillna(False).astype(float),
    })
    drivers = drivers.loc[:, drivers.nunique() > 1]
    if drivers.empty or reviewed.all() or not reviewed.any():
        return empty.where(~reviewed, 1.0) if reviewed.all() else empty
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", PerfectSeparationWarning)
            chance = sm.GLM(reviewed.astype(float), sm.add_constant(drivers), family=sm.families.Binomial()).fit().fittedvalues
    except (PerfectSeparationError, PerfectSeparationWarning, np.linalg.LinAlgError):
        return empty
    weights = (1 / chance).where(reviewed)
    return weights.clip(upper=most * weights.mean())


def weighted_bias(pairs: pd.DataFrame, weights: pd.Series) -> tuple[float, float, float]:
    """The mean of self − review that all self-evaluated projects would show, from weighted pairs, with its 95 % interval (points)."""
    difference, share = (pairs["self_score"] - pairs["review"]).to_numpy(), (weights / weights.sum()).to_numpy()
    mean = float(difference @ share)
    half = _Z * float(np.sqrt((share**2 * (difference - mean) ** 2).sum()))
    return mean, mean - half, mean + half


@dataclass(frozen=True)
class Correction:
    """What an independent evaluation would give for a self-score: ``intercept + slope · self-score``, spread by ``residual`` (standard deviation, points).

    ``covariance`` is that of intercept and slope; ``units`` has a line per unit that was reviewed (``shrink_units``); ``between`` is the standard deviation between
    units (points) and ``alike`` the probability of deviations at least as large if all units were the same (Cochran's Q); ``first`` and ``last`` are the lowest and highest self-score that was reviewed.
    """

    intercept: float
    slope: float
    covariance: np.ndarray
    residual: float
    between: float
    alike: float
    first: float
    last: float
    units: pd.DataFrame


def fit_correction(pairs: pd.DataFrame, weights: pd.Series | None = None) -> Correction:
    """Regress the review on the self-score over ``pairs`` (weighted, where ``weights`` are given), with robust errors; the units' own deviations are shrunk."""
    import statsmodels.api as sm

    exog = sm.add_constant(pairs["self_score"].to_numpy(), has_constant="add")
    weight = np.ones(len(pairs)) if weights is None else (weights / weights.mean()).to_numpy()
    fit = sm.WLS(pairs["review"].to_numpy(), exog, weights=weight).fit(cov_type="HC1")
    rest = pairs["review"].to_numpy() - fit.predict(exog)
    residual = float(np.sqrt((weight * rest**2).sum() / (weight.sum() * (1 - 2 / len(pairs)))))
    units, between, alike = shrink_units(pairs["unit"], pd.Series(rest, index=pairs.index), residual)
    return Correction(*map(float, fit.params), np.asarray(fit.cov_params()), residual, between, alike, float(pairs["self_score"].min()), float(pairs["self_score"].max()), units)


def shrink_units(units: pd.Series, rest: pd.Series, residual: float) -> tuple[pd.DataFrame, float, float]:
    """Each unit's mean deviation from the common line, drawn towards zero the more the fewer projects it rests on.

    Returns
    -------
    One row per unit (index), the standard deviation between units (points), and Cochran's p-value of no difference between them
        ``reviewed`` (count), ``deviation``, ``shrunk``, ``error`` (standard error of the shrunk deviation; points).

    Source
    ------
    τ² = max(0, (Σz² − (I − 1)) / (Σw − Σw²/Σw)) with w = 1/s², s² = residual²/n; shrunk = τ²/(τ² + s²) · deviation (DerSimonian and Laird).
    """
    frame = rest.groupby(units).agg(reviewed="size", deviation="mean")
    if not residual > 1e-9 or len(frame) < 2:
        return frame.assign(shrunk=0.0, error=0.0), 0.0, 1.0
    variance = residual**2 / frame["reviewed"]
    weight = 1 / variance
    spread, free = float((frame["deviation"] ** 2 * weight).sum()), len(frame) - 1
    between = max(0.0, (spread - free) / (weight.sum() - (weight**2).sum() / weight.sum()))
    share = between / (between + variance)
    return frame.assign(shrunk=share * frame["deviation"], error=np.sqrt(share * variance)), float(np.sqrt(between)), float(stats.chi2.sf(spread, free))


def correct_scores(
    projects: pd.DataFrame, correction: Correction, grades: Mapping[str, float], *, rng: np.random.Generator, draws: int = 1000
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What the scores would be if every self-evaluated project had been evaluated independently: simulated, so that the intervals hold all that is uncertain.

    Parameters
    ----------
    projects : one row per self-evaluated project with ``unit``, ``self_score`` and ``review`` (points, missing where not reviewed; where known it stands).
    grades : grade → points from which it is given, all grades, in any order.

    Returns
    -------
    Units and grades, each with ``corrected``, ``low``, ``high`` (95 %)
        Units, one row each and a last one (index ``""``) for all together: ``projects``, ``reviewed`` (counts), ``self_score`` (mean, points). Grades, highest first:
        ``submitted`` (count); the corrected values are counts too.
    """
    own, known = projects["self_score"].to_numpy(dtype="float64"), projects["review"].to_numpy(dtype="float64")
    codes, names = pd.factorize(projects["unit"], sort=True)
    place = correction.units["shrunk"].reindex(names).fillna(0.0).to_numpy()
    error = correction.units["error"].reindex(names).fillna(correction.between).to_numpy()
    lines = rng.multivariate_normal([correction.intercept, correction.slope], correction.covariance, draws)
    deviations = place + error * rng.standard_normal((draws, len(names)))
    drawn = lines[:, :1] + lines[:, 1:] * own + deviations[:, codes] + correction.residual * rng.standard_normal((draws, len(own)))
    drawn = np.where(np.isnan(known), np.clip(drawn, 0, 100), known)
    member = np.zeros((len(own), len(names) + 1))
    member[np.arange(len(own)), codes] = 1 / np.bincount(codes)[codes]
    member[:, -1] = 1 / len(own)
    grouped = projects.assign(reviewed=projects["review"].notna())
    units = grouped.groupby("unit").agg(projects=("self_score", "size"), reviewed=("reviewed", "sum"), self_score=("self_score", "mean"))
    units.loc[""] = [len(own), int(grouped["reviewed"].sum()), own.mean()]
    order = sorted(grades, key=grades.__getitem__)
    edges = [grades[grade] for grade in order[1:]]
    # as a score is written: a drawn 89.996 is 90.00
    counts = np.stack([(np.searchsorted(edges, np.round(drawn, 2), side="right") == at).sum(axis=1) for at in range(len(order))], axis=1)
    own_grades = np.bincount(np.searchsorted(edges, own, side="right"), minlength=len(order))
    by_grade = pd.DataFrame({"submitted": own_grades}, index=order)
    return _with_interval(units, drawn @ member), _with_interval(by_grade, counts).iloc[::-1]


def _with_interval(frame: pd.DataFrame, drawn: np.ndarray) -> pd.DataFrame:
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    return frame.assign(corrected=drawn.mean(axis=0), low=low, high=high)
