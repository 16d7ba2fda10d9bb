"""The catalogues hold together: the same codes and the same values in every language, and no words left over in another."""

import re

import pytest

from perfanalysis import words
from perfanalysis.findings import Label

LANGUAGES = words.languages()


def test_english_and_chinese_are_there():
    assert set(LANGUAGES) >= {"en", "zh"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_has_the_same_codes(lang):
    assert words.codes(lang) ^ words.codes("en") == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_sentence_takes_the_same_values(lang):
    differing = {code for code in words.codes("en") if words.placeholders(code, lang) != words.placeholders(code, "en")}
    assert differing == set()


def test_chinese_words_are_chinese_and_english_words_english():
    strays = []
    for code in sorted(words.codes("en")):
        text = {lang: re.sub(r"\{[^}]*\}", "", words.text(code, lang)) for lang in ("en", "zh")}
        # the official number or name of a document and quoted terms stand in English too
        english = re.sub(r"财预〔\d{4}〕\d+号|《[^》]*》|[（(][^）)]*[\u4e00-\u9fff][^）)]*[）)]|‘[^’]*’|\"[^\"]*\"", "", text["en"])
        if re.search(r"[\u4e00-\u9fff，。；：？！]", english) or re.search(r"[A-Za-z]{3,} [a-z]+ [a-z]+ ", text["zh"]):
            strays.append(code)
    assert strays == []


def test_a_code_or_value_that_is_missing_is_an_error():
    with pytest.raises(KeyError, match=r"no words for 'finding\.none\.says'"):
        words.say("finding.none.says", "en")
    with pytest.raises(KeyError, match=r"needs a value for \{rows\}"):
        words.say("finding.rows_set_aside.says", "en", {})
    with pytest.raises(KeyError, match="no catalogue for language 'fr'; there are: en"):
        words.say("grade.good", "fr")


@pytest.mark.parametrize(("number", "sentence"), [
    (1, "1 project executed less"), (2, "2 projects executed less"),
])
def test_plural_forms_follow_the_number(number, sentence):
    values = {"projects": words.Quantity(number, "count"), "threshold": words.Quantity(0.8, "ratio"),
              "unspent": words.Quantity(2.5e6, "money"), "names": [Label("1", "道路", "Roads, phase I"), Label("2", "桥梁", "Bridges")]}
    said = words.say("finding.low_execution_projects.says", "en", values)
    assert said == f"{sentence} than 80.0% of the budget and left 2.50 million yuan unspent: Roads, phase I; Bridges."


@pytest.mark.parametrize(("number", "english", "chinese"), [(0, "no project stayed", "没有项目低于"), (1, "1 project stayed", "1个项目低于"), (3, "3 projects stayed", "3个项目低于")])
def test_no_report_says_0_projects(number, english, chinese):
    values = {"slow": words.Quantity(number, "count"), "threshold": words.Quantity(0.8, "ratio", decimals=0), "execution_rate": words.Quantity(0.9, "ratio")}
    assert words.say("chart.execution_by_project.title", "en", values) == f"90.0% of the budget was executed; {english} below 80%"
    assert words.say("chart.execution_by_project.title", "zh", values) == f"预算执行率90.0%，{chinese}80%"
