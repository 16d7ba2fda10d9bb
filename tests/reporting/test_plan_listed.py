"""A plan may name what another table lists: projects, or the values of a column."""

import shutil

import pandas as pd
import pytest

from perfanalysis.dataset import write_dataset
from perfanalysis.errors import PlanError
from perfanalysis.reporting import load_plan


@pytest.fixture
def listed(project):
    """Three projects: p1 in three years (of priority in the last), p2 of priority in 2020 alone, p3 not of priority."""
    rows = [("p1", 2018, False, "public_transport"), ("p1", 2019, False, "public_transport"), ("p1", 2020, True, "public_transport"),
            ("p2", 2020, True, None), ("p3", 2020, False, "own_area")]
    projects = pd.DataFrame(rows, columns=["project", "year", "priority", "key_area"])
    projects = projects.assign(unit="A", name="项目" + projects["project"], name_en="Project " + projects["project"], priority=projects["priority"].astype("boolean"))
    units = pd.DataFrame({"unit": ["A"], "name": ["甲"], "name_en": ["Office A"], "kind": "department"})
    nothing = pd.DataFrame({"table": pd.Series(dtype="str"), "unit": pd.Series(dtype="str")})
    shutil.rmtree(project.data)
    write_dataset(project.data, {"units": units, "projects": projects}, set_aside=nothing, sources=[], name="城", name_en="City")

    def units_of(**given):
        return [(unit.code, unit.name, unit.name_en) for unit in load_plan(project.plan(units=given)).units]

    return units_of


def test_projects_of_priority_of_a_year(listed):
    assert listed(table="projects", where={"priority": True, "year": 2020}) == [("p1", "项目p1", "Project p1"), ("p2", "项目p2", "Project p2")]


def test_only_those_with_rows_in_three_years(listed):
    assert [code for code, *_ in listed(table="projects", where={"priority": True}, least_years=3)] == ["p1"]


def test_the_values_of_a_column_with_their_words(listed):
    # own_area is a user's own: no catalogue has words for it
    assert listed(table="projects", by="key_area", where={"year": 2020}) == [
        ("public_transport", "公共交通", "Public transport"), ("own_area", "own_area", "own_area")]


@pytest.mark.parametrize(("given", "said"), [
    ({"table": "project"}, "the dataset has no table project; it has: units, projects"),
    ({"table": "projects", "where": {"yeer": 2020}}, "the table projects has no column yeer; it has: project, year"),
    ({"table": "projects", "by": "area"}, "the table projects has no column area"),
    ({"table": "projects", "were": {}}, "a plan has no key were; near it: where"),
    ({"table": "projects", "where": {"year": 1999}}, "no unit of the dataset matches"),
])
def test_what_is_wrong_is_said(listed, given, said):
    with pytest.raises(PlanError, match=said):
        listed(**given)
