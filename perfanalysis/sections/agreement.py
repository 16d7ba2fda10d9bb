"""Self-evaluation beside independent evaluation: for all departments, and one department's own projects among all."""

from functools import partial

import numpy as np
import pandas as pd

from perfanalysis.analysis.agreement import (
    correct_scores,
    fit_correction,
    measure_agreement,
    measure_kappa,
    pair_scores,
    weigh_reviewed,
    weighted_bias,
)
from perfanalysis.charts.agreement import chart_agreement
from perfanalysis.display.blocks import Chart, ColumnView, Section, Table, Text
from perfanalysis.findings.agreement import find_agreement
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.names import name_units
from perfanalysis.sections.self_evaluation import expected_projects
from perfanalysis.sections.unit import Unit

#: Of the simulated intervals, in draws: the same data give the same report.
SEED, DRAWS = 2020, 1000


@needs("projects", "reviews")
def section_agreement(unit: Unit) -> Section:
    """How far all self-evaluations agree with the independent ones, and what the scores would be if corrected."""
    fact = unit.fact
    projects = expected_projects(unit)
    projects = projects[projects["self_score"].notna()].reset_index(drop=True)
    pairs = pair_scores(projects, unit.data.of_year("reviews"))

    def own(measure: str, value, quantity: str = "points"):
        return fact.own(measure, value, quantity, "reviews", "score")

    values = {
        "unit": unit.label, "year": fact.rule("year", unit.year, "year"), "pairs": own("reviews_compared", len(pairs), "count"),
        "scored": fact.own("self_projects", len(projects), "count", "projects", "self_score"),
        "sure": fact.rule("agreement_confidence", 0.95, "ratio"), "draws": fact.rule("agreement_draws", DRAWS, "count"),
        "least": fact.rule("agreement_projects", unit.thresholds["agreement_projects"].value, "count"),
    }
    if len(pairs) < unit.thresholds["agreement_projects"].value:
        return build_section("agreement", (Text("agreement.too_few", values),))
    if pairs["self_score"].nunique() < 2:
        return build_section("agreement", (Text("agreement.no_spread", values),))
    rng = np.random.default_rng(SEED)
    measures = measure_agreement(pairs, rng=rng, draws=DRAWS)
    reviewed = projects["project"].isin(pairs["project"])
    weights = weigh_reviewed(projects, reviewed)[reviewed].reset_index(drop=True)
    weighted = None if weights.isna().any() else weights
    correction = fit_correction(pairs, weighted)
    error = 1.959964 * float(np.sqrt(correction.covariance[1, 1]))
    grades = {band.code: band.start for band in unit.rulebook.grades}
    scored = projects[["unit", "self_score"]].assign(review=projects["project"].map(pairs.set_index("project")["review"]))
    units, by_grade = correct_scores(scored, correction, grades, rng=rng, draws=DRAWS)
    best = by_grade.iloc[0]
    counts = _cross(pairs, grades)
    measures = pd.concat([measures, pd.DataFrame(
        [measure_kappa(counts, kind) for kind in ("linear", "quadratic")], index=["kappa_linear", "kappa_quadratic"], columns=measures.columns)])
    beyond = int((~projects["self_score"].between(correction.first, correction.last)).sum())
    values |= {
        "bias": own("agreement_bias", measures.at["bias", "value"]), "bias_low": own("agreement_bias_low", measures.at["bias", "low"]),
        "bias_high": own("agreement_bias_high", measures.at["bias", "high"]),
        "limit_low": own("agreement_limit_low", measures.at["limit_low", "value"]), "limit_high": own("agreement_limit_high", measures.at["limit_high", "value"]),
        "line": own("agreement_line", correction.slope), "line_low": own("agreement_line_low", correction.slope - error), "line_high": own("agreement_line_high", correction.slope + error),
        "same": own("agreement_same_grade", np.trace(counts) / counts.sum(), "ratio"), "kappa": own("agreement_kappa", measures.at["kappa_linear", "value"], "number"),
        "median_reviewed": own("reviewed_median_budget", projects.loc[reviewed, "budget"].median(), "money"),
        "median_other": own("unreviewed_median_budget", projects.loc[~reviewed, "budget"].median(), "money"),
        "mean": fact.own("self_mean", projects["self_score"].mean(), "points", "projects", "self_score"),
        **{name: own(f"corrected_mean{end}", units.at["", column]) for name, end, column in
           (("corrected", "", "corrected"), ("corrected_low", "_low", "low"), ("corrected_high", "_high", "high"))},
        "excellent": fact.own("self_excellent", int(best["submitted"]), "count", "projects", "self_score"),
        **{name: own(f"corrected_excellent{end}", round(best[column]), "count") for name, end, column in
           (("best", "", "corrected"), ("best_low", "_low", "low"), ("best_high", "_high", "high"))},
        "beyond": own("corrected_beyond", beyond, "count"),
    }
    if weighted is not None:
        values |= dict(zip(("weighted", "weighted_low", "weighted_high"), map(own, (
            "agreement_weighted", "agreement_weighted_low", "agreement_weighted_high"), weighted_bias(pairs, weighted)), strict=True))
    names = name_units(unit)
    lines = units.drop(index="").join(correction.units[["shrunk"]]).reset_index(names="unit")
    lines = lines.assign(name_shown=lines["unit"].map(names), shrunk=lines["shrunk"].fillna(0.0)).sort_values(["corrected", "unit"])
    draw = partial(chart_agreement, bias=values["bias"].value, low=values["limit_low"].value, high=values["limit_high"].value)
    interval = (ColumnView("low", "points", "agreement_from"), ColumnView("high", "points", "agreement_to"))
    counted = (ColumnView("low", "count", "agreement_from"), ColumnView("high", "count", "agreement_to"))
    return build_section("agreement", (
        Text("agreement.lead", values),
        Chart("agreement", draw, pairs, values),
        Text("agreement.line", values),
        Text("agreement.grades" if pd.notna(measures.at["kappa_linear", "value"]) else "agreement.grades_one", values),
        Text("agreement.selection" if weighted is not None else "agreement.selection_unknown", values),
        Text("agreement.corrected", values),
        Text("agreement.beyond", values) if beyond else None,
        Table("corrected_grades", by_grade.reset_index(names="grade"), (
            ColumnView("grade", "words:grade"), ColumnView("submitted", "count", "grades_submitted"), ColumnView("corrected", "count", "grades_corrected"), *counted)),
        Text("agreement.units" if correction.alike < 0.05 else "agreement.units_alike", values),
        Table("corrected_units", lines, (
            ColumnView("name_shown", "written", "unit_name"), ColumnView("projects", "count", "with_score"), ColumnView("reviewed", "count", "reviewed_projects"),
            ColumnView("self_score", "points", "mean_submitted"), ColumnView("corrected", "points", "corrected_score"), *interval, ColumnView("shrunk", "points", "shrunk_deviation"),
        ), most=20),
        Table("agreement_measures", measures.reset_index(names="measure"), (
            ColumnView("measure", "words:agreement_measure", "agreement_measure"), ColumnView("value", "number", "agreement_value"),
            ColumnView("low", "number", "agreement_from"), ColumnView("high", "number", "agreement_to"))),
        Text("agreement.assumptions", values),
    ), find_agreement(values, fact.subject))


@needs("projects", "reviews")
def section_reviews(unit: Unit) -> Section:
    """One unit's self-scores beside the independent ones, among the pairs of all units."""
    fact, everyone = unit.fact, unit.peers.pairs
    pairs = everyone[everyone["unit"] == unit.code]
    gaps = pairs["self_score"] - pairs["review"]
    values = {
        "unit": unit.label, "pairs": fact.own("reviews_compared", len(pairs), "count", "reviews", "score"),
        "sure": fact.rule("agreement_confidence", 0.95, "ratio"),
        "gap": fact.own("review_gap_mean", gaps.mean(), "points", "reviews", "score"),
        "least": fact.rule("agreement_unit_projects", unit.thresholds["agreement_unit_projects"].value, "count"),
        "everyone": fact.peer("review_pairs", len(everyone), "count", "peer_review_pairs"),
    }
    if pairs.empty:
        return build_section("reviews", (Text("reviews.none", values),))
    if len(pairs) < unit.thresholds["agreement_unit_projects"].value or len(everyone) < unit.thresholds["agreement_projects"].value:
        return build_section("reviews", (Text("reviews.too_few", values),))
    measures = measure_agreement(everyone, rng=np.random.default_rng(SEED), draws=1)["value"]
    values |= {
        "lowest": fact.own("review_gap_least", gaps.min(), "points", "reviews", "score"), "highest": fact.own("review_gap_most", gaps.max(), "points", "reviews", "score"),
        **{name: fact.peer(f"review_{name}", measures[name], "points", f"peer_review_{name}") for name in ("bias", "limit_low", "limit_high")},
    }
    draw = partial(chart_agreement, bias=measures["bias"], low=measures["limit_low"], high=measures["limit_high"])
    return build_section("reviews", (
        Text("reviews.lead", values), Chart("reviews", draw, everyone.assign(own=everyone["unit"] == unit.code), values), Text("reviews.selection", values)))


def _cross(pairs: pd.DataFrame, grades: dict[str, float]) -> np.ndarray:
    """Projects by the grade of the self-score (rows) and of the review (columns), the lowest grade first."""
    edges = sorted(grades.values())[1:]
    counts = np.zeros((len(grades), len(grades)))
    np.add.at(counts, (np.searchsorted(edges, pairs["self_score"], side="right"), np.searchsorted(edges, pairs["review"], side="right")), 1)
    return counts
