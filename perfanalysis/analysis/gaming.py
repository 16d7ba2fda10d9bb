"""Signs that deserve a look: results that come too neatly. None of them proves anything; each is tested against what the other units show.

Every sign is a share (of scores, indicators, projects). A unit's share is tested one-sidedly against that of all other units; indicators of one project go together, so
the counts are divided by the design effect that the other units show, and all tests of a report are held together to one rate of false discoveries.
"""

import numpy as np
import pandas as pd
from scipy import sparse, stats

#: The signs in the order in which they are shown: sign → what is counted.
SIGNS = {"just_above": "scores", "easy": "indicators", "exact": "indicators", "round": "indicators", "below_last_year": "indicators", "near_copies": "projects", "weights": "groups"}


def mark_scores(projects: pd.DataFrame, thresholds: tuple[float, ...], *, width: float) -> pd.DataFrame:
    """Submitted scores just above a grade threshold: one row per project with a score, ``unit``, ``project``, ``sign``, ``hit`` (flag)."""
    known = projects[projects["submitted"].notna()]
    score = known["submitted"].round(2)
    hit = pd.concat([(score >= at) & (score < at + width) for at in thresholds], axis=1).any(axis=1)
    return _marked(known, "just_above", hit)


def mark_indicators(indicators: pd.DataFrame, before: pd.DataFrame, *, easy_from: float) -> pd.DataFrame:
    """What can be marked on an indicator of its own.

    Parameters
    ----------
    indicators : one row per indicator of the year, scored: ``unit``, ``project``, ``indicator``, ``nature``, ``direction``, ``measure``, ``target``, ``actual``, ``attainment``
    before : the year before: ``project``, ``indicator``, ``measure``, ``actual``

    Returns
    -------
    One row per indicator × sign that can be judged on it: ``unit``, ``project``, ``sign``, ``hit``
        ``easy`` (attained at least ``easy_from`` times the target), ``exact`` (the actual value is the target), ``round`` (of actual values from 100 on that are not the
        target, those that are a multiple of ten), ``below_last_year`` (the target asks for less than was achieved the year before).
    """
    known = indicators[indicators["target"].notna() & indicators["actual"].notna() & indicators["attainment"].notna()].reset_index(drop=True)
    same = np.isclose(known["actual"], known["target"], rtol=1e-9, atol=0)
    large = known[~same & (known["actual"] >= 100) & known["measure"].ne("%")]
    last = before.dropna(subset=["actual"]).rename(columns={"actual": "actual_before"})
    paired = known.merge(last[["project", "indicator", "measure", "actual_before"]], on=["project", "indicator", "measure"])
    paired = paired[paired["direction"].isin([">=", "<="])]
    less = np.where(paired["direction"] == ">=", paired["target"] < paired["actual_before"] * (1 - 1e-9), paired["target"] > paired["actual_before"] * (1 + 1e-9))
    return pd.concat([
        _marked(known, "easy", known["attainment"].round(9) >= easy_from), _marked(known, "exact", same),
        _marked(large, "round", np.isclose(large["actual"] % 10, 0)), _marked(paired, "below_last_year", less),
    ], ignore_index=True)


def find_near_copies(indicators: pd.DataFrame, *, alike_from: float, least: int = 3) -> pd.DataFrame:
    """Projects whose set of indicators and targets is nearly that of another project, of whatever unit.

    Parameters
    ----------
    indicators : one row per indicator of one year: ``unit``, ``project``, ``level3``, ``target``, ``target_text``
    alike_from : lines that two sets share ÷ lines that either has, from which on they are nearly the same (ratio). Sets of fewer than ``least`` lines are left out.

    Returns
    -------
    One row per project with at least ``least`` lines
        ``unit``, ``project``, ``sign``, ``hit``, ``other`` (the most similar project; missing where none is alike), ``alike`` (ratio).
    """
    target = indicators["target"].round(6).astype("str").where(indicators["target"].notna(), indicators["target_text"].fillna("").astype("str"))
    lines = pd.DataFrame({"unit": indicators["unit"], "project": indicators["project"], "line": indicators["level3"].fillna("").astype("str") + "→" + target}).drop_duplicates()
    lines = lines[lines.groupby("project")["line"].transform("size") >= least]
    if lines.empty:
        return pd.DataFrame({"unit": [], "project": [], "sign": [], "hit": [], "other": [], "alike": []})
    codes, names = pd.factorize(lines["project"], sort=True)
    has = sparse.csr_matrix((np.ones(len(lines)), (codes, pd.factorize(lines["line"])[0])))
    size = np.asarray(has.sum(axis=1)).ravel()
    shared = (has @ has.T).tocoo()
    alike = np.where(shared.row == shared.col, 0, shared.data / (size[shared.row] + size[shared.col] - shared.data))
    best = pd.DataFrame({"row": shared.row, "col": shared.col, "alike": alike}).sort_values(["row", "alike", "col"], ascending=[True, False, True]).drop_duplicates("row")
    units = lines.drop_duplicates("project").set_index("project")["unit"]
    found = pd.DataFrame({"unit": units.reindex(names).to_numpy(), "project": names, "sign": "near_copies", "hit": best["alike"].to_numpy() >= alike_from - 1e-9,
                          "other": names[best["col"].to_numpy()], "alike": best["alike"].to_numpy()})
    return found.assign(other=found["other"].where(found["hit"]))


def measure_weights(indicators: pd.DataFrame) -> pd.DataFrame:
    """Is more weight on what was achieved? Each group is a project's indicators of one level 1, with weights and achievement that differ.

    If weights had nothing to do with results, every order of the weights would be as likely: the sum of (weight − mean) · (achieved − mean) would be 0 on average, with
    the variance Σ(weight − mean)² · Σ(achieved − mean)² / (n − 1).

    Returns
    -------
    One row per group
        ``unit``, ``project``, ``sign``, ``hit`` (the sum is above 0), ``gain`` (that sum, points), ``variance``.
    """
    known = indicators[(indicators["weight"] > 0) & indicators["points"].notna()].assign(achieved=lambda frame: frame["points"] / frame["weight"])
    groups = known.groupby(["unit", "project", "level1"])
    w, a = known["weight"] - groups["weight"].transform("mean"), known["achieved"] - groups["achieved"].transform("mean")
    sums = known.assign(gain=w * a, w2=w**2, a2=a**2).groupby(["unit", "project", "level1"]).agg(gain=("gain", "sum"), w2=("w2", "sum"), a2=("a2", "sum"), n=("gain", "size")).reset_index()
    sums = sums[(sums["n"] > 1) & (sums["w2"] > 1e-9) & (sums["a2"] > 1e-9)]
    return pd.DataFrame({"unit": sums["unit"], "project": sums["project"], "sign": "weights", "hit": sums["gain"] > 0, "gain": sums["gain"],
                         "variance": sums["w2"] * sums["a2"] / (sums["n"] - 1)}).reset_index(drop=True)


def compare_signs(marked: pd.DataFrame, weights: pd.DataFrame, *, least: int) -> pd.DataFrame:
    """Every unit's share of every sign against that of all other units.

    Parameters
    ----------
    marked : rows of the ``mark_`` functions and ``find_near_copies``. weights : rows of ``measure_weights``.
    least : a unit with fewer cases of a sign is not tested on it.

    Returns
    -------
    One row per unit × sign that it has cases of, in the order of ``SIGNS``
        ``unit``, ``sign``, ``hits``, ``tested`` (counts), ``share``, ``others`` (ratios), ``p`` (one-sided; missing where too few), ``q`` (the rate of false discoveries among
        all that are at least as unlikely; Benjamini and Hochberg over all rows with a p).
    """
    from statsmodels.stats.multitest import multipletests

    by_project = marked.assign(hit=marked["hit"].astype("float64")).groupby(["unit", "sign", "project"])["hit"].agg(hits="sum", tested="size").reset_index()
    by_project = by_project.assign(squares=by_project["hits"] ** 2 / by_project["tested"], projects=1.0)
    own = by_project.groupby(["unit", "sign"])[["hits", "tested", "squares", "projects"]].sum().reset_index()
    rest = own.groupby("sign")[["hits", "tested", "squares", "projects"]].transform("sum") - own[["hits", "tested", "squares", "projects"]]
    found = own[["unit", "sign", "hits", "tested"]].assign(share=own["hits"] / own["tested"], others=rest["hits"] / rest["tested"].where(rest["tested"] > 0))
    found["p"] = _test_shares(own, rest).where((own["tested"] >= least) & (rest["projects"] > 0))
    if len(weights):
        groups = weights.assign(hits=weights["hit"].astype("float64"), tested=1.0).groupby("unit")[["hits", "tested", "gain", "variance"]].sum()
        other = groups.sum() - groups
        z = groups["gain"] / np.sqrt(groups["variance"])
        found = pd.concat([found, pd.DataFrame({
            "unit": groups.index, "sign": "weights", "hits": groups["hits"], "tested": groups["tested"], "share": groups["hits"] / groups["tested"],
            "others": other["hits"] / other["tested"].where(other["tested"] > 0), "p": pd.Series(stats.norm.sf(z), index=z.index).where(groups["tested"] >= least),
        })], ignore_index=True)
    found = found.astype({"hits": "int64", "tested": "int64"})
    found["q"] = np.nan
    known = found["p"].notna()
    if known.any():
        found.loc[known, "q"] = multipletests(found.loc[known, "p"], method="fdr_bh")[1]
    order = {sign: place for place, sign in enumerate(SIGNS)}
    return found.sort_values(["unit", "sign"], key=lambda column: column.map(order) if column.name == "sign" else column, ignore_index=True)


def _test_shares(own: pd.DataFrame, rest: pd.DataFrame) -> pd.Series:
    """P(a share at least as large) for a binomial count, both counts divided by the design effect of the other units' projects.

    Both frames hold sums over projects: ``hits``, ``tested``, ``squares`` (hits² ÷ tested), ``projects``; Pearson's statistic of the others is the sum of
    (hits − tested · share)² ÷ (tested · share · (1 − share)).
    """
    share = (rest["hits"] + 0.5) / (rest["tested"] + 1)
    pearson = (rest["squares"] - 2 * share * rest["hits"] + share**2 * rest["tested"]) / (share * (1 - share))
    spread, size, own_size = pearson / (rest["projects"] - 1).clip(lower=1), rest["tested"] / rest["projects"].clip(lower=1), own["tested"] / own["projects"]
    within = ((spread - 1) / (size - 1).where(size > 1)).clip(0, 1).fillna(0.0)
    effect = 1 + (own_size - 1).clip(lower=0) * within
    k, n = own["hits"] / effect, own["tested"] / effect
    return pd.Series(stats.beta.cdf(share, k.where(k > 0, 1.0), n - k + 1), index=own.index).where(k > 0, 1.0)


def measure_threshold(scores: pd.Series, threshold: float, *, width: float, reach: int = 8, least: int = 10, rng: np.random.Generator, draws: int = 500) -> dict[str, float]:
    """Are there more scores just above a grade threshold than the scores around it let expect?

    A Poisson regression (quadratic) through the counts in bins of ``width``, ``reach`` on either side, leaving out the two bins at the threshold, says how the two would
    share their scores; a binomial test compares. The excess is what stands above beyond that; its 95 % interval comes from a bootstrap of the scores.

    Returns
    -------
    ``above``, ``below`` (counts), ``expected`` (count above), ``excess``, ``low``, ``high`` (counts), ``p`` (one-sided); only the two counts where they are fewer than ``least``
    together or fewer than four other bins hold scores.

    Source
    ------
    The idea of McCrary (2008) and Chetty et al. (2011), for scores that are discrete and end at 100.
    """
    known = scores.dropna().round(2).to_numpy()
    bins = np.arange(-reach, reach)
    bins = bins[(threshold + bins * width) < 100 - 1e-9]

    def count(values: np.ndarray) -> np.ndarray:
        place = np.floor(np.round((values - threshold) / width, 9)).astype(int)
        # exactly 100 belongs to the last bin below it
        place[values >= 100 - 1e-9] = bins[-1] if threshold + (bins[-1] + 1) * width >= 100 - 1e-9 else 10**6
        return np.array([(place == at).sum() for at in bins], dtype="float64")

    counts = count(known)
    above, below = counts[bins == 0].sum(), counts[bins == -1].sum()
    found = {"above": int(above), "below": int(below)}
    side = (bins != 0) & (bins != -1)
    if above + below < least or (counts[side] > 0).sum() < 4:
        return found
    share = _expected_share(bins, counts, side)
    expected = share * (above + below)
    drawn = []
    for _ in range(draws):
        again = count(rng.choice(known, len(known)))
        drawn.append(again[bins == 0].sum() - _expected_share(bins, again, side) * (again[bins == 0].sum() + again[bins == -1].sum()))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return found | {"expected": expected, "excess": above - expected, "low": low, "high": high, "p": float(stats.binom.sf(above - 1, above + below, share))}


def _expected_share(bins: np.ndarray, counts: np.ndarray, side: np.ndarray) -> float:
    """The share of the upper of the two bins at the threshold: a quadratic through the log counts around them, each weighted by its count (plus a half, so that none is lost)."""
    x, y = bins[side].astype("float64"), counts[side] + 0.5
    curve = np.polyfit(x, np.log(y), 2, w=np.sqrt(y))
    upper, lower = np.exp(np.clip(np.polyval(curve, [0.0, -1.0]), -30, 30))
    return float(upper / (upper + lower))


def measure_ratchet(lines: pd.DataFrame) -> pd.DataFrame:
    """How next year's target follows this year's result: once for what was above its target, once for what fell short.

    Parameters
    ----------
    lines : one row per indicator that has a target in two years running: ``project``, ``target`` and ``actual`` of the first, ``next_target``; the larger the better, all
        above zero.

    Returns
    -------
    Two rows (index ``over``, ``under``)
        ``value`` (change of the logarithm of the target per unit of the logarithm of actual ÷ target: 1 = the target moves as far as the result did), ``low``, ``high`` (95 %,
        errors clustered by project), ``cases`` (count). A ratchet raises targets after success (over near 1) and does not lower them after failure (under near 0).
    """
    import statsmodels.api as sm

    result, change = np.log(lines["actual"] / lines["target"]), np.log(lines["next_target"] / lines["target"])
    sides = pd.DataFrame({"over": result.clip(lower=0), "under": result.clip(upper=0)})
    cases = (sides != 0).sum()
    use = [name for name in sides if cases[name] >= 2]
    found = pd.DataFrame({"value": np.nan, "low": np.nan, "high": np.nan, "cases": cases})
    if use:
        fit = sm.OLS(change, sm.add_constant(sides[use])).fit(cov_type="cluster", cov_kwds={"groups": pd.factorize(lines["project"])[0]})
        limits = fit.conf_int()
        for name in use:
            found.loc[name, ["value", "low", "high"]] = [fit.params[name], *limits.loc[name]]
    return found


def measure_benford(amounts: pd.Series) -> tuple[pd.DataFrame, float, float]:
    """First digits of payments against Benford's law; meant for many amounts over several orders of magnitude, not for budgets, scores or percentages.

    Returns
    -------
    One row per digit 1–9 (index) with ``found`` (count), ``share``, ``expected`` (ratios); the p-value of a chi-squared test; the mean absolute deviation of the shares
    """
    known = amounts[amounts > 0].to_numpy(dtype="float64")
    digits = np.floor(known / 10 ** np.floor(np.log10(known) + 1e-12)).astype(int).clip(1, 9)
    expected = np.log10(1 + 1 / np.arange(1, 10))
    found = np.bincount(digits, minlength=10)[1:10]
    share = found / max(1, len(known))
    frame = pd.DataFrame({"found": found, "share": share, "expected": expected}, index=range(1, 10))
    p = float(stats.chisquare(found, expected * len(known)).pvalue) if len(known) else np.nan
    return frame, p, float(np.abs(share - expected).mean())


def _marked(rows: pd.DataFrame, sign: str, hit) -> pd.DataFrame:
    return pd.DataFrame({"unit": rows["unit"].to_numpy(), "project": rows["project"].to_numpy(), "sign": sign, "hit": np.asarray(hit, dtype=bool)})
