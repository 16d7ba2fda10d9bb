"""Funds of one source on the tiny city, by hand."""

import pandas as pd
import pytest

from perfanalysis.dataset import write_dataset
from perfanalysis.errors import PlanError
from perfanalysis.sections import load_unit
from perfanalysis.sections.bonds import section_funding, section_funding_units

NOTHING = pd.DataFrame({name: pd.Series(dtype="str") for name in ("table", "unit", "file", "sheet", "row", "severity", "problems_en", "problems_zh", "values")})


@pytest.fixture
def city(tmp_path, tiny):
    projects = tiny["projects"]
    projects["funding"] = projects["funding"].mask(projects["project"].isin(["P4", "P5"]), "epidemic")
    path = write_dataset(tmp_path / "city", tiny, set_aside=NOTHING, sources=[], name="小市", name_en="Tiny City").path
    return load_unit(path, "city", 2023)


def test_any_source_of_funding_is_summed(city):
    facts = {fact.measure: fact.value for fact in section_funding(city, "epidemic").facts}
    # P4 800,000 of which 400,000 spent, targets approved; P5 300,000 of which 285,000 spent, targets rejected
    assert facts["funding_projects"] == 2
    assert facts["funding_budget"] == 1_100_000
    assert facts["funding_rate"] == pytest.approx(685_000 / 1_100_000)
    assert facts["funding_approved_money"] == 800_000
    assert facts["funding_targets"] == 3 + 4


def test_what_was_not_approved_or_not_spent_is_named(city):
    found = {finding.code: [label.code for label in finding.values["names"]] for finding in section_funding(city, "epidemic").findings}
    assert found["funding_low_execution"] == ["P4"]
    assert found["funding_without_targets"] == ["P5"]


def test_a_source_without_projects_is_said_not_shown_as_zero(city):
    assert section_funding(city, "special_bond").facts[0].measure == "year"
    assert len(section_funding_units(city, "special_bond").blocks) == 1


def test_an_unknown_source_is_an_error(city):
    with pytest.raises(PlanError, match="'bond' is not a source of funding; there are: regular, special_bond, epidemic"):
        section_funding(city, "bond")
