"""Data envelopment analysis: the published five units, and by hand."""

import json

import numpy as np
import pandas as pd
import pytest

from perfanalysis.analysis.efficiency import bootstrap_efficiency, enough_units, measure_efficiency


def frames(inputs, outputs):
    inputs, outputs = np.array(inputs, dtype=float), np.array(outputs, dtype=float)
    return pd.DataFrame(inputs if inputs.ndim == 2 else inputs[:, None]), pd.DataFrame(outputs if outputs.ndim == 2 else outputs[:, None])


def test_the_published_five_units(shared_data):
    published = json.loads((shared_data / "methods" / "mcdm.json").read_text(encoding="utf-8"))["dea_ccr_input_5dmu"]
    inputs, outputs = frames(published["inputs_x1_x2"], published["output"])
    assert measure_efficiency(inputs, outputs, returns="constant").tolist() == pytest.approx(published["crs_efficiency"], abs=1e-8)
    assert measure_efficiency(inputs, outputs).tolist() == pytest.approx(published["vrs_efficiency"], abs=1e-8)


def test_one_input_and_one_output_by_hand():
    # output per input: 1/2, 1, 3/4, 1/2; by constant returns each against the best, 1
    inputs, outputs = frames([2, 2, 4, 8], [1, 2, 3, 4])
    assert measure_efficiency(inputs, outputs, returns="constant").tolist() == pytest.approx([0.5, 1, 0.75, 0.5])
    # by variable returns the third is on the line from (2, 2) to (8, 4)? That needs 2 + 6 · (3 − 2)/2 = 5 > 4: it is a corner itself. The first has the output
    # of 1 with the least input of all, 2, which is what the second needs for 2: efficient by its size alone
    assert measure_efficiency(inputs, outputs).tolist() == pytest.approx([1, 1, 1, 1])
    # a fifth, of output 2.5 with input 6: the mixture of the second and third halfway needs 3
    inputs, outputs = frames([2, 2, 4, 8, 6], [1, 2, 3, 4, 2.5])
    assert measure_efficiency(inputs, outputs).tolist()[4] == pytest.approx(0.5)


def test_the_unit_of_measure_does_not_matter():
    inputs, outputs = frames([[2, 5], [2, 4], [6, 6], [3, 2], [6, 2]], [1, 2, 3, 1, 2])
    in_yuan = inputs * [1e9, 1.0]
    assert measure_efficiency(in_yuan, outputs, returns="constant").tolist() == pytest.approx(measure_efficiency(inputs, outputs, returns="constant").tolist())


@pytest.mark.parametrize(("units", "enough"), [(8, False), (9, True), (16, True)])
def test_how_many_units_bear_three_variables(units, enough):
    assert enough_units(units, 1, 2) is enough  # 3 · (1 + 2) = 9


def test_many_variables_need_their_product():
    assert not enough_units(29, 5, 6)  # 5 · 6 = 30, though 3 · 11 = 33 is more
    assert enough_units(33, 5, 6)


def test_chance_is_taken_off():
    """A known frontier, over four samples of 16 units: output √(x · efficiency), x from 1 to 9. The best of few are not the best that could be, so that what
    is measured is too high; a nominal 95 % interval holds the truth in about 82 % (12 samples), as small frontier samples are known to."""
    measured, corrected, held = [], [], []
    for seed in range(4):
        rng = np.random.default_rng(100 + seed)
        inputs, true = rng.uniform(1, 9, 16), np.minimum(1, 1 - np.abs(rng.normal(0, 0.15, 16)))
        frame = bootstrap_efficiency(*frames(inputs, np.sqrt(inputs * true)), np.random.default_rng(seed), draws=60)
        measured += list(frame["efficiency"] - true)
        corrected += list(frame["corrected"] - true)
        held += list((frame["low"] <= true) & (true <= frame["high"]))
        assert (frame["low"] <= frame["high"]).all()
    assert np.mean(measured) > 0.03
    assert abs(np.mean(corrected)) < 0.02
    assert np.mean(held) > 0.7


def test_the_same_seed_gives_the_same_intervals():
    units = frames([2, 2, 4, 8, 6, 5, 7, 9, 3], [1, 2, 3, 4, 2.5, 2, 3, 4, 2])
    pd.testing.assert_frame_equal(bootstrap_efficiency(*units, np.random.default_rng(2), draws=10), bootstrap_efficiency(*units, np.random.default_rng(2), draws=10))


def test_the_section_is_silent_where_districts_are_too_few(tmp_path):
    from perfanalysis.dataset import write_dataset
    from perfanalysis.display.blocks import Text
    from perfanalysis.sections.efficiency import section_city_efficiency
    from perfanalysis.sections.unit import load_unit

    districts = [f"d{number}" for number in range(8)]
    projects = pd.DataFrame([(f"{unit}-p", unit, 2020, "项目", 100.0, 100.0, 90.0) for unit in districts],
                            columns=["project", "unit", "year", "name", "budget_initial", "budget_adjusted", "executed"])
    indicators = pd.DataFrame([(f"{unit}-p", unit, 2020, f"i{place}", level, "quantitative", ">=", 10.0, 10.0, 45.0) for unit in districts
                               for place, level in enumerate(("output", "benefit"))],
                              columns=["project", "unit", "year", "indicator", "level1", "nature", "direction", "target", "actual", "weight"])
    units = pd.DataFrame({"unit": districts, "name": districts, "name_en": districts, "kind": "district"})
    nothing = pd.DataFrame({name: pd.Series(dtype="str") for name in ("table", "unit", "file", "sheet", "severity", "problems_en", "problems_zh", "values")})
    write_dataset(tmp_path / "city", {"units": units, "projects": projects, "indicators": indicators}, set_aside=nothing.assign(row=pd.Series(dtype="int64")),
                  sources=[], name="小市", name_en="Tiny City")
    (block,) = section_city_efficiency(load_unit(tmp_path / "city", "city", 2020)).blocks
    # one input and two outputs need nine
    assert isinstance(block, Text)
    assert (block.code, block.values["units"].value, block.values["fewest"].value) == ("efficiency.too_few", 8, 9)
