"""A third language is one catalogue file: a made-up one, every English sentence in brackets of its own, and a department's report in it."""

import re
import shutil

import pytest
import yaml
from conftest import make_page, run_notebook

from perfanalysis import words


def nested(flat):
    tree = {}
    for code, sentence in flat.items():
        *path, last = code.split(".")
        place = tree
        for part in path:
            place = place.setdefault(part, {})
        place[last] = sentence
    return tree


@pytest.fixture
def pseudo(tmp_path, monkeypatch):
    """The language ``qq`` (private use): English letters with accents, placeholders untouched, in one file."""
    folder = tmp_path / "words"
    for lang in ("en", "zh"):
        shutil.copytree(words._FOLDER / lang, folder / lang)

    def accent(sentence):
        parts = re.split(r"(\{[^{}]*\})", sentence)
        return "".join(part if part.startswith("{") else part.translate(str.maketrans("aeou", "àéôü")) for part in parts)

    # how numbers are written is no sentence: the new language writes them the English way
    sentences = {code: words.text(code, "en") if code.startswith("quantity.") else accent(words.text(code, "en")) for code in words.codes("en")}
    (folder / "qq").mkdir()
    (folder / "qq" / "all.yaml").write_text(yaml.safe_dump(nested(sentences), allow_unicode=True), encoding="utf-8")
    monkeypatch.setattr(words, "_FOLDER", folder)
    words._catalogue.cache_clear()
    yield "qq"
    monkeypatch.undo()
    words._catalogue.cache_clear()


def test_a_department_reports_in_a_third_language(pseudo, small_city):
    assert words.languages() == ("en", "qq", "zh")
    pages = {}
    for lang in ("en", pseudo):
        node = run_notebook("department.ipynb", {"dataset": str(small_city.path), "department": "165", "year": 2020, "lang": lang})
        pages[lang] = make_page(node, lang)
    page = pages[pseudo]
    assert '<html lang="qq">' in page
    # the page's own words are the new language's: headings, findings, key figures
    headings = {lang: re.findall(r"<h2[^>]*>([^<]*)</h2>", text) for lang, text in pages.items()}
    table = str.maketrans("aeou", "àéôü")
    assert headings[pseudo] == [heading.translate(table) for heading in headings["en"]]
    assert len(re.findall(r'class="fact"', page)) == len(re.findall(r'class="fact"', pages["en"]))
    numbers = {lang: re.findall(r'class="fact" href="([^"]*)"', text) for lang, text in pages.items()}
    assert numbers[pseudo] == numbers["en"]
