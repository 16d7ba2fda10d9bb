"""A city small enough to be opened many times, and JupyterLab as ``perfanalysis lab`` starts it."""

import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from perfanalysis.dataset import import_source

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def city_dataset(tmp_path_factory) -> Path:
    """The demonstration city as a dataset, through its files like everybody's data."""
    from perfanalysis.demo import make_city, write_city
    from perfanalysis.demo.material import load_city

    folder = tmp_path_factory.mktemp("desk")
    write_city(folder / "source", make_city())
    name = load_city()["name"]
    import_source(folder / "source", folder / "dataset", demonstration=True, name=name["zh"], name_en=name["en"])
    return folder / "dataset"


@pytest.fixture(scope="session")
def lab(city_dataset, tmp_path_factory):
    """The address of a JupyterLab on a copy of the notebooks, as ``perfanalysis lab --data`` opens it; gone after the tests."""
    home = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", home / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    shutil.copytree(ROOT / "parameters", home / "parameters")
    shutil.copytree(city_dataset, home / "outputs" / "demo" / "dataset")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    # every cell stands in the page, whether one looks at it or not
    settings = home / "settings" / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"windowingMode": "none"}', encoding="utf-8")
    kept = {"JUPYTERLAB_SETTINGS_DIR": str(home / "settings")} | {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    environment = {**os.environ, **kept, "IPYTHONDIR": str(home / "ipython"), "PERFANALYSIS_DATASET": str(city_dataset), "PERFANALYSIS_LANG": "en"}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0",
               f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={home / 'notebooks'}", "--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    log = home / "lab.log"
    with log.open("w", encoding="utf-8") as output:
        server = subprocess.Popen(command, cwd=home / "notebooks", env=environment, stdout=output, stderr=output)
    address = f"http://127.0.0.1:{port}/lab"
    try:
        for _ in range(600):
            assert server.poll() is None, f"JupyterLab ended:\n{log.read_text(encoding='utf-8')}"
            try:
                urllib.request.urlopen(f"{address}?token={token}", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield lambda name: f"{address}/tree/{name}?token={token}&reset"
    finally:
        server.terminate()
        server.wait(60)


#: What a cell shows of an error and on the error stream.
ERRORS = ", ".join(f"[data-mime-type='application/vnd.jupyter.{kind}']" for kind in ("stderr", "error"))


#: Whether the notebook's kernel has been heard of and is waiting.
CONNECTED = """async () => { const all = await (await fetch('/api/kernels')).json();
    return all.some(kernel => kernel.execution_state === 'idle' && kernel.connections > 0); }"""
END_KERNELS = """async () => { const headers = {'X-XSRFToken': document.cookie.match('_xsrf=([^;]+)')[1]};
    for (const one of await (await fetch('/api/sessions')).json()) await fetch('/api/sessions/' + one.id, {method: 'DELETE', headers}); }"""
#: ``over``: all cells have run, or an error that is not meant keeps the others from it; ``lost``: nothing has come of it for long, while the kernel waits
#: (or is busy).
RUN = r"""([shown, meant]) => { const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(p => p.textContent.trim());
    const ran = prompts.filter(p => /^\[\d+\]:$/.test(p)).length, now = Date.now();
    if (document.querySelectorAll(shown).length > meant || prompts.length && ran === prompts.length) return 'over';
    const status = document.querySelector('.jp-Notebook-ExecutionIndicator').dataset.status, seen = ran + status;
    if (!window.progress || window.progress.seen !== seen) window.progress = {seen, since: now};
    if (now - window.progress.since <= (status !== 'idle' ? 150 : ran ? 20 : 10) * 1000) return false;
    delete window.progress;
    return 'lost'; }"""


class Page:
    """A notebook opened in JupyterLab."""

    def __init__(self, page, address: str):
        self.page, self.address = page, address

    def run_all(self, meant: int = 0, seconds: float = 300) -> None:
        """Run every cell, and wait until each has run, ``meant`` of them to an error."""
        page = self.page
        for turn in range(6):
            page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for(timeout=120_000)
            page.wait_for_function(CONNECTED, timeout=120_000)
            # the server knows of the connection before the page has heard from the kernel, and what is asked in between is lost
            page.wait_for_timeout(1500)
            page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for(timeout=120_000)
            page.locator(".jp-NotebookPanel .jp-Cell").first.click()
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            if page.wait_for_function(RUN, arg=[ERRORS, meant], timeout=seconds * 1000).json_value() == "over":
                return
            if turn % 2:  # asked twice in vain: the kernel is ended, and the notebook opened anew
                page.evaluate(END_KERNELS)
                page.goto(self.address, wait_until="domcontentloaded")
        raise AssertionError(f"JupyterLab does not run: {page.locator('.jp-CodeCell .jp-InputPrompt').all_text_contents()} {self.errors()}")

    def cell(self, place: int):
        """The code cell at this place (0 = first), in view."""
        cell = self.page.locator(".jp-CodeCell").nth(place)
        cell.scroll_into_view_if_needed()
        return cell

    def click_row(self, table) -> str:
        """Click the second row of a table that can be selected in, on the name in its second cell."""
        target = table.locator("tbody tr").nth(1).locator("td").nth(1)
        target.wait_for()
        target.click()
        return target.inner_text()

    def errors(self) -> list[str]:
        """What cells show of errors and on the error stream."""
        return self.page.locator(ERRORS).all_inner_texts()


@pytest.fixture(scope="session")
def open_notebook(browser, lab):
    """A function that opens a notebook of the folder in a new window; the browser reaches nothing but this server."""
    contexts = []

    def open_(name: str) -> Page:
        while contexts:
            # a kernel that goes on would be found again by whoever opens the same notebook
            for page in contexts[-1].pages:
                page.evaluate(END_KERNELS)
            contexts.pop().close()
        context = browser.new_context(viewport={"width": 1440, "height": 1800})
        context.set_default_timeout(120_000)
        contexts.append(context)
        context.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), lambda route: route.abort())
        page = context.new_page()
        page.goto(lab(name), wait_until="domcontentloaded")
        return Page(page, lab(name))

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def explore(open_notebook) -> Page:
    """notebooks/explore.ipynb, every cell run."""
    notebook = open_notebook("explore.ipynb")
    notebook.run_all()
    return notebook
