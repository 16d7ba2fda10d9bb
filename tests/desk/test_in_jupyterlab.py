"""The desk and the tutorials in a real JupyterLab in a real browser, without a network."""

import json
import re
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
BY_HAND = ["explore.ipynb", "explore_library.ipynb", *sorted(path.relative_to(NOTEBOOKS).as_posix() for path in NOTEBOOKS.glob("tutorials/*.ipynb"))]


@pytest.mark.parametrize("name", BY_HAND)
def test_every_cell_runs_in_jupyterlab_without_an_error(name, open_notebook):
    cells = json.loads((NOTEBOOKS / name).read_text(encoding="utf-8"))["cells"]
    meant = sum("raises-exception" in cell["metadata"].get("tags", ()) for cell in cells)
    notebook = open_notebook(name)
    notebook.run_all(meant)
    assert notebook.errors()[meant:] == []
    assert notebook.page.locator(".jp-OutputArea-output").count() > 0


def test_widgets_change_what_is_shown(explore):
    page, read = explore.page, explore.cell(1)
    # another section of the report, with a picture
    choose(read, "Section", "Execution of the budget")
    read.get_by_role("heading", name="Execution of the budget").wait_for()
    assert drawn(read.locator("figure img").first)

    # another department: the text is on it
    name = choose(read, "Which one", "^102 ").removeprefix("102 ")
    read.locator("section p", has_text=name).first.wait_for()
    assert "Municipal Education Commission" not in read.locator("section").first.inner_text()

    # Chinese: labels and text, drawn by a font that has it, and back
    read.get_by_role("button", name="中文").click()
    read.get_by_role("heading", name="预算执行情况").wait_for()
    assert "评分规则" in read.inner_text() and "Rule-book" not in read.inner_text()
    assert has_glyphs(page, "预算绩效")
    read.get_by_role("button", name="English").click()
    read.get_by_role("heading", name="Execution of the budget").wait_for()
    assert explore.errors() == []


def test_a_click_leads_from_the_city_to_the_row_of_the_file(explore):
    follow = explore.cell(2)
    for level, below in enumerate(("Projects of", "Indicators of")):
        name = explore.click_row(follow.locator(".dt-container").nth(level))
        follow.get_by_role("heading", name=f"{below} {name}").wait_for()
    explore.click_row(follow.locator(".dt-container").nth(2))
    follow.get_by_text(re.compile(r"indicators\.csv, row \d+")).wait_for()
    assert explore.errors() == []


def test_what_if_disclosure_weighed_double(explore):
    ask = explore.cell(3)
    choose(ask, "Framework", "districts")
    choose(ask, "What changes", "^Disclosure and foundations")
    choose(ask, "How", "× 2")
    ask.get_by_role("button", name="Apply").first.click()
    ask.get_by_role("heading", name="What if").wait_for()
    assert "16 units" in ask.inner_text() and "Disclosure and foundations × 2" in ask.inner_text()
    assert drawn(ask.locator("figure img").first)
    assert explore.errors() == []


def choose(where, label: str, option: str) -> str:
    """Choose in a drop-down, by its description, the first option whose text has the pattern ``option``; its text."""
    field = where.locator(".widget-dropdown:visible", has=where.page.locator("label", has_text=re.compile(f"^{label}$"))).locator("select").first
    field.wait_for()
    # ipywidgets writes a space that does not break; and the options follow what was chosen elsewhere
    option = option.replace(" ", r"\s")
    field.locator("option", has_text=re.compile(option)).first.wait_for(state="attached")
    chosen = next(text for text in field.locator("option").all_text_contents() if re.search(option, text))
    field.select_option(label=chosen)
    return chosen.replace("\u00a0", " ")


def drawn(image) -> bool:
    image.wait_for()
    return image.evaluate("async img => { await img.decode(); return img.naturalWidth > 100 }")


def has_glyphs(page, text: str) -> bool:
    """Whether the browser has a glyph of its own for each character: boxes for missing ones all look the same."""
    return page.evaluate(
        """text => { const shapes = [...text].map(c => { const canvas = document.createElement('canvas'); canvas.width = canvas.height = 40;
        const pen = canvas.getContext('2d'); pen.font = '28px sans-serif'; pen.fillText(c, 4, 32); return canvas.toDataURL(); });
        return new Set(shapes).size === new Set(text).size; }""", text)
