"""Self-evaluation beside independent evaluation on the demonstration city, whose reviews follow a rule that its README states."""

import pytest

from perfanalysis.dataset import import_source
from perfanalysis.demo import make_city, write_city
from perfanalysis.display.blocks import Chart, Text
from perfanalysis.sections import load_unit
from perfanalysis.sections.agreement import section_agreement, section_reviews


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("agreement")
    write_city(folder / "source", make_city(2020))
    return import_source(folder / "source", folder / "dataset", demonstration=True, name="演示市", name_en="Demonstration City").path


def facts_of(section):
    return {fact.measure: fact.value for fact in section.facts}


def test_the_citys_planted_bias_is_recovered(dataset):
    unit = load_unit(dataset, "city", 2020)
    section = section_agreement(unit)
    facts = facts_of(section)
    own = unit.projects.loc[unit.projects["submitted"].notna(), "submitted"]
    # the README: review = self-score − (1 + 0.9 × points above 88), for every project
    truth = (own - 1 - 0.9 * (own - 88).clip(lower=0)).mean()
    assert facts["corrected_mean_low"] <= truth <= facts["corrected_mean_high"]
    assert facts["corrected_mean_high"] - facts["corrected_mean_low"] < 1.5
    # above 88 a point more in the self-score brings a tenth of a point
    assert facts["agreement_line_low"] <= 0.15 and facts["agreement_line_high"] < 0.5
    assert facts["reviews_compared"] == 166 and facts["self_projects"] == 1021
    assert facts["reviewed_median_budget"] > facts["unreviewed_median_budget"]
    assert {finding.code for finding in section.findings} == {"self_scores_higher", "self_scores_uninformative"}
    # no department was given a bias of its own
    assert "agreement.units_alike" in {block.code for block in section.blocks if isinstance(block, Text)}


def test_the_same_data_give_the_same_section(dataset):
    unit = load_unit(dataset, "city", 2020)
    assert facts_of(section_agreement(unit)) == facts_of(section_agreement(unit))


def test_a_department_is_compared_only_where_enough_of_its_projects_were_reviewed(dataset):
    reviewed = load_unit(dataset, "city", 2020).peers.pairs["unit"].value_counts()
    for code, shown in ((reviewed.index[0], True), (reviewed.index[-1], False)):
        section = section_reviews(load_unit(dataset, code, 2020))
        assert facts_of(section)["reviews_compared"] == reviewed[code]
        assert any(isinstance(block, Chart) for block in section.blocks) is shown
    assert reviewed.iloc[0] >= 3 > reviewed.iloc[-1]
