"""The shipped rule-books, the grades, and what is said of a rule-book with mistakes."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from perfanalysis import words
from perfanalysis.errors import RuleError
from perfanalysis.rules import CONVENTIONS, list_rulebooks, load_rulebook

FOLDER = Path(__file__).resolve().parents[2] / "perfanalysis" / "rules" / "rulebooks"
#: from domain.md's table; a rule-book that is added must be added here, with what its document says
EXECUTION_WEIGHT = {"mof-2020": 10, "mof-2021": 10, "hubei": 20, "sichuan": 10}
SHIPPED = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def written(tmp_path, change):
    """A copy of mof-2020 with something changed."""
    data = yaml.safe_load((FOLDER / "mof-2020.yaml").read_text(encoding="utf-8"))
    change(data)
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_rulebook_is_whole(name):
    book = load_rulebook(name)
    assert book.name == name
    assert book.execution_weight == EXECUTION_WEIGHT[name]
    for weights in book.weight_sets:
        assert sum(group.weight for group in weights.groups) + book.execution_weight == 100
    rules = book.rules()
    assert rules["code"].is_unique
    cited = rules[~rules["code"].str.startswith("convention.")]
    assert (cited["source"].str.len() > 0).all()
    assert cited["verified"].isin([True, False]).all()


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("lang", words.languages())
def test_every_rule_can_be_said_and_cited(name, lang):
    for clause in load_rulebook(name).clauses.values():
        for text in (clause.name(lang), clause.say(lang), clause.cite(lang)):
            assert text
            assert not re.search(r"None|\{|\}|not available|无数据|Quantity", text), text


@pytest.mark.parametrize("lang", words.languages())
def test_every_convention_has_a_name_and_a_sentence(lang):
    said = {code for code in words.codes(lang) if code.startswith("convention.")}
    assert said == {f"convention.{name}.{part}" for name in CONVENTIONS for part in ("name", "text")}


def test_words_of_the_default_rulebook():
    book = load_rulebook("mof-2020")
    assert book.clause("rule.grades").say("zh") == "按总分划分等级：90分（含）以上为优；80分（含）至90分为良；60分（含）至80分为中；60分以下为差。"
    assert book.clause("rule.execution_proportional").say("en") == (
        "Budget execution: 10 points × executed ÷ adjusted budget, at most 10 points."
    )


def test_what_was_seen_and_what_is_recalled():
    """domain.md: weights of mof-2020 seen, its qualitative bands recalled; all of mof-2021 recalled; hubei's and sichuan's own seen."""
    verified = load_rulebook("mof-2020").rules().set_index("code")["verified"]
    assert verified["rule.weights"] and verified["rule.grades"]
    assert not verified["rule.qualitative"]
    recalled = load_rulebook("mof-2021").rules()
    assert not recalled.loc[recalled["source"] == "财预〔2021〕101号", "verified"].any()
    hubei = load_rulebook("hubei").rules()
    assert hubei.loc[hubei["source"] == "湖北省项目自评表", "verified"].all()


def test_listing_names_every_shipped_rulebook():
    assert list_rulebooks()["rulebook"].tolist() == SHIPPED


def test_grades_are_half_open_and_missing_stays_missing():
    # domain.md: 优 ≥ 90, 良 ≥ 80, 中 ≥ 60, 差 below; 89.995 prints as 90.00, 89.994 as 89.99
    scores = pd.Series([100, 90, 89.995, 89.994, 89.5, 80, 79.99, 60, 59.99, 0, np.nan], index=list("abcdefghijk"))
    grades = load_rulebook("mof-2020").grade(scores)
    assert grades.tolist()[:-1] == [
        "excellent", "excellent", "excellent", "good", "good", "good", "fair", "fair", "poor", "poor",
    ]
    assert pd.isna(grades["k"])
    assert grades.index.equals(scores.index)


def test_a_float_just_below_a_limit_is_the_limit():
    # 0.1 added 900 times is 89.9999999999988, which everybody reads as 90
    almost = sum([0.1] * 900)
    assert almost < 90
    assert load_rulebook("mof-2020").grade(pd.Series([almost])).tolist() == ["excellent"]


def test_a_rulebook_of_ones_own_with_other_bands(tmp_path):
    def change(data):
        data["name"] = "mine"
        for band, start in zip(data["grades"]["bands"], (80, 70, 60, 0), strict=True):
            band["from"] = start

    book = load_rulebook(written(tmp_path, change))
    assert book.name == "mine"
    assert book.grade(pd.Series([80.0, 79.9])).tolist() == ["excellent", "good"]


def test_digest_is_of_the_content_only(tmp_path):
    same = written(tmp_path, lambda data: None)
    assert load_rulebook(same).digest == load_rulebook("mof-2020").digest
    other = written(tmp_path, lambda data: data["execution"].update(reason_below=0.9))
    assert load_rulebook(other).digest != load_rulebook("mof-2020").digest


def test_unknown_name_lists_the_near_ones():
    with pytest.raises(RuleError, match=r"no rule-book 'mof-2200'; near it: mof-2020"):
        load_rulebook("mof-2200")


@pytest.mark.parametrize(("change", "message"), [
    (lambda d: d["grades"]["bands"][1].update({"from": 95}), r"grades\.bands\[1\]\.from: 95\.0 is not below 90"),
    (lambda d: d["grades"]["bands"][3].update({"from": 10}), r"grades\.bands\[3\]\.from: 10\.0 is not 0"),
    (lambda d: d["grades"]["bands"][0].update({"grade": "great"}), r"grades\.bands\[0\]\.grade: 'great' is not one of excellent, good"),
    (lambda d: d["weights"]["sets"][0]["groups"][0].update(weight=40), r"weights\.sets\[0\]: 90\.0 is what the groups and execution \(10\) add up to; it must be 100"),
    (lambda d: d["weights"]["sets"][0]["groups"][0].update(levels=["outputs"]), r"'outputs' is not one of output, benefit"),
    (lambda d: d["execution"].update(method="step"), r"execution\.method: 'step' is not one of proportional, steps"),
    (lambda d: d["execution"].update(reason_below=90), r"execution\.reason_below: 90 is not from 0 to 1"),
    (lambda d: d["increasing"].pop("source"), r"increasing\.source: None must name a document"),
    (lambda d: d["increasing"].pop("verified"), r"increasing\.verified: None must be true .* or false"),
    (lambda d: d.pop("qualitative"), r"'qualitative' is missing"),
    (lambda d: d["qualitative"]["levels"].pop(1), r"qualitative\.levels: .* must cover yes, partly, no"),
    (lambda d: d.update(grade={}), r"top level: 'grade' is not one of .*did you mean 'grades'"),
    (lambda d: d.update(yes_no={"words": [True]}), r"yes_no\.words: \[True\] must be a list of words in quotes"),
    (lambda d: d["weights"]["sets"][0].update(when={"has": ["cost"]}), r"must be left out: the last set is for all others"),
])
def test_a_mistake_is_named_with_its_path_and_what_is_allowed(tmp_path, change, message):
    path = written(tmp_path, change)
    with pytest.raises(RuleError, match=message):
        load_rulebook(path)


def test_all_mistakes_are_said_at_once(tmp_path):
    def change(data):
        data["execution"]["method"] = "step"
        data["grades"]["bands"][3]["from"] = 10

    path = written(tmp_path, change)
    with pytest.raises(RuleError) as caught:
        load_rulebook(path)
    assert len(str(caught.value).splitlines()) == 2


def test_a_file_that_is_not_a_rulebook(tmp_path):
    path = tmp_path / "list.yaml"
    path.write_text("- 1\n- 2\n", encoding="utf-8")
    with pytest.raises(RuleError, match="must be a mapping"):
        load_rulebook(path)
