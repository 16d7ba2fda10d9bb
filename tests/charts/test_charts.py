"""Every chart, in both languages: drawn without a warning or a trace, the same twice, in a font that has the letters."""

import os
import subprocess
import sys
import warnings
from functools import partial

import numpy as np
import pandas as pd
import pytest

from perfanalysis import charts
from perfanalysis.charts import labels, letters
from perfanalysis.display.picture import MOST, draw_svg, picture

BANDS = {"excellent": 90, "good": 80, "fair": 60, "poor": 0}
NAMES = pd.DataFrame({
    "label": ["城市公共交通运营补贴", "基层医疗卫生服务能力提升（含中医馆建设及村卫生室标准化、设备更新）", "<script>alert('x')</script>", "价格$1与$2的“补贴”"],
    "label_en": ["Urban transport subsidy", "Primary care & clinics", None, "Costs of $1 and $2"],
})


def projects():
    return NAMES.assign(
        budget_adjusted=[4.2e8, 6.6e7, 3.1e6, 2e4], executed=[4.1e8, 2e7, np.nan, 3e4], execution_rate=[0.976, 0.303, np.nan, 1.5],
        achievement=[0.99, 0.97, 0.5, np.nan], quadrant=["met_spent", "met_unspent", np.nan, np.nan],
        submitted=[95.0, 91.0, 90.0, np.nan], recomputed=[95.0, 84.25, np.nan, np.nan],
    )


def periods():
    ends = pd.date_range("2022-07-31", periods=12, freq="ME")
    share = [0.02, 0.05, 0.1, 0.2, 0.3, np.nan, 0.4, 0.5, 0.6, 0.7, 0.8, 1.06]
    middle = np.linspace(0.05, 0.97, 12)
    return pd.DataFrame({"period_end": ends, "year": 2023, "share": share, "pace_low": middle * 0.8, "pace_mid": middle, "pace_high": middle * 1.1})


def indicators():
    return NAMES.assign(level1=["output", "benefit", "satisfaction", np.nan], attainment=[2.75, 0.48, np.nan, 1.0], met=[True, False, np.nan, True],
                        weight=[10.0, 30.0, np.nan, 5.0])


def units():
    values = np.linspace(0.4, 1.02, 40)
    return pd.DataFrame({"label": [f"第{n}局" for n in range(40)], "label_en": [f"Bureau {n}" for n in range(40)], "value": values,
                         "low": values - 0.02, "high": values + 0.02, "own": [n == 7 for n in range(40)], "measure": "execution_rate"})


CHARTS = {
    "execution_by_project": (charts.chart_execution_by_project, projects),
    "execution_by_period": (partial(charts.chart_execution_by_period, fiscal_year_start=7), periods),
    "attainment": (charts.chart_attainment, indicators),
    "scores": (partial(charts.chart_scores, bands=BANDS), projects),
    "quadrants": (partial(charts.chart_quadrants, execution_from=0.8, achievement_from=0.95), projects),
    "peers": (charts.chart_peers, units),
    "grades": (charts.chart_grades, lambda: pd.DataFrame({"grade": ["excellent", "poor"], "count": [3, 0], "submitted_count": [5, np.nan]})),
    "score_distribution": (partial(charts.chart_score_distribution, bands=BANDS), lambda: pd.DataFrame({"score": [90.0, 90.4, 89.99999999999999, 100, 55]})),
    "units": (partial(charts.chart_units, reference=0.8, title="execution_rate"), units),
    "accounts": (charts.chart_accounts, lambda: pd.DataFrame({"account": ["general_public", "state_capital"], "amount": [3e9, 2e6]})),
}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_drawn_the_same_twice_and_leaves_no_trace(name, lang):
    import matplotlib

    draw, frame = CHARTS[name]
    given = frame()
    before, settings = given.copy(deep=True), dict(matplotlib.rcParams)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second = draw_svg(draw(given, lang)), draw_svg(draw(given, lang))
    assert first == second
    pd.testing.assert_frame_equal(given, before)
    assert dict(matplotlib.rcParams) == settings
    # letters are outlines: no text from the data is in the picture, to be run or to lack a font
    assert "script" not in first and "<text" not in first
    assert len(first) < 60_000


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_without_rows_says_so(name):
    draw, frame = CHARTS[name]
    assert draw_svg(draw(frame().iloc[:0], "en"))


def test_drawing_needs_no_pyplot():
    code = "import sys, pandas, perfanalysis.charts as c; c.chart_grades(pandas.DataFrame({'grade': ['good'], 'count': [1], 'submitted_count': [2]}), 'zh')"
    check = f"{code}; assert 'matplotlib.pyplot' not in sys.modules and 'zhplot' not in sys.modules"
    subprocess.run([sys.executable, "-c", check], check=True)


def test_the_fonts_have_every_character_of_the_catalogues():
    from perfanalysis import words

    for lang in words.languages():
        written = "".join(words.text(code, lang) for code in words.codes(lang) if code.startswith(("chart_label.", "month_short.", "grade.")))
        assert letters.covered(written), lang
    assert letters.covered("−–≥≤×·…（），：“”、％￥") and not letters.covered("ก")


def test_matplotlib_itself_draws_chinese_without_a_missing_glyph(tmp_path):
    # what a person sees who saves the figure by hand rather than through the report
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        charts.chart_execution_by_project(projects(), "zh").savefig(tmp_path / "figure.png")


def test_a_large_picture_becomes_png():
    many = pd.DataFrame({"label": "项目", "execution_rate": np.linspace(0, 1, 5000), "achievement": np.linspace(1, 0, 5000), "budget_adjusted": 1.0,
                         "quadrant": "met_spent"})
    figure = charts.chart_quadrants(many, "zh", execution_from=0.8, achievement_from=0.95)
    assert len(draw_svg(figure)) > MOST
    assert picture(figure).startswith("data:image/png;base64,iVBOR")


def test_an_outline_is_relative_whole_numbers():
    # "l" of the font is a box: from the base line up, 92 of 1000 units in, scaled to 200 units to the em
    path = letters.outline("l")
    assert path.startswith("M") and path.endswith("z") and "." not in path
    assert letters.outline(" ") == ""
    assert letters.advance("中") == 1.0 and 0.2 < letters.advance("l") < 0.4


def test_labels_break_evenly_and_are_cut_with_an_ellipsis():
    assert labels.wrap("Urban transport subsidy", 5.0) == "Urban transport subsidy"
    # nine characters of an eighth of an inch: two lines, as even as nine allows
    assert labels.wrap("城市公共交通补贴款", 9.5 / 72 * 6.1) in ("城市公共\n交通补贴款", "城市公共交\n通补贴款")
    cut = labels.shorten("Urban transport subsidy", 1.0)
    assert cut.endswith("...") and labels.width(cut) <= 1.0
    assert labels.shorten("城市公共交通补贴", 9.5 / 72 * 5.01) == "城市公共…"


def test_spread_labels_keep_their_order_distance_and_limits():
    assert labels.spread([0.50, 0.52, 0.9], 0.1) == pytest.approx([0.46, 0.56, 0.9])
    assert labels.spread([1.0, 0.99], 0.2, 0, 1) == pytest.approx([1.0, 0.8])


def test_placed_labels_overlap_nothing():
    points = np.array([[1.0, 1.0], [1.1, 1.0], [3.0, 2.0]])
    sizes = {0: (0.8, 0.2), 1: (0.8, 0.2), 2: (0.8, 0.2)}
    radii = np.full(3, 0.08)
    places = labels.place_labels(points, sizes, radii, (4.0, 3.0), [0, 1, 2])
    boxes = [(x - 0.4, y - 0.1, x + 0.4, y + 0.1) for x, y, _ in places.values()]
    assert len(boxes) == 3
    for number, (left, bottom, right, top) in enumerate(boxes):
        assert left >= 0 and right <= 4 and bottom >= 0 and top <= 3
        for other in boxes[number + 1 :]:
            assert right <= other[0] or other[2] <= left or top <= other[1] or other[3] <= bottom


@pytest.mark.parametrize(("highest", "lang", "ticks", "scale"), [
    (4.2e8, "en", ["0", "100", "200", "300", "400", "500"], "million yuan"),
    (4.2e8, "zh", ["0", "1", "2", "3", "4", "5"], "亿元"),
    (1.2e8, "zh", ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0", "1.2"], "亿元"),
    (9e4, "zh", ["0", "2", "4", "6", "8", "10"], "万元"),
])
def test_money_axes_have_round_steps_in_one_scale(highest, lang, ticks, scale):
    assert labels.money_axis(highest, lang, "CNY")[1:] == (ticks, scale)


def test_exactly_the_threshold_stands_right_of_it():
    # 90, 90.4 and 89.99999999999999 (a sum that means 90) lie in the bin from 90 to 91
    draw, frame = CHARTS["score_distribution"]
    bars = draw(frame(), "en").axes[0].patches
    heights = {round(bar.get_x() + bar.get_width() / 2, 2): bar.get_height() for bar in bars}
    assert heights == {55.5: 1, 90.5: 3, 100.5: 1}


def test_another_process_draws_the_same_bytes():
    frame = "pandas.DataFrame({'grade': ['good'], 'count': [1], 'submitted_count': [2]})"
    code = f"import pandas, perfanalysis.charts as c; from perfanalysis.display.picture import picture; print(picture(c.chart_grades({frame}, 'zh')))"
    other = [subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env={**os.environ, "PYTHONHASHSEED": seed}).stdout for seed in "12"]
    assert other[0] == other[1]
    assert other[0].strip() == picture(charts.chart_grades(pd.DataFrame({"grade": ["good"], "count": [1], "submitted_count": [2]}), "zh"))
