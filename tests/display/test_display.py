"""Blocks as they are shown: escaped, every number a link, tables formatted as a reader expects, machines served."""

import json
import math
import re

import numpy as np
import pandas as pd
import pytest

from perfanalysis import words
from perfanalysis.charts import chart_execution_by_project
from perfanalysis.display.blocks import Absent, Chart, ColumnView, FactList, Findings, KeyFigures, Section, Table, Text
from perfanalysis.display.render import fact_anchor, render
from perfanalysis.display.show import MIME, make_output, show
from perfanalysis.display.tables import table_json, view_table
from perfanalysis.findings import Evidence, Fact, Finding, Label

EVIL = "<script>alert(1)</script> & \"quotes\" 'x'"
RATE = Fact("101", "execution_rate", 0.8705, "ratio", "execution_rate", (Evidence("projects", {"unit": "101", "year": 2023}, "executed"),), period="2023")
BUDGET = Fact("101", "budget", 1.2e9, "money", "budget", (Evidence("projects", {"unit": "101", "year": 2023}, "budget_adjusted"),), period="2023")
LOST = Fact("101", "mean_score", None, "points", "mean_score", (), period="2023")
FRAME = pd.DataFrame({
    "label": [EVIL, "乙"], "label_en": [EVIL, np.nan], "account": ["general_public", np.nan], "budget_adjusted": [3.2e8, 5e4], "executed": [3.0e8, np.nan],
    "execution_rate": [0.9375, np.nan], "submitted": [9.0, 8.62], "difference": [0.013, -0.02], "met": ["yes", np.nan], "found_on": [pd.Timestamp("2023-05-01"), pd.NaT],
    "indicators": [1234, 2],
})
COLUMNS = (
    ColumnView("label"), ColumnView("account", "choice:projects.account"), ColumnView("budget_adjusted", "money"), ColumnView("executed", "money"),
    ColumnView("execution_rate", "ratio"), ColumnView("submitted", "points"), ColumnView("difference", "percentage_points"), ColumnView("met", "words:met"),
    ColumnView("found_on", "date"), ColumnView("indicators", "count"),
)


@pytest.fixture
def catalogue(monkeypatch):
    """The real catalogues, and the words of this file's section in both languages."""
    real = words._catalogue
    extra = {
        "en": {"section.trial": "Trial", "text.trial": "Of {budget}, {unit} executed {rate} <really>.", "chart.trial.title": "{rate} executed",
               "chart.trial.alt": "Bars of {unit}; {rate} in all.", "table.trial": "Trial at {rate}", "finding.trial.says": "{unit} stands at {rate}.",
               "finding.trial.action": "Ask {unit}."},
        "zh": {"section.trial": "试验", "text.trial": "{unit}全年预算{budget}，执行率{rate}。", "chart.trial.title": "执行率{rate}", "chart.trial.alt": "{unit}，执行率{rate}。",
               "table.trial": "试验（{rate}）", "finding.trial.says": "{unit}执行率为{rate}。", "finding.trial.action": "请{unit}说明。"},
    }
    monkeypatch.setattr(words, "_catalogue", lambda lang: {**real(lang), **extra.get(lang, {})})


def section(**values):
    values = {"unit": Label("101", EVIL, EVIL), "rate": RATE, "budget": BUDGET} | values
    finding = Finding("trial", "serious", "101", {"unit": values["unit"], "rate": RATE})
    blocks = (
        Text("trial", values), KeyFigures((BUDGET, RATE, LOST)), Findings((finding,)), Chart("trial", chart_execution_by_project, FRAME, values),
        Table("trial", FRAME, COLUMNS, values, most=1), Absent("execution"), Absent("projects", "account"), FactList((RATE, BUDGET, LOST)),
    )
    return Section("trial", blocks, (finding,), (RATE, BUDGET, LOST))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_everything_from_the_data_is_escaped(catalogue, lang):
    page = render(section(), lang)
    assert "<script" not in page and "<really>" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;quotes&#34;") >= 5  # text, finding, action, alt, table


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_number_leads_to_its_row_in_the_register(catalogue, lang):
    page = render(section(), lang)
    links = re.findall(r'<a class="fact" href="#([^"]+)">', page)
    # text 2, key figures 3, finding 1, chart 1, caption 1
    assert len(links) == 8
    assert set(links) <= set(re.findall(r'<tr id="([^"]+)">', page))
    assert fact_anchor(RATE) == "fact-101.execution_rate.2023"


def test_headings_scopes_and_alternative_texts(catalogue):
    page = render(section(), "en")
    assert page.startswith('<section class="pa" id="trial" aria-labelledby="trial-title">\n<h2 id="trial-title">Trial</h2>')
    assert re.search(r'<img src="data:image/svg\+xml,[^"]+" alt="Bars of [^"]+; 87.1% in all." width="760" height="\d+">', page)
    assert '<figcaption><a class="fact" href="#fact-101.execution_rate.2023">87.1%</a> executed</figcaption>' in page
    assert page.count('<th scope="col"') == len(COLUMNS) + 5
    assert page.count('<th scope="row">') == 1 + 3  # one line shown of two, three facts
    assert '<strong class="severity"><span aria-hidden="true">▲</span> serious</strong>' in page
    assert "Rows shown: 1 of 2. All rows are in tables.xlsx." in page


def test_what_is_missing_says_which_table_and_why(catalogue):
    assert "the table “Budget execution over the year”" in render(section(), "en")
    assert "“预算执行进度”表，数据中没有该表。缺少该表则无法反映年度内支出进度" in render(section(), "zh")
    assert "needs the column “Budget account” of the table “Projects”" in render(section(), "en")


def cells(lang, name, frame=FRAME, columns=COLUMNS, **more):
    view = view_table(Table("trial", frame, columns, **more), lang)
    column = next(column for column in view.columns if column.name == name)
    return column.heading, *column.cells


@pytest.mark.parametrize(("name", "en", "zh"), [
    # one scale for all money: 320,000,000 and 50,000 yuan; a tenth percentile of 15.9 million would allow 亿元, but 50,000 would be 0.00 of it
    ("budget_adjusted", ("Adjusted budget (million yuan)", "320.00", "0.05"), ("调整后预算（万元）", "32,000.00", "5.00")),
    ("executed", ("Executed (million yuan)", "300.00", None), ("执行数（万元）", "30,000.00", None)),
    ("execution_rate", ("Execution rate", "93.8%", None), ("执行率", "93.8%", None)),
    ("submitted", ("Submitted", "9.00", "8.62"), ("自评得分", "9.00", "8.62")),
    ("difference", ("Difference (percentage points)", "+1.3", "−2.0"), ("差异（百分点）", "+1.3", "−2.0")),
    ("account", ("Budget account", "general public budget", None), ("预算类别", "一般公共预算", None)),
    ("met", ("Met", "met", None), ("完成情况", "完成", None)),
    ("found_on", ("Found on", "2023-05-01", None), ("发现日期", "2023-05-01", None)),
    ("indicators", ("Indicators", "1,234", "2"), ("指标数", "1,234", "2")),
])
def test_cells_are_written_as_a_reader_expects(name, en, zh):
    assert cells("en", name) == en
    assert cells("zh", name)[1:] == zh[1:]
    assert ("（" in cells("zh", name)[0]) == ("（" in zh[0])


def test_money_of_one_size_takes_the_large_scale():
    frame = pd.DataFrame({"executed": [3.2e8, 1.1e8, 0.0]})
    assert cells("zh", "executed", frame, (ColumnView("executed", "money"),))[1:] == ("3.20", "1.10", "0.00")


def test_points_have_no_more_decimals_than_they_need():
    frame = pd.DataFrame({"score": [9.0, 10.0]})
    assert cells("en", "score", frame, (ColumnView("score", "points"),))[1:] == ("9", "10")


def test_a_sum_stands_last_even_where_rows_are_left_out():
    frame = pd.DataFrame({"label": ["a", "b", "c", "sum"], "indicators": [1, 2, 3, 6]})
    view = view_table(Table("trial", frame, (ColumnView("label"), ColumnView("indicators", "count")), most=2, total=True), "en")
    assert list(view.rows()) == [("a", "1"), ("b", "2"), ("sum", "6")]
    assert (view.shown, view.total, view.sums) == (2, 3, True)


def test_a_column_without_words_is_an_error():
    with pytest.raises(KeyError, match=r"no words for 'column\.nonsense'"):
        view_table(Table("trial", pd.DataFrame({"nonsense": [1]}), (ColumnView("nonsense"),)), "en")


def test_machines_get_raw_values(catalogue):
    table = table_json(Table("trial", FRAME, COLUMNS), "en", "CNY", "Trial")
    assert table["columns"][2] == {"name": "budget_adjusted", "label": "Adjusted budget (yuan)", "unit": "money"}
    assert table["rows"][1] == ["乙", None, 50_000, None, None, 8.62, -0.02, None, None, 2]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_bundle_is_the_same_twice_and_plain_json(catalogue, lang):
    bundle = make_output(section(), lang)
    assert bundle == make_output(section(), lang)
    said = json.loads(json.dumps(bundle[MIME], allow_nan=False))
    assert said["section"] == "trial" and said["kind"] == "section"
    assert [fact["value"] for fact in said["facts"]] == [0.8705, 1.2e9, None]
    assert said["findings"][0]["facts"] == [RATE.id]
    assert len(said["tables"][0]["rows"]) == 2  # the whole, not the line shown
    assert "87.1%" in bundle["text/plain"] and "<" not in bundle["text/plain"].replace(EVIL, "").replace("<script>alert(1)", "").replace("<really>", "")


def test_nan_is_missing_everywhere(catalogue):
    nothing = Fact("101", "mean_score", math.nan, "points", "mean_score", (), period="2023")
    assert make_output(KeyFigures((nothing,)), "en")["text/html"].count("not available") == 1


def test_show_displays_one_bundle(catalogue, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append((data, raw)))
    show(section(), "en")
    assert len(shown) == 1 and shown[0][1] is True
    assert set(shown[0][0]) == {"text/html", "text/plain", MIME}
    with pytest.raises(TypeError, match="str is not a block of a report"):
        show("a text", "en")
