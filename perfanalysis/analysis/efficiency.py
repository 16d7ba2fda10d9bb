"""How much less input would do, judged by what comparable units make of theirs: data envelopment analysis with bootstrap intervals. All pure."""

import numpy as np
import pandas as pd

#: Returns to scale: what a unit of another size could do says nothing, or everything, of this one.
RETURNS = ("variable", "constant")


def enough_units(units: int, inputs: int, outputs: int) -> bool:
    """Can so many units bear so many variables? n ≥ max(m·s, 3(m + s)): with fewer, nearly every unit is its own measure.

    >>> enough_units(16, 1, 2), enough_units(8, 1, 2)
    (True, False)
    """
    return units >= max(inputs * outputs, 3 * (inputs + outputs))


def measure_efficiency(inputs: pd.DataFrame, outputs: pd.DataFrame, *, returns: str = "variable", reference: pd.DataFrame | None = None) -> pd.Series:
    """The share of its inputs with which a unit's outputs could be made, as the best of the units do it.

    Parameters
    ----------
    inputs, outputs : one row per unit (same index), a column for each; all above 0
    returns : ``variable`` (compared with mixtures of units of about its size: Banker, Charnes and Cooper) or ``constant`` (Charnes, Cooper and Rhodes)
    reference : the inputs of the units compared with, if not their own (for the bootstrap)

    Returns
    -------
    Efficiency by unit (ratio; 1.0 = nobody does it with less), same index

    Source
    ------
    Charnes, Cooper and Rhodes, 1978; Banker, Charnes and Cooper, 1984; solved as one linear programme (HiGHS) with a block for each unit.
    """
    from scipy.optimize import linprog
    from scipy.sparse import block_diag, csr_matrix

    if returns not in RETURNS:
        raise ValueError(f"returns {returns!r} is not one of {', '.join(RETURNS)}")
    # what counts is proportion: in units of their mean no column drowns another
    scale = inputs.to_numpy(dtype=float).mean(axis=0)
    own, made = inputs.to_numpy(dtype=float) / scale, outputs.to_numpy(dtype=float) / outputs.to_numpy(dtype=float).mean(axis=0)
    others = own if reference is None else reference.to_numpy(dtype=float) / scale
    many = len(own)
    # for each unit: its efficiency and the weights of the others; what the mixture uses is no more than that share, what it makes is no less
    blocks = [np.vstack([np.column_stack([-own[unit], others.T]), np.column_stack([np.zeros(made.shape[1]), -made.T])]) for unit in range(many)]
    bounds = np.concatenate([np.concatenate([np.zeros(own.shape[1]), -made[unit]]) for unit in range(many)])
    cost = np.tile(np.concatenate([[1.0], np.zeros(many)]), many)
    sums = {}
    if returns == "variable":
        sums = {"A_eq": block_diag([csr_matrix(np.concatenate([[0.0], np.ones(many)]))] * many, format="csr"), "b_eq": np.ones(many)}
    solved = linprog(cost, A_ub=block_diag([csr_matrix(block) for block in blocks], format="csr"), b_ub=bounds, method="highs", **sums)
    if solved.status != 0:
        raise ValueError(f"the linear programme of efficiencies has no solution: {solved.message}")
    return pd.Series(np.asarray(solved.x)[:: many + 1], index=inputs.index, name="efficiency")


def bootstrap_efficiency(
    inputs: pd.DataFrame, outputs: pd.DataFrame, rng: np.random.Generator, *, returns: str = "variable", draws: int = 300
) -> pd.DataFrame:
    """Efficiencies with what chance adds to them: the best of few units are not the best that could be, so that efficiencies come out too high.

    Parameters
    ----------
    inputs, outputs, returns : as for ``measure_efficiency``
    rng : what draws the samples

    Returns
    -------
    One row per unit, same index
        ``efficiency`` (as measured), ``corrected`` (less its bootstrapped bias), ``low`` and ``high`` (95 % interval); ratios.

    Source
    ------
    Simar and Wilson, Sensitivity analysis of efficiency scores: how to bootstrap in nonparametric frontier models, Management Science, 1998: smoothed
    and reflected at 1.
    """
    measured = measure_efficiency(inputs, outputs, returns=returns)
    value = np.clip(measured.to_numpy(), 1e-6, 1.0)
    # the normal reference rule on the sample reflected at 1, without the ones that only say that a unit is its own measure
    inner = value[value < 1 - 1e-9]
    reflected = np.concatenate([inner, 2 - inner])
    width = 0.0
    if len(inner) > 1:
        quarter, three = np.quantile(reflected, [0.25, 0.75])
        deviation, size = reflected.std(ddof=1), len(reflected)
        width = 1.06 * min(deviation, (three - quarter) / 1.349) * size**-0.2 * (size / len(value)) ** 0.2 * value.std(ddof=1) / deviation
    again = np.empty((draws, len(value)))
    for draw in range(draws):
        picked = rng.choice(value, len(value))
        moved = picked + width * rng.standard_normal(len(value))
        moved = np.where(moved > 1, 2 - moved, moved)
        # smoothing widens the spread: it is drawn back to that of the sample
        moved = picked.mean() + (moved - picked.mean()) / np.sqrt(1 + width**2 / max(value.var(), 1e-12))
        shrunk = inputs.mul(value / np.clip(moved, 1e-3, 1.0), axis=0)
        again[draw] = measure_efficiency(inputs, outputs, returns=returns, reference=shrunk)
    bias = again.mean(axis=0) - value
    low, high = np.quantile(again - value, [0.975, 0.025], axis=0)
    return pd.DataFrame({"efficiency": measured, "corrected": value - bias, "low": np.clip(value - low, 0, 1), "high": np.clip(value - high, 0, 1)}, index=inputs.index)
