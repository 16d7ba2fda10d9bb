"""axe-core finds nothing on a report in either language, and the printed page is whole."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import make_page, run_notebook


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core, as the wheel axe-playwright-python carries it."""
    found = find_spec("axe_playwright_python")
    if found is None:
        pytest.skip("axe-core is not installed (pip install 'perfanalysis[dev]')")
    return (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pages(demo_dataset):
    return {lang: make_page(run_notebook("department.ipynb", {"dataset": str(demo_dataset.path), "department": "165", "year": 2020, "lang": lang}), lang)
            for lang in ("en", "zh")}


def find_violations(browser, axe: str, page: Path, tmp_path: Path, scheme: str = "light") -> list[str]:
    context = browser.new_context(bypass_csp=True, viewport={"width": 1200, "height": 900}, color_scheme=scheme)
    tab = context.new_page()
    tab.goto(page.as_uri())
    tab.evaluate(axe)
    result = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
    context.close()
    assert result["passes"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in result["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_axe_finds_nothing(pages, browser, axe, tmp_path, lang, scheme):
    (tmp_path / "report.html").write_text(pages[lang], encoding="utf-8")
    assert find_violations(browser, axe, tmp_path / "report.html", tmp_path, scheme) == []


def test_axe_would_find_something(browser, axe, tmp_path):
    (tmp_path / "bad.html").write_text("<!DOCTYPE html><html><title>x</title><img src='data:,'><p style='color:#ccc'>pale</p></html>", encoding="utf-8")
    assert {one.split(":")[0] for one in find_violations(browser, axe, tmp_path / "bad.html", tmp_path)} >= {"image-alt", "html-has-lang", "color-contrast"}
