"""What a worker has ready before its first report: libraries, words, fonts, templates and a shell, none of it about any unit.

Only caches are filled, by the library's own pure functions; no notebook runs here. What a report shows is the same with a cold worker, and a
test says so.
"""

import contextlib
import ctypes
import gc
import signal
import sys
from functools import cache
from importlib import import_module
from typing import Any

_MODULES = (
    "IPython.core.logger", "bdb", "jinja2", "nbconvert.exporters", "papermill.parameterize", "papermill.translators", "xlsxwriter", "matplotlib.figure", "matplotlib.pyplot",
    "matplotlib_inline.backend_inline", "matplotlib.backends.backend_svg", "matplotlib.backends.backend_agg", "perfanalysis.reporting.shell", "perfanalysis.reporting.html",
)

_shell: Any = None


@cache
def load_libraries() -> None:
    """Load what notebooks use, once a process: every public name, the words, and matplotlib as far as drawing and writing go."""
    import perfanalysis
    from perfanalysis import words

    for name in perfanalysis.__all__:
        getattr(perfanalysis, name)
    for lang in words.languages():
        words.codes(lang)
    for module in _MODULES:
        with contextlib.suppress(ImportError):
            import_module(module)
    from matplotlib.figure import Figure

    # a drawn text fills the caches of fonts and tickers
    figure = Figure()
    figure.subplots().set_title("0")
    figure.canvas.draw()


def end_with_parent() -> None:
    """Where the system can (Linux), this process is killed when the one that started it ends, however that ends."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def warm_worker(dataset: str, year: int | None, rulebook: str) -> None:
    """Make this process, which must have nothing else to do, ready for reports on ``dataset``: as ``load_libraries``, with a shell, and every section computed and
    drawn once for one unit, so that templates, fonts, letters and rules are at hand for all that follow."""
    global _shell
    end_with_parent()
    load_libraries()
    if _shell is None:
        from perfanalysis.reporting.shell import Shell

        _shell = Shell()
    with contextlib.suppress(Exception):  # it only saves time: a dataset that something is wrong with is told by its report
        _rehearse(dataset, year, rulebook)
    # what is there now is never looked at by the collector again, so that children do not copy its pages
    gc.collect()
    gc.freeze()


def warm_shell() -> Any:
    """The shell of this worker, or a new one where there is none yet. Only for a child: what runs in it stays in it."""
    if _shell is not None:
        return _shell
    from perfanalysis.reporting.shell import Shell

    return Shell()


def _rehearse(dataset: str, year: int | None, rulebook: str) -> None:
    import perfanalysis as pa
    from perfanalysis import words
    from perfanalysis.dataset import load_dataset
    from perfanalysis.display.show import make_output, make_title_output

    data = load_dataset(dataset)
    unit = pa.load_unit(dataset, data.units["unit"].iloc[0], year or data.years[-1], rulebook)
    names = ("key_figures", "execution", "targets", "library", "scores", "reviews", "monitoring", "peers", "follow_up", "quality")
    sections = []
    for name in names:
        with contextlib.suppress(Exception):
            sections.append(getattr(pa, f"section_{name}")(unit))
    sections += [pa.section_summary(unit, tuple(sections)), pa.section_method(unit, tuple(sections))]
    for lang in words.languages():
        make_title_output(unit, lang)
        for section in sections:
            make_output(section, lang)
