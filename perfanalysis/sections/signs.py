"""The sections of the report on signs that deserve a look: grade thresholds, departments that stand out, targets that follow results, digits of payments."""

from functools import partial

import numpy as np
import pandas as pd

from perfanalysis.analysis.gaming import (
    SIGNS,
    compare_signs,
    find_near_copies,
    mark_indicators,
    mark_scores,
    measure_benford,
    measure_ratchet,
    measure_threshold,
    measure_weights,
)
from perfanalysis.charts import chart_score_distribution
from perfanalysis.charts.signs import chart_digits, chart_signs
from perfanalysis.display.blocks import Chart, ColumnView, Section, Table, Text
from perfanalysis.display.cells import Spoken
from perfanalysis.findings import Finding
from perfanalysis.findings.signs import find_signs
from perfanalysis.sections.build import build_section, needs
from perfanalysis.sections.names import name_units
from perfanalysis.sections.parts import NAME, grade_bands, grade_thresholds
from perfanalysis.sections.self_evaluation import expected_projects
from perfanalysis.sections.unit import Unit
from perfanalysis.words import Quantity

#: Of the bootstrap at the grade thresholds: the same data give the same report.
SEED = 2020


@needs("projects")
def section_grade_lines(unit: Unit) -> Section:
    """Are there more self-scores just above the grade thresholds than those around them let expect?"""
    fact, projects = unit.fact, expected_projects(unit)
    scores = projects["submitted"].dropna()
    width = unit.thresholds["bunching_width"].value
    rows = pd.DataFrame([{"threshold": at, **measure_threshold(scores, at, width=width, rng=np.random.default_rng(SEED))} for at in sorted(grade_thresholds(unit), reverse=True)])
    rows = rows.reindex(columns=["threshold", "above", "below", "expected", "excess", "low", "high", "p"])
    tested = rows.dropna(subset=["p"])
    values = {
        "unit": unit.label, "year": fact.rule("year", unit.year, "year"), "width": fact.rule("bunching_width", width, "points"), "sure": fact.rule("signs_confidence", 0.95, "ratio"),
        "scored": fact.own("self_projects", len(scores), "count", "projects", "self_score"),
    }
    if tested.empty:
        return build_section("grade_lines", (Text("grade_lines.too_few", values),))
    worst = tested.loc[tested["p"].idxmin()]

    def own(measure: str, value):
        return fact.own(measure, value, "count", "projects", "self_score")

    values |= {
        "threshold": fact.rule(f"grade_from_{worst['threshold']:g}", worst["threshold"], "points"), "above": own("threshold_above", int(worst["above"])),
        "below": own("threshold_below", int(worst["below"])), "expected": own("threshold_expected", round(worst["expected"])),
        "excess": own("threshold_excess", round(worst["excess"])), "low": own("threshold_excess_low", round(worst["low"])), "high": own("threshold_excess_high", round(worst["high"])),
    }
    stands_out = min(1.0, worst["p"] * len(tested)) < unit.thresholds["signs_false"].value and worst["low"] > 0
    finding = Finding("scores_heaped", "notice", fact.subject, {name: values[name] for name in ("excess", "low", "high", "sure", "threshold", "width")})
    return build_section("grade_lines", (
        Text("grade_lines.heaped" if stands_out else "grade_lines.smooth", values),
        Chart("grade_lines_heaped" if stands_out else "grade_lines_smooth", partial(chart_score_distribution, bands=grade_bands(unit)), pd.DataFrame({"score": scores}), values),
        Table("grade_lines", rows.assign(p_shown=_write_p(rows["p"]), threshold_shown=[Quantity(at, "points") for at in rows["threshold"]]), (
            ColumnView("threshold_shown", "written", "grade_threshold"), ColumnView("above", "count", "just_above"), ColumnView("below", "count", "just_below"),
            ColumnView("expected", "count", "expected_above"), ColumnView("excess", "count", "excess_above"), ColumnView("low", "count", "signs_from"), ColumnView("high", "count", "signs_to"),
            ColumnView("p_shown", "written", "p_value"))),
        Text("grade_lines.how", values),
    ), (finding,) if stands_out else ())


@needs("projects", "indicators")
def section_signs(unit: Unit) -> Section:
    """Departments whose scores, targets or weights stand out from all others', tested and corrected for the number of tests."""
    fact = unit.fact
    projects = expected_projects(unit)
    indicators = unit.indicators[unit.indicators["project"].isin(projects["project"])].reset_index(drop=True)
    before = unit.data.of_year("indicators", unit.year - 1)
    copies = find_near_copies(indicators, alike_from=unit.thresholds["near_copy"].value)
    marked = pd.concat([
        mark_scores(projects, grade_thresholds(unit), width=unit.thresholds["bunching_width"].value),
        mark_indicators(indicators, before, easy_from=unit.thresholds["easy_target"].value), copies,
    ], ignore_index=True)
    weights, years = measure_weights(indicators), {"year": [unit.year - 1, unit.year]}
    values = {
        "unit": unit.label, "year": fact.rule("year", unit.year, "year"), "false": fact.rule("signs_false", unit.thresholds["signs_false"].value, "ratio"),
        "least": fact.rule("signs_cases", unit.thresholds["signs_cases"].value, "count"), "alike": fact.rule("near_copy", unit.thresholds["near_copy"].value, "ratio"),
        "easy": fact.rule("easy_target", unit.thresholds["easy_target"].value, "ratio"), "width": fact.rule("bunching_width", unit.thresholds["bunching_width"].value, "points"),
    }
    signs = compare_signs(marked, weights, least=int(unit.thresholds["signs_cases"].value))
    names = name_units(unit)
    signs = signs.assign(
        flagged=signs["q"] < unit.thresholds["signs_false"].value, name_shown=signs["unit"].map(names),
        label=[names[code].name for code in signs["unit"]], label_en=[names[code].name_en for code in signs["unit"]],
        p_shown=_write_p(signs["p"]), q_shown=_write_p(signs["q"]))
    tested, flagged = signs[signs["p"].notna()], signs[signs["flagged"]]
    values |= {
        "tests": fact.own("signs_tests", len(tested), "count", "indicators", "actual", keys=years), "tested_units": fact.own("signs_tested_units", tested["unit"].nunique(), "count", "indicators", "actual", keys=years),
        "found": fact.own("signs_found", len(flagged), "count", "indicators", "actual", keys=years), "units": fact.own("signs_flagged_units", flagged["unit"].nunique(), "count", "indicators", "actual", keys=years),
    }
    alike = copies[copies["hit"]]
    shown = dict(zip(projects["project"], projects["name_shown"], strict=True))
    alike = alike.assign(name_shown=alike["project"].map(shown), other_shown=alike["other"].map(shown), unit_name=alike["unit"].map(names)).sort_values(["alike", "project"], ascending=[False, True])
    if tested.empty:
        return build_section("signs", (Text("signs.too_few", values),))
    return build_section("signs", (
        Text("signs.lead" if len(flagged) else "signs.nothing", values),
        Chart("signs", partial(chart_signs, signs=tuple(SIGNS)), signs, values) if len(flagged) else None,
        Table("signs", signs.sort_values("p", na_position="last"), (
            ColumnView("name_shown", "written", "unit_name"), ColumnView("sign", "words:sign"), ColumnView("hits", "count", "sign_hits"), ColumnView("tested", "count", "sign_tested"),
            ColumnView("share", "ratio", "sign_share"), ColumnView("others", "ratio", "sign_others"), ColumnView("p_shown", "written", "p_value"), ColumnView("q_shown", "written", "q_value"),
        ), most=max(10, min(30, len(flagged)))),
        Table("near_copies", alike, (
            NAME, ColumnView("unit_name", "written"), ColumnView("other_shown", "written", "near_copy_of"), ColumnView("alike", "ratio", "near_copy_share"),
        ), most=20) if len(alike) else None,
        Text("signs.how", values),
    ), find_signs(signs, fact, unit.thresholds))


@needs("projects", "indicators")
def section_ratchet(unit: Unit) -> Section:
    """Do next year's targets rise with success, and stay where they are after failure?"""
    fact, least = unit.fact, unit.thresholds["ratchet_cases"].value
    lines, years = _two_years(unit), {"year": [unit.year - 1, unit.year]}
    found = measure_ratchet(lines) if len(lines) else pd.DataFrame({"cases": {"over": 0, "under": 0}})
    values = {
        "unit": unit.label, "year": fact.rule("year", unit.year, "year"), "least": fact.rule("ratchet_cases", least, "count"), "sure": fact.rule("signs_confidence", 0.95, "ratio"),
        "lines": fact.own("ratchet_lines", len(lines), "count", "indicators", "target", keys=years),
        "over_cases": fact.own("ratchet_over_cases", int(found.at["over", "cases"]), "count", "indicators", "target", keys=years),
        "under_cases": fact.own("ratchet_under_cases", int(found.at["under", "cases"]), "count", "indicators", "target", keys=years),
    }
    if (found["cases"] < least).any():
        return build_section("ratchet", (Text("ratchet.too_few", values),))
    values |= {
        f"{side}{end}": fact.own(f"ratchet_{side}{end}", found.at[side, column], "ratio", "indicators", "target", keys=years)
        for side in ("over", "under") for end, column in (("", "value"), ("_low", "low"), ("_high", "high"))
    }
    ratchet = found.at["over", "low"] > 0 and found.at["over", "low"] > found.at["under", "high"]
    return build_section("ratchet", (
        Text("ratchet.lead", values), Text("ratchet.ratchet" if ratchet else "ratchet.none", values),
    ), (Finding("ratchet", "notice", fact.subject, {name: values[name] for name in ("over", "under")}),) if ratchet else ())


@needs("payments")
def section_payments(unit: Unit) -> Section:
    """First digits of payments against Benford's law, where there are enough of them."""
    fact, least, limit = unit.fact, unit.thresholds["benford_payments"].value, unit.thresholds["benford_deviation"].value
    payments = unit.data.of_year("payments")
    amounts = payments.loc[payments["amount"] > 0, "amount"]
    values = {
        "unit": unit.label, "year": fact.rule("year", unit.year, "year"), "least": fact.rule("benford_payments", least, "count"), "limit": fact.rule("benford_deviation", limit, "percentage_points"),
        "payments": fact.own("payments_positive", len(amounts), "count", "payments", "amount"),
    }
    if len(amounts) < least:
        return build_section("payments", (Text("payments.too_few", values),))
    digits, p, deviation = measure_benford(amounts)
    values |= {"deviation": fact.own("payments_deviation", deviation, "percentage_points", "payments", "amount"), "p": fact.own("payments_p", p, "number", "payments", "amount")}
    apart = deviation >= limit
    return build_section("payments", (
        Text("payments.apart" if apart else "payments.close", values),
        Chart("payments", chart_digits, digits, values),
        Table("payments", digits.assign(digit=[str(digit) for digit in digits.index]), (
            ColumnView("digit", "text", "first_digit"), ColumnView("found", "count", "payments_found"), ColumnView("share", "ratio", "digit_share"), ColumnView("expected", "ratio", "digit_expected"))),
        Text("payments.how", values),
    ), (Finding("payments_digits", "notice", fact.subject, {name: values[name] for name in ("payments", "deviation", "limit")}),) if apart else ())


def _write_p(values: pd.Series) -> list[Spoken]:
    """Probabilities with four decimals; the smallest are never written as zero."""
    return [Spoken(lambda lang, p=p: "–" if pd.isna(p) else "< 0.0001" if p < 0.0001 else f"{p:.4f}") for p in values]


def _two_years(unit: Unit) -> pd.DataFrame:
    """Indicators that have a target in the report's year and were measured the year before: the larger the better, all above zero, shares left out (they end at 100 %)."""
    now, before = unit.data.of_year("indicators"), unit.data.of_year("indicators", unit.year - 1)
    now = now[["project", "indicator", "level3", "measure", "target"]].rename(columns={"target": "next_target"})
    lines = before[before["direction"].eq(">=") & before["measure"].ne("%")].merge(now, on=["project", "indicator", "level3", "measure"])
    return lines[(lines["target"] > 0) & (lines["actual"] > 0) & (lines["next_target"] > 0)].reset_index(drop=True)
