"""An executed notebook as one HTML page that opens offline: no script, no request to anywhere, code hidden."""

import base64
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from perfanalysis import words
from perfanalysis.display.render import stylesheet

if TYPE_CHECKING:
    from nbconvert.exporters import TemplateExporter
    from nbformat import NotebookNode

#: The folder to name in ``jupyter nbconvert --template perfanalysis --TemplateExporter.extra_template_basedirs=…``.
TEMPLATES = Path(__file__).parent / "template"


def export_html(notebook: "NotebookNode", lang: str, title: str) -> str:
    """The page of an executed notebook.

    Parameters
    ----------
    notebook : as nbformat or papermill give it; what ``perfanalysis.display.show`` left in its outputs becomes the page
    lang : ``en`` or ``zh``; the page's language and the words around the sections
    title : the page's title, for the browser and for a notebook without a head of its own

    Returns
    -------
    HTML text; the same notebook gives the same text.
    """
    resources = {
        "lang": lang, "title": title, "style": stylesheet(),
        "words": {name: words.say(f"display.{name}", lang) for name in ("contents", "skip", "footer")}, "metadata": {"name": title},
    }
    # not from_notebook_node: it copies the notebook twice for preprocessors that this template has no use for
    return _exporter().template.render(nb=notebook, resources=resources).lstrip()


@cache
def _exporter() -> "TemplateExporter":
    """Made once a process: compiling the template takes longer than filling it."""
    from nbconvert.exporters import TemplateExporter

    # not HTMLExporter: it parses the finished page again with BeautifulSoup, to add what our template has written already
    exporter = TemplateExporter(extra_template_basedirs=[str(TEMPLATES)], template_name="perfanalysis", template_extension=".html.j2")
    exporter.register_filter("text_base64", lambda text: base64.b64encode(text.encode()).decode())
    return exporter
