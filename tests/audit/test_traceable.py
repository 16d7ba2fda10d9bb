"""Every number that a report states leads to a fact, and every fact to what it was made from."""

import re
from html.parser import HTMLParser

#: Where a report speaks: paragraphs, findings, key figures and chart titles. Tables are data, the count under a long table is about the table.
_PROSE, _QUIET = {"p", "dd", "figcaption"}, {"more", "demonstration"}


class _Prose(HTMLParser):
    """The text of the prose outside facts and names, the links of facts, and every anchor of the page."""

    def __init__(self):
        super().__init__()
        self.loose: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.anchors: set[str] = set()
        self._open: list[tuple[str, set[str]]] = []

    def handle_starttag(self, tag, attrs):
        about = dict(attrs)
        classes = set((about.get("class") or "").split())
        if about.get("id"):
            self.anchors.add(about["id"])
        if tag == "a" and "fact" in classes:
            self.links.append((about["href"], ""))
        if tag not in ("img", "meta", "link", "br"):
            self._open.append((tag, classes))

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        tags = {tag for tag, _ in self._open}
        classes = set().union(*(classes for _, classes in self._open)) if self._open else set()
        if "fact" in classes:
            self.links[-1] = (self.links[-1][0], self.links[-1][1] + data)
        elif tags & _PROSE and "main" in tags and not classes & {"name", *_QUIET}:
            self.loose.append(data)


def read(page: str) -> _Prose:
    prose = _Prose()
    prose.feed(page)
    return prose


def test_the_reader_of_pages_can_find_a_loose_number():
    page = '<main><p>Of <a class="fact" href="#fact-a">12</a> <span class="name">财预〔2020〕10号</span>, 3 are late.</p></main>'
    assert [text for text in read(page).loose if re.search(r"\d", text)] == [", 3 are late."]


def test_no_number_in_prose_that_is_not_a_fact(reports):
    loose = [(code, lang, text) for code, report in reports for lang, page in report["pages"].items()
             for text in read(page).loose if re.search(r"\d", text)]
    assert loose == []


def test_every_link_of_a_number_leads_to_its_row_in_the_register(reports):
    for code, report in reports:
        for lang, page in report["pages"].items():
            prose = read(page)
            assert prose.links, (code, lang)
            from urllib.parse import unquote

            assert {href for href, _ in prose.links if unquote(href[1:]) not in prose.anchors} == set(), (code, lang)


def test_every_fact_of_its_own_names_the_lines_it_came_from(reports, demo_dataset):
    """The lines named are those of the submitted files that hold the evidence: the numbers are read again from the CSV's own lines."""
    sources = {source["file"]: source["sha256"] for source in demo_dataset.meta["sources"]}
    for code, report in reports:
        facts = report["facts"]
        assert {source["file"]: source["sha256"] for source in facts["sources"]} == sources
        for fact in facts["facts"]:
            tables = {part["table"] for part in fact["evidence"]}
            if fact["scope"] != "own" or not tables or tables <= {"set_aside", "peers"}:
                continue
            if fact["value"] not in (0, None):
                assert fact.get("rows"), (code, fact["id"])


def test_the_pages_stay_small(reports):
    sizes = {(code, lang): len(page.encode()) for code, report in reports for lang, page in report["pages"].items()}
    assert max(sizes.values()) <= 400 * 1024, sizes
