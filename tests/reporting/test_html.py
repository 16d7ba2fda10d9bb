"""The exported page: one file, no script, no request, the words of its language; and what a real browser makes of it."""

import re
import threading
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import nbformat
import pytest

from perfanalysis.display.show import MIME
from perfanalysis.reporting.html import TEMPLATES, export_html

HEAD = {"text/html": "<style>.pa { color: #000; }</style>\n<div class=\"pa pa-title\"><h1>Report on 101</h1></div>",
        MIME: {"kind": "report", "lang": "en", "title": "Report on 101"}}


def section(code, title, html="<p>text</p>"):
    return {"text/html": f'<section class="pa" id="{code}" aria-labelledby="{code}-title">\n<h2 id="{code}-title">{title}</h2>{html}</section>',
            "text/plain": title, MIME: {"kind": "section", "section": code, "title": title, "lang": "en"}}


def notebook(*outputs, extra=()):
    new = nbformat.v4
    cells = [new.new_markdown_cell("# For the desk only", metadata={"tags": ["desk"]}), new.new_markdown_cell("A *note* for readers."),
             *(new.new_code_cell("secret_code()", outputs=[new.new_output("display_data", data=output)]) for output in outputs),
             new.new_code_cell("loud()", outputs=list(extra))]
    return new.new_notebook(cells=cells)


class Page(HTMLParser):
    """Tags in order, ids, and everything that an address could stand in."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.addresses, self.text = [], [], [], text
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            elif name in ("src", "href", "srcset", "action", "data", "poster", "background") or name.startswith("on"):
                self.addresses.append((name, value))


def test_a_page_asks_nothing_of_anybody():
    page = Page(export_html(notebook(HEAD, section("summary", "Summary")), "en", "Report on 101"))
    assert not {"script", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    assert all(name in ("src", "href") and value.startswith(("#", "data:")) for name, value in page.addresses)
    assert not re.search(r"url\(|@import|https?://", page.text)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page.text)[1]
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in policy


@pytest.mark.parametrize(("lang", "tag", "contents"), [("en", "en", "Contents"), ("zh", "zh-CN", "目录")])
def test_language_title_landmarks_and_contents(lang, tag, contents):
    text = export_html(notebook(HEAD, section("summary", "A < B"), section("method", "Method")), lang, "Report & more")
    page = Page(text)
    assert f'<html lang="{tag}">' in text and "<title>Report &amp; more</title>" in text and contents in text
    assert [page.tags.count(name) for name in ("header", "nav", "main", "h1")] == [1, 1, 1, 1]
    assert '<li><a href="#summary">A &lt; B</a></li>' in text
    assert len(page.ids) == len(set(page.ids))
    assert {value[1:] for name, value in page.addresses if value.startswith("#")} <= set(page.ids)


def test_code_messages_errors_and_notes_for_the_desk_are_left_out():
    new = nbformat.v4.new_output
    extra = [new("stream", name="stderr", text="a warning"), new("stream", name="stdout", text="a printed line"),
             new("error", ename="ValueError", evalue="an error", traceback=["an error"])]
    text = export_html(notebook(HEAD, section("summary", "Summary"), extra=extra), "en", "t")
    for hidden in ("secret_code", "loud", "a warning", "a printed line", "an error", "For the desk only"):
        assert hidden not in text
    assert "<em>note</em>" in text


def test_other_outputs_of_a_notebook_are_shown_as_they_can_be():
    new = nbformat.v4.new_output
    extra = [new("display_data", data={"image/png": "iVBORw0KGgo=\n", "text/plain": "<Figure>"}), new("execute_result", data={"text/plain": "<b>1 < 2</b>"}, execution_count=1)]
    text = export_html(notebook(HEAD, section("summary", "Summary"), extra=extra), "en", "t")
    assert '<img alt="" src="data:image/png;base64,iVBORw0KGgo=">' in text
    assert "<pre>&lt;b&gt;1 &lt; 2&lt;/b&gt;</pre>" in text


def test_the_same_notebook_gives_the_same_page_and_stays_as_it_was():
    node = notebook(HEAD, section("summary", "Summary"))
    before = nbformat.writes(node)
    assert export_html(node, "en", "t") == export_html(node, "en", "t")
    assert nbformat.writes(node) == before


def test_a_notebook_without_a_head_or_sections_still_makes_a_page():
    text = export_html(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("Hello")]), "en", "Mine")
    assert "<h1>Mine</h1>" in text and "<nav" not in text


def test_stock_nbconvert_takes_the_template():
    from nbconvert.exporters import HTMLExporter

    exporter = HTMLExporter(extra_template_basedirs=[str(TEMPLATES)], template_name="perfanalysis")
    text, _ = exporter.from_notebook_node(notebook(HEAD, section("summary", "Summary")))
    assert '<html lang="en">' in text and ".pa { color: #000; }" in text and 'href="#summary"' in text


def test_styles_are_small():
    from perfanalysis.display.render import stylesheet

    assert len(stylesheet()) + len((TEMPLATES / "perfanalysis" / "page.css").read_text(encoding="utf-8")) < 15_000


@pytest.fixture
def server():
    """A local server that writes down what is asked of it."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def test_a_browser_asks_nobody_and_runs_nothing_even_of_smuggled_markup(browser, server, tmp_path):
    address, asked = server
    evil = section("summary", "Summary", f"""<p>x</p><script>document.title="run"</script><script src="{address}/a.js"></script><iframe src="{address}/b"></iframe>
        <img src="{address}/c.png" alt="" onerror="document.title='run'"><style>p {{ background: url({address}/d.png) }}</style><table><tr><td>wide</td></tr></table>""")
    file = tmp_path / "report.html"
    file.write_text(export_html(notebook(HEAD, evil), "en", "Report on 101"), encoding="utf-8")
    context = browser.new_context(viewport={"width": 720, "height": 900})
    try:
        page = context.new_page()
        page.goto(file.as_uri())
        page.wait_for_timeout(500)
        assert page.title() == "Report on 101"
        assert page.evaluate("document.documentElement.scrollWidth") <= 720
    finally:
        context.close()
    assert asked == []
