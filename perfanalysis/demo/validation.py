"""How sure is each finding: many demonstration cities, with planted irregularities and without, and what the reports find in them."""

import os
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from perfanalysis import __version__
from perfanalysis.analysis import summarise_units
from perfanalysis.analysis.impact_study import judge_policy, study_policy
from perfanalysis.dataset import CITY, Slice, store_source
from perfanalysis.demo import material as m
from perfanalysis.demo.city import make_city, make_planted_city
from perfanalysis.demo.detectors import ALWAYS, DETECTORS, FRAMEWORK, SECTIONS, WHOLE_SECTIONS, detect, kinds
from perfanalysis.demo.writing import write_city
from perfanalysis.rules import load_rulebook
from perfanalysis.rules.policy import load_policy
from perfanalysis.rules.thresholds import load_thresholds
from perfanalysis.rules.validation import COUNTS
from perfanalysis.sections.unit import Unit
from perfanalysis.sources import read_source

Tables = dict[str, pd.DataFrame]

RULEBOOK, POLICY = "mof-2020", "bus_priority"
#: So many departments and districts of each city without irregularities are looked into, drawn by the city's seed.
CLEAN = {"department": 2, "district": 1}
#: Random deals of the impact evaluation; the report makes more of them, for a smoother p-value.
DRAWS = 499


@dataclass(frozen=True)
class Look:
    """A unit of a city that one section was computed for: the kind of irregularity planted there (empty: none) and the findings that were made."""

    section: str
    kind: str
    found: frozenset[str]


def validate_detectors(seeds: Iterable[int], *, workers: int | None = None, told: Callable[[int], None] = lambda seed: None) -> pd.DataFrame:
    """How often every detector finds what was planted and raises what was not, over the cities of ``seeds``; the same for any ``workers``.

    ``told`` is called with each seed that is done. Returns ``rules.validation``'s ``COUNTS`` and ``RUN``; ``cities`` counts those that could be made:
    a seed that cannot meet the article's figures makes none.
    """
    seeds, looks = sorted(seeds), {}
    if workers == 1:
        for seed in seeds:
            looks[seed] = _look_if_made(seed)
            told(seed)
    else:
        with ProcessPoolExecutor(workers or os.cpu_count()) as pool:
            running = {pool.submit(_look_if_made, seed): seed for seed in seeds}
            for done in as_completed(running):
                looks[running[done]] = done.result()
                told(running[done])
    counts = count_looks(look for seed in seeds for look in looks[seed])
    return counts.assign(cities=sum(bool(looks[seed]) for seed in seeds), first_seed=seeds[0], last_seed=seeds[-1], version=__version__)


def _look_if_made(seed: int) -> list[Look]:
    try:
        city = make_planted_city(seed), make_city(seed, irregularities=False)
    except ValueError:
        return []
    return look_into(seed, *city)


def count_looks(looks: Iterable[Look]) -> pd.DataFrame:
    """One row per finding of ``DETECTORS`` × kind planted for it, in their order (``rules.validation.COUNTS``)."""
    by_place: dict[tuple[str, str], list[Look]] = {}
    for look in looks:
        by_place.setdefault((look.section, look.kind), []).append(look)
    rows = []
    for finding, (section, planted) in DETECTORS.items():
        clean = by_place.get((section, ""), [])
        for kind in planted or ("",):
            there = by_place.get((section, kind), []) if kind else []
            rows.append((finding, section, kind, len(there), sum(finding in look.found for look in there), len(clean), sum(finding in look.found for look in clean)))
    return pd.DataFrame(rows, columns=[*COUNTS])


def look_into(seed: int, made: tuple[Tables, pd.DataFrame], clean: Tables) -> list[Look]:
    """What the reports find in the city of ``seed``: where something was planted (a unit of each kind), and in a sample of the city without."""
    tables, planted = made
    # of each kind one unit a city, so that what is counted is independent; rows that belong to no unit are told in the city's report
    first = planted.assign(unit=planted["unit"].where(planted["unit"].notna() & planted["unit"].ne("999"), CITY)).drop_duplicates("kind")
    where = dict(zip(first["kind"], first["unit"], strict=True))
    looks = _look(tables, {(CITY if section in WHOLE_SECTIONS else where[kind], section, kind) for kind, _, section in kinds() if kind in where}, damaged=True)

    rng = np.random.default_rng([seed, 12])
    units = clean["units"][~clean["units"]["unit"].isin(ALWAYS.values())]
    asked = {(ALWAYS[kind], section, kind) for kind, _, section in kinds() if kind in ALWAYS} | {(CITY, section, "") for section in WHOLE_SECTIONS}
    for kind, size in CLEAN.items():
        for code in rng.choice(units.loc[units["kind"] == kind, "unit"].to_numpy(dtype=object), size, replace=False):
            # only departments are monitored, only districts assessed by the framework of districts
            asked |= {(code, section, "") for section in SECTIONS if section not in (("assessment",) if kind == "department" else ("lights", "year_end"))}
    return looks + _look(clean, asked, damaged=False) + _look_at_panel(clean["panel"])


def _look(tables: Tables, asked: set[tuple[str, str, str]], *, damaged: bool) -> list[Look]:
    """The sections ``asked`` for (unit, section, kind planted), made from files as a bureau would send them; the other units are peers only."""
    rulebook, thresholds = load_rulebook(RULEBOOK), load_thresholds()
    of_project = tables["projects"].drop_duplicates("project").set_index("project")["unit"]
    # as a dataset has them: every row of a project with its unit
    tables = {name: frame if "unit" in frame or "project" not in frame else frame.assign(unit=frame["project"].map(of_project)) for name, frame in tables.items()}
    peers = summarise_units(tables["units"], tables, rulebook, m.YEAR)
    # damaged rows are written for the first department; all districts are assessed beside each other
    kept = {unit for unit, _, _ in asked} | {str(m.FIRST_DEPARTMENT)}
    part = {name: frame if name in ("units", "assessments") else frame[frame["unit"].isin(kept)]
            for name, frame in tables.items() if name != "panel"}
    part["assessments"] = part["assessments"][part["assessments"]["framework"] == FRAMEWORK]
    looks = []
    with tempfile.TemporaryDirectory() as folder:
        write_city(f"{folder}/source", {name: frame.reset_index(drop=True) for name, frame in part.items()}, irregularities=damaged)
        dataset = store_source(read_source(f"{folder}/source"), f"{folder}/dataset", demonstration=True, name="演示市", name_en="Demonstration City")
        whole = dataset.whole(m.YEAR)
        every = replace(whole, tables=MappingProxyType({name: frame.reset_index(drop=True) for name, frame in tables.items()}))
        for code, compared in sorted({(unit, section in WHOLE_SECTIONS) for unit, section, _ in asked}):
            unit = Unit(every if compared else whole if code == CITY else _part_of(whole, code), rulebook, peers, thresholds, dataset)
            looks += [Look(section, kind, frozenset(finding.code for finding in detect(unit, section).findings))
                      for of, section, kind in sorted(asked) if of == code and (section in WHOLE_SECTIONS) == compared]
    return looks


def _part_of(whole: Slice, code: str) -> Slice:
    """``Dataset.slice`` from what is in memory already."""
    about = whole.tables["units"].set_index("unit").loc[code]
    tables = {name: frame[frame["unit"] == code].reset_index(drop=True) for name, frame in whole.tables.items()}
    return replace(whole, unit=code, kind=about["kind"], name=about["name"], name_en=about["name_en"], tables=MappingProxyType(tables))


def _look_at_panel(panel: pd.DataFrame) -> list[Look]:
    """The policy that works, and its placebo taken for the outcome."""
    policy = load_policy(POLICY)
    outcome, placebos = policy.outcome.measure, [placebo.measure for placebo in policy.placebos]
    looks = []
    for kind, measure, others in (("working_policy", outcome, placebos), ("", placebos[0], [])):
        verdict, _ = judge_policy(study_policy(panel, measure, others, np.random.default_rng(m.YEAR), DRAWS), policy.better)
        looks.append(Look("impact", kind, frozenset({f"policy_{verdict}"})))
    return looks
