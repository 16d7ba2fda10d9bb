"""A corpus of hostile texts in every text column of every table: nothing runs in a browser, nothing is a formula in the workbook."""

import io

import pandas as pd
import pytest
from conftest import ROOT, make_page, run_notebook
from openpyxl import load_workbook

from perfanalysis.cli import DEMONSTRATION
from perfanalysis.dataset import SET_ASIDE, write_dataset
from perfanalysis.reporting.gather import gather
from perfanalysis.reporting.plan import load_plan
from perfanalysis.reporting.workbook import make_workbook
from perfanalysis.tables import TABLES

#: Each sets ``window.hit``, asks a host that is not there, or is what a spreadsheet takes for a formula.
CORPUS = (
    "<script>window.hit=1</script>", "<img src=x onerror=window.hit=1>", "\"><svg onload=window.hit=1>", "' onmouseover='window.hit=1' x='",
    "</style><script>window.hit=1</script>", "</title><script>window.hit=1</script>", "<!--<script>window.hit=1//-->", "<iframe srcdoc='<script>top.hit=1</script>'>",
    "javascript:window.hit=1", "<a href=javascript:window.hit=1>x</a>", "<body onload=window.hit=1>", "<link rel=stylesheet href=http://host.invalid/a.css>",
    "<style>@import 'http://host.invalid/b.css'</style>", "<meta http-equiv=refresh content='0;url=http://host.invalid/'>", "<base href=http://host.invalid/>",
    "<form action=http://host.invalid/><input autofocus onfocus=window.hit=1>", "{{ 7*7 }}{% for x in ().__class__.__base__.__subclasses__() %}", "{unit}{0}%s",
    "&lt;script&gt;window.hit=1&lt;/script&gt;", "<math><mtext></p><img src=x onerror=window.hit=1>", "\x3csvg/onload=window.hit=1\x3e", "$\\href{javascript:hit}{x}$",
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "=HYPERLINK(\"http://host.invalid\",\"x\")", "=cmd|'/C calc'!A0", "\t=1+1", "\r=1+1", "=IMPORTXML(\"http://host.invalid\")",
    "\u202egnp.exe", "\x00\x08\x1b[31m", "\ufeff=1+1", "＝1+1",
)
UNIT = "165"


def poison(frame: pd.DataFrame, columns, offset: int) -> pd.DataFrame:
    """Each text column of each row with one of the corpus, all of it used in turn."""
    for place, name in enumerate(columns):
        if name in frame:
            texts = [CORPUS[(offset + place + row) % len(CORPUS)] + f" {name}{row}" for row in range(len(frame))]
            frame = frame.assign(**{name: pd.Series(texts, index=frame.index, dtype="str")})
    return frame


@pytest.fixture(scope="module")
def hostile(demo_dataset, tmp_path_factory):
    """One department's rows with hostile texts, the others as they are; the pages and the workbook of its report."""
    tables = {}
    for number, name in enumerate(demo_dataset.names):
        frame = demo_dataset.table(name)
        own = frame["unit"].eq(UNIT).fillna(False) if "unit" in frame else pd.Series(False, index=frame.index)
        text = [column.name for column in TABLES[name].columns if column.kind == "text"]
        tables[name] = pd.concat([frame[~own], poison(frame[own], text, number * 5)], ignore_index=True) if own.any() else frame
    aside = pd.DataFrame({name: [CORPUS[place % len(CORPUS)] for place in range(len(CORPUS))] for name in ("file", "sheet", "problems_en", "problems_zh", "values")})
    aside = aside.assign(table="projects", unit=UNIT, row=1, severity="warning")
    folder = tmp_path_factory.mktemp("hostile") / "dataset"
    columns = [name for name in demo_dataset.table(SET_ASIDE).columns if name in aside]
    sources = [{"file": text, "sha256": "0" * 64, "bytes": 1} for text in CORPUS]
    write_dataset(folder, tables, set_aside=aside[columns], sources=sources, name=CORPUS[0], name_en=CORPUS[1])
    nodes = {lang: run_notebook("department.ipynb", {"dataset": str(folder), "department": UNIT, "year": 2020, "lang": lang}) for lang in ("en", "zh")}
    pages = {lang: make_page(node, lang) for lang, node in nodes.items()}
    return pages, make_workbook({lang: gather(node).tables for lang, node in nodes.items()})


def test_every_text_column_was_poisoned(hostile):
    pages, _ = hostile
    assert "window.hit" in pages["zh"] and pages["zh"].count("&lt;script&gt;window.hit=1&lt;/script&gt;") > 1


@pytest.mark.parametrize("policy", ["with", "without"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_runs_and_nobody_is_asked(hostile, browser, tmp_path, lang, policy):
    """Also without the page's own policy, so that it is the escaping that holds and the policy is a second wall."""
    page = hostile[0][lang]
    if policy == "without":
        head = page.index('<meta http-equiv="Content-Security-Policy"')
        page = page[:head] + page[page.index(">", page.index("form-action", head)) + 1:]
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    context = browser.new_context()
    tab = context.new_page()
    asked, dialogs, errors = [], [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    tab.on("console", lambda message: errors.append(message.text))
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto((tmp_path / "report.html").as_uri())
    tab.mouse.move(200, 200)
    assert tab.evaluate("window.hit") is None
    found = tab.evaluate("""() => [...document.querySelectorAll('*')].filter(one => ['SCRIPT', 'IFRAME', 'OBJECT', 'FORM', 'BASE', 'INPUT', 'MATH'].includes(one.tagName)
        || [...one.attributes].some(part => part.name.startsWith('on') || /^\\s*javascript:/i.test(part.value))).map(one => one.outerHTML.slice(0, 80))""")
    assert found == []
    assert tab.evaluate("[...document.querySelectorAll('link')].map(one => one.getAttribute('href'))") == ["data:,"]
    assert [url for url in asked if not url.startswith(("data:", "file:"))] == [] and len([url for url in asked if url.startswith("file:")]) == 1
    assert (dialogs, errors) == ([], [])
    context.close()


def test_nothing_is_a_formula(hostile):
    book = load_workbook(io.BytesIO(hostile[1]))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    risky = [cell for cell in cells if isinstance(cell.value, str) and cell.value[:1] in tuple("=+-@\t\r")]
    assert len({cell.value[:4] for cell in risky}) > 3 and all(cell.quotePrefix and cell.data_type == "s" for cell in risky)
    assert not [cell.value for cell in cells if cell.hyperlink]


#: Codes that people make up are texts too: the same code the same hostile text in every table, so that rows still belong together.
CODES = ("project", "indicator", "proposal", "expert", "problem")
HOSTILE_UNITS = ("101", "122", "165", "301", "316")


def poison_code(code):
    return code if not isinstance(code, str) or not code else f"{code} {CORPUS[sum(map(ord, code)) % len(CORPUS)]}"


@pytest.fixture(scope="module")
def hostile_city(small_city, tmp_path_factory):
    """Five units of a small city with hostile texts in every text column and every code of every table."""
    tables = {}
    for number, name in enumerate(small_city.names):
        frame = small_city.table(name)
        own = frame["unit"].isin(HOSTILE_UNITS).to_numpy(dtype=bool) if "unit" in frame else pd.Series(False, index=frame.index).to_numpy(dtype=bool)
        part = poison(frame[own], [column.name for column in TABLES[name].columns if column.kind == "text" and column.name not in ("measure", "key_area")], number * 5)
        part = part.assign(**{column: part[column].map(poison_code).astype("str") for column in CODES if column in part and part[column].notna().any()})
        tables[name] = pd.concat([frame[~own], part], ignore_index=True)
    aside = small_city.table(SET_ASIDE)
    sources = [{"file": text, "sha256": "0" * 64, "bytes": 1} for text in CORPUS]
    return write_dataset(tmp_path_factory.mktemp("hostile_city") / "dataset", tables, set_aside=aside, sources=sources, name=CORPUS[0], name_en=CORPUS[1])


def test_every_text_column_of_every_table_is_hostile(hostile_city):
    """What the test is about: no text column of any table was left as it was."""
    for name in hostile_city.names:
        frame = hostile_city.table(name)
        own = frame[frame["unit"].isin(HOSTILE_UNITS)] if "unit" in frame else frame.head(0)
        for column in TABLES[name].columns:
            if column.kind == "text" and column.name not in ("measure", "key_area") and len(own):
                assert own[column.name].dropna().astype("str").str.contains(f" {column.name}").all() and own[column.name].notna().any(), (name, column.name)


@pytest.mark.parametrize("name", DEMONSTRATION)
def test_no_plan_runs_anything(name, hostile_city, browser, tmp_path):
    """Every notebook on the hostile city, in both languages, with the page's policy taken out: nothing runs, nobody is asked, nothing is a formula."""
    plan = load_plan(ROOT / "parameters" / f"{name}.yaml", dataset=hostile_city.path)
    unit = next((unit for unit in plan.units if unit.code.split(" ")[0].split("-")[0] in HOSTILE_UNITS), plan.units[0])
    nodes = {lang: run_notebook(plan.notebook.name, plan.parameters_of(unit, lang)) for lang in plan.languages}
    for lang, node in nodes.items():
        page = make_page(node, lang)
        head = page.index('<meta http-equiv="Content-Security-Policy"')
        (tmp_path / f"report.{lang}.html").write_text(page[:head] + page[page.index(">", page.index("form-action", head)) + 1:], encoding="utf-8")
        assert open_page(browser, tmp_path / f"report.{lang}.html") == ([], [], None, [])
    book = load_workbook(io.BytesIO(make_workbook({lang: gather(node).tables for lang, node in nodes.items()})))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink]
    assert not [cell.coordinate for cell in cells if isinstance(cell.value, str) and cell.value[:1] in tuple("=+-@\t\r") and not cell.quotePrefix]


def open_page(browser, path):
    """What a page does in the browser: whom it asks, what it says, whether something ran, and elements that should not be there."""
    context = browser.new_context()
    tab = context.new_page()
    asked, said = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(path.as_uri())
    tab.mouse.move(200, 200)
    found = tab.evaluate("""() => [...document.querySelectorAll('*')].filter(one => ['SCRIPT', 'IFRAME', 'OBJECT', 'FORM', 'BASE', 'INPUT', 'MATH'].includes(one.tagName)
        || [...one.attributes].some(part => part.name.startsWith('on') || /^\\s*javascript:/i.test(part.value))).map(one => one.outerHTML.slice(0, 80))""")
    ran = tab.evaluate("window.hit")
    context.close()
    return [url for url in asked if not url.startswith("data:") and url != path.as_uri()], said, ran, found
