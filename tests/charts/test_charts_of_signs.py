"""Charts of agreement, signs and sample audits: drawn in both languages, without a trace, crowded or with nothing to draw."""

import warnings

import matplotlib
import numpy as np
import pandas as pd
import pytest

from perfanalysis.analysis.gaming import SIGNS
from perfanalysis.charts.agreement import chart_agreement
from perfanalysis.charts.sampling import chart_misstatement
from perfanalysis.charts.signs import chart_digits, chart_signs

UNITS = 60
SIGNED = pd.DataFrame({
    "unit": np.repeat([f"{n}" for n in range(UNITS)], len(SIGNS)), "sign": list(SIGNS) * UNITS, "share": 0.5, "p": [0.001, np.nan, 0.5, 0.2, 0.001, 0.4, 0.9] * UNITS,
    "label": "市公安局道路交通安全与“价格$1”管理办公室", "label_en": "Office of Road Safety and Prices $1 of the Public Security Bureau",
}).assign(flagged=lambda frame: frame["p"] < 0.01)
CHARTS = {
    "agreement": (lambda frame, lang: chart_agreement(frame, lang, bias=10.0, low=9.9, high=10.1), pd.DataFrame({"self_score": [90.0, 95.0, np.nan], "review": [80.0, 85.0, 70.0], "own": [True, False, True]})),
    "signs": (lambda frame, lang: chart_signs(frame, lang, signs=tuple(SIGNS)), SIGNED),
    "digits": (chart_digits, pd.DataFrame({"share": np.full(9, 1 / 9), "expected": np.log10(1 + 1 / np.arange(1, 10))}, index=range(1, 10))),
    "misstatement": (lambda frame, lang: chart_misstatement(frame, lang, tolerable=5e8), pd.DataFrame({"side": ["over", "under"], "projected": [6e8, 0.0], "upper": [9e8, 1e8]})),
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
    assert figure.axes and dict(matplotlib.rcParams) == before
    pd.testing.assert_frame_equal(frame, given)


@pytest.mark.parametrize("name", CHARTS)
def test_with_nothing_to_draw_it_says_so(name):
    draw, frame = CHARTS[name]
    nothing = frame.assign(share=np.nan) if name == "digits" else frame.head(0)
    assert [text.get_text() for axes in draw(nothing, "en").axes for text in axes.texts] == ["No data to draw"]


def test_the_labels_of_close_lines_keep_apart():
    draw, frame = CHARTS["agreement"]
    axes = draw(frame, "en").axes[0]
    places = sorted(text.get_position()[1] for text in axes.texts if ":" in text.get_text())
    per_inch = (axes.get_ylim()[1] - axes.get_ylim()[0]) / (axes.get_position().height * axes.figure.get_figheight())
    assert len(places) == 3 and np.diff(places).min() >= 0.31 * per_inch


def test_units_beyond_the_most_are_counted_not_drawn():
    draw, frame = CHARTS["signs"]
    texts = [text.get_text() for text in draw(frame, "en").axes[0].texts]
    # 25 of 60 units, six tested signs each with its share
    assert texts.count("50%") == 25 * 6 and any("35" in text for text in texts)
