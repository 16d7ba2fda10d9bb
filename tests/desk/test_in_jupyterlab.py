"""The desk and the tutorials in a real JupyterLab in a real browser, without a network."""

import re
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
BY_HAND = ["explore.ipynb", *sorted(path.relative_to(NOTEBOOKS).as_posix() for path in NOTEBOOKS.glob("tutorials/*.ipynb"))]


@pytest.mark.parametrize("name", BY_HAND)
def test_every_cell_runs_in_jupyterlab_without_an_error(name, open_notebook):
    notebook = open_notebook(name)
    notebook.run_all()
    assert notebook.errors() == []
    assert notebook.page.locator(".jp-OutputArea-output").count() > 0


def test_widgets_change_what_is_shown(open_notebook):
    notebook = open_notebook("explore.ipynb")
    notebook.run_all()
    page = notebook.page
    read = page.locator(".jp-CodeCell").nth(1)
    read.get_by_text("Findings and recommended actions").or_(read.locator("section h2")).first.wait_for()

    # another section of the report, with a picture and a table that sorts
    choose(read, "Section", label="Budget execution")
    read.locator("section[id], section").get_by_role("heading", name="Budget execution").wait_for()
    assert read.locator("figure img").count() >= 1
    assert drawn(read.locator("figure img").first)

    # another department
    choose(read, "Which one", value=re.compile("^102 "))
    read.get_by_text(re.compile("Answered in")).wait_for()
    page.wait_for_function("() => !document.querySelectorAll('.jp-CodeCell')[1].innerText.includes('Municipal Education Commission executed')")

    # Chinese: labels and text, drawn by a font that has it
    read.get_by_role("button", name="中文").click()
    read.get_by_role("heading", name="预算执行").wait_for()
    assert "评分规则" in read.inner_text() and "Rule-book" not in read.inner_text()
    assert has_glyphs(page, "预算绩效")


def test_a_click_leads_from_the_city_to_the_row_of_the_file(open_notebook):
    notebook = open_notebook("explore.ipynb")
    notebook.run_all()
    follow = notebook.page.locator(".jp-CodeCell").nth(2)
    follow.scroll_into_view_if_needed()
    for place in range(3):
        table = follow.locator("table.dataTable tbody").nth(place)
        table.locator("tr").first.wait_for()
        table.locator("tr").nth(1).locator("td").nth(1).click()
        if place < 2:
            follow.locator("table.dataTable tbody").nth(place + 1).locator("tr").first.wait_for()
    follow.get_by_text(re.compile(r"indicators\.csv, row \d+")).wait_for()


def test_what_if_disclosure_weighed_double(open_notebook):
    notebook = open_notebook("explore.ipynb")
    notebook.run_all()
    page, ask = notebook.page, notebook.page.locator(".jp-CodeCell").nth(3)
    ask.scroll_into_view_if_needed()
    choose(ask, "Framework", label="Assessment of the districts' budget performance management")
    choose(ask, "What changes", value=re.compile("^Disclosure and foundations"))
    choose(ask, "How", label="weighs × 2")
    ask.get_by_role("button", name="Apply").first.click()
    ask.get_by_role("heading", name="What if").wait_for()
    assert "“Assessment of the districts' budget performance management”" in ask.inner_text()
    assert drawn(ask.locator("figure img").first)
    assert page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']").count() == 0


def choose(where, label: str, *, value=None, label_text: str = "", **given) -> None:
    """Choose in a drop-down by its description: an option by its whole text (``label``) or by a pattern (``value``)."""
    field = where.locator(".widget-dropdown", has=where.page.locator("label", has_text=re.compile(f"^{label}$"))).locator("select").first
    if value is not None:
        given["label"] = next(text for text in field.locator("option").all_inner_texts() if value.search(text.strip()))
    field.select_option(**given)


def drawn(image) -> bool:
    return image.evaluate("img => img.complete && img.naturalWidth > 100")


def has_glyphs(page, text: str) -> bool:
    """Whether the browser has a glyph of its own for each character: boxes for missing ones all look the same."""
    return page.evaluate(
        """text => { const shapes = [...text].map(c => { const canvas = document.createElement('canvas'); canvas.width = canvas.height = 40;
        const pen = canvas.getContext('2d'); pen.font = '28px sans-serif'; pen.fillText(c, 4, 32); return canvas.toDataURL(); });
        return new Set(shapes).size === new Set(text).size; }""", text)
