"""The whole study of one policy: the answer, its course over time, the checks that could refute it, and what other methods say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from perfanalysis.analysis.impact import (
    NEVER,
    Panel,
    arrange_panel,
    average_effects,
    estimate_cohorts,
    estimate_overall,
    leave_one_out,
    measure_pre_trend,
    permute_starts,
    shift_starts,
    study_events,
    weigh_effects,
)
from perfanalysis.analysis.impact_contrasts import (
    bootstrap_two_way,
    infer_two_way,
    interrupt_series,
    season_of,
    synthesise_control,
)

#: Fewer units than this on either side, or fewer periods before the first start, bear no estimate (set by this project).
LEAST_UNITS, LEAST_BEFORE = 3, 4
#: What a chance finding may have for a p-value at most before it counts as none.
CHANCE = 0.05


@dataclass(frozen=True)
class Study:
    """What is known about one policy's effect on one measure.

    ``missing`` says why nothing can be estimated (``no_rows``, ``no_start``, ``few_treated``, ``few_never``, ``few_periods``); then the rest is empty.
    ``overall`` and ``pre_trend`` hold ``estimate``, ``low``, ``high``; ``chance`` is the permutation test's p. ``events``, ``cohorts`` and ``alone``
    (each unit left out) are frames; ``methods`` and ``placebos`` have a row per method or placebo: ``method`` or ``kind`` and ``measure``,
    ``estimate``, ``low``, ``high``, ``chance``.
    """

    panel: Panel = field(repr=False)
    missing: str = ""
    overall: Mapping[str, float] = field(default_factory=dict)
    chance: float = float("nan")
    pre_trend: Mapping[str, float] = field(default_factory=dict)
    events: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    cohorts: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    methods: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    placebos: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    alone: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)

    @property
    def treated(self) -> int:
        return int((self.panel.start != NEVER).sum())

    @property
    def never(self) -> int:
        return int((self.panel.start == NEVER).sum())


def study_policy(panel: pd.DataFrame, measure: str, placebos: Iterable[str], rng: np.random.Generator, draws: int = 4999) -> Study:
    """Estimate the effect on ``measure`` and everything that could refute it; ``placebos`` are measures that the policy cannot have moved.

    Parameters
    ----------
    panel : the table ``panel``, up to the report's last day
    """
    arranged = arrange_panel(panel, measure)
    study = Study(arranged, _why_not(arranged))
    if study.missing:
        return study
    season = season_of(arranged.values.columns)
    checks = []
    for name in placebos:
        other = arrange_panel(panel, name)
        if not _why_not(other):
            checks.append({"kind": "measure", "measure": name, **estimate_overall(other), "chance": _chance(other, rng, draws)})
    early = shift_starts(arranged, season) or shift_starts(arranged, max(1, min(arranged.cohorts) // 2))
    if early is not None:
        checks.append({"kind": "date", "measure": "", "back": int(min(arranged.cohorts) - min(early.cohorts)), **estimate_overall(early), "chance": _chance(early, rng, draws)})
    return Study(
        arranged, "", estimate_overall(arranged), _chance(arranged, rng, draws), measure_pre_trend(arranged), study_events(arranged), estimate_cohorts(arranged),
        _contrasts(arranged, season, rng, draws), pd.DataFrame(checks, columns=["kind", "measure", "back", "estimate", "error", "df", "low", "high", "chance"]),
        leave_one_out(arranged))


def _why_not(panel: Panel) -> str:
    if panel.values.empty:
        return "no_rows"
    if not panel.cohorts:
        return "no_start"
    treated = int((panel.start != NEVER).sum())
    if treated < LEAST_UNITS:
        return "few_treated"
    if len(panel.start) - treated < LEAST_UNITS:
        return "few_never"
    return "few_periods" if min(panel.cohorts) < LEAST_BEFORE else ""


def _chance(panel: Panel, rng: np.random.Generator, draws: int) -> float:
    return permute_starts(average_effects(weigh_effects(panel), panel), panel, rng, draws)


def _contrasts(panel: Panel, season: int, rng: np.random.Generator, draws: int) -> pd.DataFrame:
    """The same question asked in other ways, the main answer first."""
    synthetic = synthesise_control(panel)
    found = {
        "did": estimate_overall(panel), "not_yet": estimate_overall(panel, "not_yet"),
        "two_way": {**infer_two_way(panel), "chance": bootstrap_two_way(panel, rng, draws)},
        "synthetic": {"estimate": synthetic["estimate"], "chance": synthetic["p"]},
        "series_compared": interrupt_series(panel, season=season, compared=True), "series": interrupt_series(panel, season=season, compared=False),
    }
    frame = pd.DataFrame([{"method": method, **values} for method, values in found.items()])
    return frame.reindex(columns=["method", "estimate", "low", "high", "chance"])


def judge_policy(study: Study, better: str) -> tuple[str, dict[str, str]]:
    """The answer and how each check came out.

    Returns
    -------
    ``worked``, ``worsened``, ``unclear`` (the interval holds zero, or chance alone gives as much too often), ``doubtful`` (an effect, but a check fails)
    or ``unknown`` (nothing can be estimated); and check → ``holds``, ``fails`` or ``untested``: ``pre_trend``, ``measure``, ``date``, ``alone``.
    """
    if study.missing:
        return "unknown", {}
    sign = 1 if better == "higher" else -1
    found = study.overall
    checks = {
        "pre_trend": _holds_zero(study.pre_trend),
        "measure": _all_hold(study.placebos[study.placebos["kind"] == "measure"]), "date": _all_hold(study.placebos[study.placebos["kind"] == "date"]),
        "alone": "untested" if study.alone["estimate"].isna().any() else "holds" if (np.sign(study.alone["estimate"]) == np.sign(found["estimate"])).all() else "fails",
    }
    if not (found["low"] > 0 or found["high"] < 0) or study.chance > CHANCE:
        return "unclear", checks
    if "fails" in checks.values():
        return "doubtful", checks
    return ("worked" if sign * found["estimate"] > 0 else "worsened"), checks


def _holds_zero(found: Mapping[str, float]) -> str:
    if found["low"] != found["low"]:
        return "untested"
    return "holds" if found["low"] <= 0 <= found["high"] else "fails"


def _all_hold(placebos: pd.DataFrame) -> str:
    outcomes = [_holds_zero(row) for row in placebos.to_dict("records")]
    return "untested" if not outcomes or "untested" in outcomes else "fails" if "fails" in outcomes else "holds"
