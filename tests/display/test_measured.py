"""A value with its measure in either language: 万 multiplies, so that no other language may drop it."""

import pytest

from perfanalysis.display.cells import Measured


@pytest.mark.parametrize(("value", "measure", "direction", "en", "zh"), [
    (22, "万人", ">=", "≥\u00a0220,000", "≥\u00a022 万人"),  # 22 × 10,000
    (3.5, "万公里", "", "35,000 km", "3.5 万公里"),
    (18, "人", "", "18", "18 人"),  # what is counted stands in the indicator's name
    (30, "平方公里", "<=", "≤\u00a030 km²", "≤\u00a030 平方公里"),
    (1.2, "亿元", "", "120,000,000 yuan", "1.2 亿元"),
    (6, "‰", "", "6‰", "6‰"),
    (0.9, "%", ">=", "≥\u00a090%", "≥\u00a090%"),
])
def test_a_measure_keeps_its_scale_in_both_languages(value, measure, direction, en, zh):
    cell = Measured(value, measure, direction=direction)
    assert (cell.written("en"), cell.written("zh")) == (en, zh)
