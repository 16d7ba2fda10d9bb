"""Every irregularity that is planted in the demonstration city is found by a report, and a city without them raises no such finding."""

import functools

import pytest

from perfanalysis.dataset import import_source
from perfanalysis.demo import make_city, planted, write_city
from perfanalysis.demo.detectors import kinds
from perfanalysis.findings import Label
from perfanalysis.sections import (
    load_unit,
    section_execution,
    section_follow_up,
    section_monitoring,
    section_quality,
    section_scores,
    section_targets,
)

SECTIONS = (section_execution, section_targets, section_scores, section_monitoring, section_follow_up, section_quality)

#: kind of irregularity → the finding that a report must make of it, in the section that a department's report has anyway
FOUND_AS = {kind: finding for kind, finding, section in kinds() if f"section_{section}" in {made.__name__ for made in SECTIONS}}
#: Findings whose list of names is cut at the first few: there the count must cover what is planted.
COUNTED = {"easy_targets": "easy", "copied_indicators": "projects", "quadrant_met_unspent": "projects", "sum_wrong": "projects"}


def build(folder, *, irregularities):
    write_city(folder / "source", make_city(2020, irregularities=irregularities), irregularities=irregularities)
    return import_source(folder / "source", folder / "dataset", demonstration=True, name="演示市", name_en="Demonstration City").path


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    path = build(tmp_path_factory.mktemp("planted"), irregularities=True)

    @functools.cache
    def of(unit):
        loaded = load_unit(path, unit, 2020)
        return {finding.code: finding for section in SECTIONS for finding in section(loaded).findings}

    return of


PLANTED = planted(2020)


def test_every_kind_has_a_finding_of_its_own():
    assert set(PLANTED["kind"]) == set(FOUND_AS)


@pytest.mark.parametrize("kind", sorted(FOUND_AS))
def test_what_was_planted_is_found(kind, findings):
    rows = PLANTED[PLANTED["kind"] == kind]
    missed = []
    for row in rows.to_dict("records"):
        # a row that cannot be placed in a department, or names one that does not exist, is in the city's report
        unit = row["unit"] if isinstance(row["unit"], str) and row["unit"] != "999" else "city"
        if FOUND_AS[kind] not in findings(unit):
            missed.append(row)
    assert missed == []


@pytest.mark.parametrize("kind", sorted(kind for kind, code in FOUND_AS.items() if code in COUNTED))
def test_the_finding_counts_all_that_was_planted_in_the_department(kind, findings):
    rows = PLANTED[PLANTED["kind"] == kind]
    for unit, here in rows.groupby("unit"):
        finding = findings(unit)[FOUND_AS[kind]]
        assert finding.values[COUNTED[FOUND_AS[kind]]].value >= len(here)
        if len(here) <= 3 and kind != "easy_targets":
            named = {label.code for label in finding.values["names"] if isinstance(label, Label)}
            assert set(here["project"]) <= named


def test_a_city_without_irregularities_raises_none_of_these_findings(tmp_path):
    path = build(tmp_path, irregularities=False)
    raised = {}
    for unit in (*(str(code) for code in range(101, 248)), *(str(code) for code in range(301, 317)), "city"):
        loaded = load_unit(path, unit, 2020)
        for section in SECTIONS:
            for finding in section(loaded).findings:
                if finding.code in FOUND_AS.values():
                    raised.setdefault(finding.code, []).append(unit)
    assert raised == {}
