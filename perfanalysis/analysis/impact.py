"""Did a policy work: difference-in-differences with staggered starts, after Callaway and Sant'Anna (2021), on a panel of few units.

Every estimate here is a sum of the panel's values with fixed weights, the same for all units that began together. So one
inference serves them all: the spread of the weighted sums within each group of units gives the standard error, and Welch and
Satterthwaite's degrees of freedom take into account that a group is only a handful. No covariates; nothing is drawn at random
but the permutations, whose generator is passed in.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

#: The place of the start of a unit where the policy never began.
NEVER = np.iinfo(np.int64).max
LEVEL = 0.95
#: Which units a cohort is compared with: those where it never begins, or all where it has not begun by then.
CONTROLS = ("never", "not_yet")


@dataclass(frozen=True)
class Panel:
    """One measure of a panel, ready to be estimated on: no gaps, every unit seen before its start.

    ``values`` has a row per unit and a column per period; ``start`` is the place (0, 1, …) of each unit's first period under the policy,
    ``NEVER`` where it does not begin; ``left_out`` names the units that could not be used (``unit``, ``reason``: gaps, always).
    """

    values: pd.DataFrame = field(repr=False)
    start: np.ndarray
    left_out: pd.DataFrame = field(repr=False)

    @property
    def cohorts(self) -> list[int]:
        """The places at which the policy began somewhere, ascending."""
        return sorted({int(place) for place in self.start if place != NEVER})

    @property
    def periods(self) -> int:
        return self.values.shape[1]


def arrange_panel(panel: pd.DataFrame, measure: str) -> Panel:
    """One measure of the table ``panel`` as a matrix.

    A unit with a missing value or without a period before its start is left out and named. The policy begins in the first period that
    ends on or after ``treated_from``; where that lies after the last period it has not begun.

    Parameters
    ----------
    panel : one row per unit × period × measure, with ``value`` and ``treated_from`` (date; missing: never)
    """
    rows = panel[panel["measure"] == measure]
    wide = rows.pivot(index="unit", columns="period", values="value").sort_index().sort_index(axis=1)
    began = rows.groupby("unit")["treated_from"].min().reindex(wide.index)
    place = wide.columns.searchsorted(pd.DatetimeIndex(began.fillna(pd.Timestamp.max.normalize())))
    start = np.where(place >= wide.shape[1], NEVER, place).astype("int64")
    reason = np.where(wide.isna().any(axis=1), "gaps", np.where(start == 0, "always", ""))
    left_out = pd.DataFrame({"unit": wide.index[reason != ""], "reason": reason[reason != ""]})
    return Panel(wide[reason == ""].astype("float64"), start[reason == ""], left_out)


def infer_effect(weights: np.ndarray, panel: Panel) -> dict[str, float]:
    """The estimate Σ weight × value with its standard error and 95 % interval.

    The error comes from the spread between units that began together: Σ nₘ·s²ₘ over the groups m, with n − 1 in each s². A group of one
    unit has no spread, so then there is an estimate but no interval.

    Returns
    -------
    ``estimate``, ``error``, ``df``, ``low``, ``high`` (NaN where it cannot be known)
    """
    sums = (weights * panel.values.to_numpy()).sum(axis=1)
    estimate, parts, sizes = float(sums.sum()), [], []
    for group in np.unique(panel.start):
        of_group = panel.start == group
        if np.any(weights[of_group]):
            parts.append(of_group.sum() * sums[of_group].var(ddof=1) if of_group.sum() > 1 else np.nan)
            sizes.append(of_group.sum())
    parts, sizes = np.array(parts), np.array(sizes)
    error = float(np.sqrt(parts.sum()))
    if not error > 0:
        return {"estimate": estimate, "error": np.nan, "df": np.nan, "low": np.nan, "high": np.nan}
    df = float(parts.sum() ** 2 / (parts**2 / (sizes - 1)).sum())
    half = stats.t.ppf((1 + LEVEL) / 2, df) * error
    return {"estimate": estimate, "error": error, "df": df, "low": estimate - half, "high": estimate + half}


def weigh_effects(panel: Panel, control: str = "never") -> dict[tuple[int, int], np.ndarray]:
    """(start, period) → the weights whose sum is ATT(start, period), for every period but the last before the start, which is the base.

    ATT(g, t) is how much more the units that began at g changed from g − 1 to t than the units they are compared with. Pairs
    without a unit to compare with are left out.

    Source
    ------
    Callaway, Sant'Anna (2021), Difference-in-differences with multiple time periods, Journal of Econometrics 225, eq. 2.8 and 2.9
    """
    if control not in CONTROLS:
        raise ValueError(f"control {control!r} is not one of {', '.join(CONTROLS)}")
    start, found = panel.start, {}
    for g in panel.cohorts:
        treated = start == g
        for t in range(panel.periods):
            compared = start == NEVER if control == "never" else (start > max(t, g - 1)) & ~treated
            if t == g - 1 or not compared.any():
                continue
            units = treated / treated.sum() - compared / compared.sum()
            weights = np.zeros((len(start), panel.periods))
            weights[:, t], weights[:, g - 1] = units, -units
            found[g, t] = weights
    return found


def average_effects(effects: dict[tuple[int, int], np.ndarray], panel: Panel, *, starts: list[int] | None = None, since: int | None = None) -> np.ndarray | None:
    """The weights of the mean effect over all units and periods under the policy, each counting once; None where there are none.

    With ``starts`` only over the units that began then; with ``since`` only that many periods after the start (negative: before it).
    """
    chosen = [(g, t) for g, t in effects if (starts is None or g in starts) and (t >= g if since is None else t - g == since)]
    if not chosen:
        return None
    sizes = np.array([(panel.start == g).sum() for g, _ in chosen], dtype=float)
    return sum(size / sizes.sum() * effects[pair] for size, pair in zip(sizes, chosen, strict=True))


def estimate_att(panel: Panel, control: str = "never") -> pd.DataFrame:
    """Every ATT(g, t): one row per start × period with ``start`` and ``period`` (dates), ``since`` (periods after the start), ``units``, and the estimate."""
    dates = panel.values.columns
    return pd.DataFrame([
        {"start": dates[g], "period": dates[t], "since": t - g, "units": int((panel.start == g).sum()), **infer_effect(weights, panel)}
        for (g, t), weights in weigh_effects(panel, control).items()])


def study_events(panel: Panel, control: str = "never") -> pd.DataFrame:
    """The effect by the time since the start, pre-trends included.

    Returns
    -------
    One row per ``since`` (…, −2, −1, 0, 1, …), ascending
        ``units`` (that the row is an average of), ``estimate``, ``error``, ``df``, ``low``, ``high``. Row −1 is the base: zero by definition.
    """
    effects = weigh_effects(panel, control)
    rows = [{"since": -1, "units": int(np.isin(panel.start, [g for g, _ in effects]).sum()), "estimate": 0.0}]
    for since in sorted({t - g for g, t in effects}):
        units = int(sum((panel.start == g).sum() for g, t in effects if t - g == since))
        rows.append({"since": since, "units": units, **infer_effect(average_effects(effects, panel, since=since), panel)})
    return pd.DataFrame(rows).sort_values("since", ignore_index=True)


def estimate_overall(panel: Panel, control: str = "never") -> dict[str, float]:
    """The mean effect over every unit and period under the policy, with its interval (``infer_effect``)."""
    return infer_effect(average_effects(weigh_effects(panel, control), panel), panel)


def estimate_cohorts(panel: Panel, control: str = "never") -> pd.DataFrame:
    """The mean effect on the units that began together: one row per ``start`` (date) with ``units``, ``periods`` (under the policy) and the estimate."""
    effects = weigh_effects(panel, control)
    rows = [
        {"start": panel.values.columns[g], "place": g, "units": int((panel.start == g).sum()), "periods": panel.periods - g, **infer_effect(weights, panel)}
        for g in panel.cohorts if (weights := average_effects(effects, panel, starts=[g])) is not None]
    return pd.DataFrame(rows)


def measure_pre_trend(panel: Panel, control: str = "never") -> dict[str, float]:
    """By how much the later treated units drifted away from the others per period before the start: the slope of the event study there.

    Over the periods before the start that every cohort has. ``infer_effect``'s values, and ``periods``; NaN with fewer than three.
    """
    effects = weigh_effects(panel, control)
    places = np.arange(-min(panel.cohorts), 0)
    if len(places) < 3:
        return {**dict.fromkeys(("estimate", "error", "df", "low", "high"), np.nan), "periods": len(places)}
    centred = (places - places.mean()) / ((places - places.mean()) ** 2).sum()
    # the base itself is zero and adds nothing
    weights = sum(share * average_effects(effects, panel, since=int(since)) for share, since in zip(centred[:-1], places[:-1], strict=True))
    return {**infer_effect(weights, panel), "periods": len(places)}


def permute_starts(weights: np.ndarray, panel: Panel, rng: np.random.Generator, draws: int = 4999) -> float:
    """How often an estimate at least as far from zero comes out when the starts are dealt to the units at random (p-value of a permutation test).

    Exact for units that might as well have begun at each other's times; the observed deal counts as one of the draws.
    """
    # row i, column j: the weights of unit i on the values of unit j
    cross = weights @ panel.values.to_numpy().T
    here = np.arange(len(cross))
    # without the rounding a deal that only swaps units that began together could come out on either side of the observed one
    observed = round(abs(float(np.trace(cross))), 12)
    dealt = np.abs([cross[rng.permutation(len(cross)), here].sum() for _ in range(draws)]).round(12)
    return float((1 + (dealt >= observed).sum()) / (1 + draws))


def shift_starts(panel: Panel, back: int) -> Panel | None:
    """The panel as if the policy had begun ``back`` periods earlier, all units cut off before anybody's real start: a placebo date.

    None where a cohort would have fewer than two periods before the pretended start, or nobody is left.
    """
    first = min(panel.cohorts, default=0)
    if back < 1 or first - back < 2:
        return None
    # cut at the first real start, so that no real effect is in the data; later cohorts begin within the cut, or count as not begun
    start = np.where(panel.start == NEVER, NEVER, first - back)
    return Panel(panel.values.iloc[:, :first], start.astype("int64"), panel.left_out)


def leave_one_out(panel: Panel, control: str = "never") -> pd.DataFrame:
    """The mean effect without each unit in turn: one row per ``unit`` with ``estimate``; missing where it was the only one to compare with."""
    found = []
    for unit in range(len(panel.start)):
        kept = np.arange(len(panel.start)) != unit
        rest = Panel(panel.values[kept], panel.start[kept], panel.left_out)
        weights = average_effects(weigh_effects(rest, control), rest)
        found.append(np.nan if weights is None else infer_effect(weights, rest)["estimate"])
    return pd.DataFrame({"unit": panel.values.index, "estimate": found})
