"""Charts of ex-ante evaluation, life cycle, key areas and the chain: drawn in both languages, without a trace, whatever is missing."""

import warnings

import matplotlib
import numpy as np
import pandas as pd
import pytest

from perfanalysis.charts.chain import chart_chain, chart_coverage
from perfanalysis.charts.ex_ante import chart_experts, chart_requested
from perfanalysis.charts.impact import chart_events, chart_methods
from perfanalysis.charts.key_area import chart_items
from perfanalysis.charts.life_cycle import chart_life_cycle
from perfanalysis.display.cells import Spoken

NAMES = {"label": ["城市公共交通运营补贴", "价格$1与$2的“补贴”"], "label_en": ["Urban transport subsidy", None]}
NAN = float("nan")

CHARTS = {
    "experts": (lambda frame, lang: chart_experts(frame, lang, lines=(80, 60)), pd.DataFrame({"proposal": ["a", "b"], **NAMES, "mean": [55.5, 90.0], "overall": [55.5, NAN]})),
    "requested": (chart_requested, pd.DataFrame({**NAMES, "requested": [4.2e8, 3e6], "recommended": [0.0, NAN]})),
    "life_cycle": (lambda frame, lang: chart_life_cycle(frame, lang, line=0.8),
                   pd.DataFrame({"year": [2021, 2022], "budget_total": [1e8, 2e8], "executed_total": [9e7, NAN], "achievement": [NAN, 0.42]})),
    "items": (lambda frame, lang: chart_items(frame, lang, line=60),
              pd.DataFrame({**NAMES, "category_label": ["决策", "过程"], "category_label_en": ["Decision", "Process"], "score": [NAN, 71.25]})),
    "events": (chart_events, pd.DataFrame({"since": [-2, -1, 0], "units": [1, 2, 2], "estimate": [0.01, 0.0, 0.02], "low": [NAN, NAN, 0.01], "high": [NAN, NAN, 0.03]})),
    "methods": (chart_methods, pd.DataFrame({"name": [Spoken(str), Spoken(str)], "placebo": [False, True], "estimate": [0.02, -0.01], "low": [0.01, NAN], "high": [0.03, NAN]})),
    "chain": (chart_chain, pd.DataFrame({"step": ["ex_ante", "targets", "monitoring", "review"], "state": ["not_due", "done", "missing", "unknown"],
                                         "note": [None, Spoken(lambda lang: "2020-02-05"), None, None]})),
    "coverage": (chart_coverage, pd.DataFrame({"step": ["targets", "used"], "share": [0.5, NAN], "money_share": [1.0, NAN]})),
}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", CHARTS)
def test_it_is_drawn_without_a_warning_or_a_trace(name, lang):
    draw, frame = CHARTS[name]
    before, given = dict(matplotlib.rcParams), frame.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = draw(frame, lang)
        figure.canvas.draw()
    assert figure.axes
    assert dict(matplotlib.rcParams) == before
    pd.testing.assert_frame_equal(frame, given)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", CHARTS)
def test_with_nothing_to_draw_it_says_so(name, lang):
    draw, frame = CHARTS[name]
    numbers = frame.select_dtypes("number").columns
    nothing = frame.head(0) if name == "chain" else frame.assign(**dict.fromkeys(numbers.difference(["year"]), np.nan))
    said = [text.get_text() for axes in draw(nothing, lang).axes for text in axes.texts]
    assert said == [{"en": "No data to draw", "zh": "无可绘制的数据"}[lang]]


def test_a_missing_share_is_written_and_has_no_bar():
    draw, frame = CHARTS["coverage"]
    axes = draw(frame, "en").axes[0]
    # two bars of the first step, two boxes of the key; none for the step whose table is missing
    assert len(axes.patches) == 4
    assert [text.get_text() for text in axes.texts].count("table missing") == 2


def test_an_item_that_is_not_measured_has_no_bar():
    draw, frame = CHARTS["items"]
    axes = draw(frame, "en").axes[0]
    assert [round(bar.get_width(), 2) for bar in axes.patches] == [71.25]
    assert "not measured by the data" in [text.get_text() for text in axes.texts]
