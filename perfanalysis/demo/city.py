"""The demonstration city put together: one seed in, every table out."""

import numpy as np
import pandas as pd

from perfanalysis.demo import assessment, governance, planting
from perfanalysis.demo import material as m
from perfanalysis.demo.execution import make_execution
from perfanalysis.demo.indicators import choose_sets, make_monitoring, make_values, score_forms
from perfanalysis.demo.projects import make_base, make_bonds, make_projects, mark_priority, round_money
from perfanalysis.tables import TABLES, Table

_DTYPES = {"year": "Int64", "date": "datetime64[us]", "flag": "boolean", "money": "float64", "ratio": "float64", "points": "float64", "number": "float64"}
#: Each step draws from a stream of its own, so that planting changes nothing but what it plants.
_STREAMS = (
    "base", "projects", "bonds", "sets", "values", "execution", "monitoring", "reviewed", "targets", "ex_ante", "reviews", "problems",
    "disclosures", "submissions", "assessments", "difficulty", "panel", "plan", "rates", "conduct", "forms", "late", "overdue", "extra", "audits", "watched", "payments",
)


def make_city(seed: int = 2020, *, irregularities: bool = True) -> dict[str, pd.DataFrame]:
    """Every table of the demonstration city, typed as the schema says.

    Parameters
    ----------
    seed : the same seed gives the same city
    irregularities : without them the city has ordinary noise only: every form adds up, every target that is missed has its reason

    Returns
    -------
    Table name → frame with all the schema's columns, ordered by its key. The figures of the article hold for every seed.

    >>> city = pa.make_city()  # doctest: +SKIP
    >>> pa.write_city("outputs/demo/source", city)  # doctest: +SKIP
    """
    return _build(seed, irregularities)[0]


def planted(seed: int = 2020, *, lang: str = "en") -> pd.DataFrame:
    """The irregularities of ``make_city(seed)``, and of the files that ``write_city`` makes of it.

    Returns
    -------
    One row per irregularity
        ``kind`` (described under ``planted.`` in the catalogues), ``table``, ``column``, ``unit``, ``project`` (missing where the unit as a whole is meant),
        ``year``, ``indicator`` (for kind ``overdue`` the problem's code), ``what`` (in words).
    """
    return make_planted_city(seed, lang=lang)[1]


def make_planted_city(seed: int, *, lang: str = "en") -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """``make_city(seed)`` and ``planted(seed)`` of one making."""
    from perfanalysis.demo.writing import list_damaged

    tables, lines, problems, plan = _build(seed, True)
    found = planting.list_planted(tables, lines, problems, plan, lang)
    return tables, pd.concat([found, list_damaged(tables, lang)], ignore_index=True).astype({"year": "Int64"})


def _build(seed: int, irregularities: bool):
    rng = dict(zip(_STREAMS, map(np.random.default_rng, np.random.SeedSequence(seed).spawn(len(_STREAMS))), strict=True))
    units = m.make_units()
    base = make_base(rng["base"], units)
    projects = make_projects(rng["projects"], base)
    plan = planting.make_plan(rng["plan"], projects) if irregularities else planting.Plan()
    projects["rate"] = planting.plant_rates(rng["rates"], projects, plan)
    projects = pd.concat([projects, make_bonds(rng["bonds"], units), _unevaluated(rng["extra"], projects, plan)], ignore_index=True)
    projects["executed"] = round_money(projects["rate"] * projects["budget_adjusted"])
    projects["priority"] = mark_priority(projects)

    lines = _make_lines(rng, projects, plan)
    projects = projects.assign(**score_forms(projects, lines))
    honest = projects
    projects = planting.plant_forms(rng["forms"], projects, plan)

    reviewed = governance.choose_reviewed(
        rng["reviewed"], honest, include=set(plan.of("approved_late")), exclude={*plan.of("no_targets"), *_codes_of_extra(plan)}
    )
    reviews = governance.make_reviews(rng["reviews"], honest[~honest["project"].isin(plan.of("no_targets"))])
    problems = governance.make_problems(rng["problems"], units, honest)
    problems = planting.plant_problems(rng["overdue"], problems, units) if irregularities else problems.assign(planted=False)
    now = lines["year"].eq(m.YEAR) & lines["project"].isin(projects.loc[projects["evaluated"], "project"])
    before = lines["year"].eq(m.YEAR - 1) & lines["score"].notna()
    early = lines.loc[now, "project"].isin(plan.of("met_but_unspent"))
    tables = {
        "units": units,
        "projects": projects,
        "indicators": lines,
        "execution": make_execution(rng["execution"], honest, _rushes(rng["conduct"], plan)),
        "monitoring": pd.concat([
            make_monitoring(rng["monitoring"], lines[now].reset_index(drop=True), early.reset_index(drop=True)),
            make_monitoring(rng["watched"], lines[before].reset_index(drop=True), pd.Series(False, index=range(before.sum()))),
        ], ignore_index=True),
        "targets": planting.plant_targets(governance.make_targets(rng["targets"], honest, reviewed), plan),
        "ex_ante": governance.make_ex_ante(rng["ex_ante"], base),
        "assessments": assessment.make_assessments(rng["assessments"], units),
        "difficulty": assessment.make_difficulty(rng["difficulty"], units, honest),
        "reviews": reviews,
        "payments": governance.make_payments(rng["payments"], projects),
        "audit_results": governance.make_audit_results(rng["audits"], projects),
        "problems": problems,
        "disclosures": planting.plant_disclosures(rng["late"], governance.make_disclosures(rng["disclosures"], units), plan),
        "submissions": governance.make_submissions(rng["submissions"], honest, reviews),
        "panel": assessment.make_panel(rng["panel"], units),
    }
    return {name: _typed(tables[name], table) for name, table in TABLES.items()}, lines, problems, plan


def _make_lines(rng: dict[str, np.random.Generator], projects: pd.DataFrame, plan: planting.Plan) -> pd.DataFrame:
    """Every indicator line: of all projects of 2020, and of those that were self-evaluated before."""
    with_lines = projects[(projects["evaluated"] | projects["year"].eq(m.YEAR)) & ~projects["project"].isin(plan.of("no_targets"))]
    once = with_lines.groupby("project", sort=False).agg(sector=("sector", "first"), theme=("theme", "first"), budget=("budget_adjusted", "max"))
    sets = choose_sets(rng["sets"], once.reset_index())
    lines = make_values(rng["values"], sets, with_lines)
    lines = planting.plant_conduct(rng["conduct"], lines, projects, plan)
    lines = planting.plant_points(lines)
    # bonds, and projects that did not evaluate themselves, have targets but gave themselves no points
    key = pd.MultiIndex.from_frame(lines[["project", "year"]])
    evaluated = projects.set_index(["project", "year"])["evaluated"].reindex(key).to_numpy(dtype=bool)
    silent = lines["project"].isin(_codes_of_extra(plan))
    lines["score"] = lines["score"].where(evaluated)
    lines["actual"] = lines["actual"].mask(silent)
    for name in ("reached", "actual_text", "reason"):
        lines[name] = lines[name].mask(silent)
    return lines


def _unevaluated(rng: np.random.Generator, projects: pd.DataFrame, plan: planting.Plan) -> pd.DataFrame:
    """Six further projects of 2020, each in a department of its own, that handed in no self-evaluation."""
    rows = []
    for unit in plan.units_of("not_evaluated"):
        model = projects[projects["unit"].eq(unit) & projects["year"].eq(m.YEAR)].iloc[0]
        amount = round_money(rng.uniform(8e5, 3e6), thousands=True)
        rows.append({
            **model, "project": planting.extra_code(unit), "name": f"{model['name']}（追加）", "name_en": f"{model['name_en']}, supplement", "start_year": 2020,
            "end_year": 2020, "budget_initial": amount, "budget_adjusted": amount, "rate": 0.9, "evaluated": False, "funding": "regular",
            "key_area": model["key_area"] if model["key_area"] != "epidemic_control" else np.nan, "proposal": np.nan,
        })
    return pd.DataFrame(rows, columns=projects.columns) if rows else projects.iloc[:0]


def _codes_of_extra(plan: planting.Plan) -> list[str]:
    return [planting.extra_code(unit) for unit in plan.units_of("not_evaluated")]


def _rushes(rng: np.random.Generator, plan: planting.Plan) -> dict[str, float]:
    return {unit: float(rng.uniform(*planting.RUSH_SHARES)) for unit in plan.units_of("december_rush")}


def _typed(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """All the schema's columns in its order and types, ordered by key."""
    typed = {
        column.name: (frame[column.name] if column.name in frame else pd.Series(np.nan, index=frame.index)).astype(_DTYPES.get(column.kind, "str"))
        for column in table.columns
    }
    return pd.DataFrame(typed).sort_values(list(table.key), kind="stable", na_position="first", ignore_index=True)
