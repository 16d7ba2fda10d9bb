"""An IPython shell without a kernel that keeps what a cell shows, as a notebook keeps it."""

import builtins
import getpass
import io
import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode
from traitlets.config import Config

#: What a kernel tells the programs that a cell calls.
_ENVIRONMENT = {"TERM": "xterm-color", "CLICOLOR": "1", "FORCE_COLOR": "1", "CLICOLOR_FORCE": "1", "PAGER": "cat", "GIT_PAGER": "cat"}


class Shell:
    """Runs cells one after another in one namespace; made once, in a process that does nothing else."""

    def __init__(self):
        settings = Config()
        settings.HistoryManager.enabled = False
        settings.InteractiveShell.colors = "neutral"
        self._shell = ZMQInteractiveShell.instance(config=settings)
        builtins.input = getpass.getpass = _refuse_input
        os.environ.update(_ENVIRONMENT)
        _use_inline_figures()
        _show_frames_as_a_notebook()

    @property
    def count(self) -> int:
        return self._shell.execution_count - 1

    def give(self, values: Mapping[str, Any]) -> None:
        """Give ``values`` to the names of the namespace."""
        self._shell.user_ns.update(values)

    def run(self, source: str) -> tuple[list[dict[str, Any]], bool]:
        """The outputs of one cell in the order shown (``read_output`` takes them), and whether it failed."""
        outputs = self._shell.outputs = []
        before = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = _Stream(self._shell, "stdout"), _Stream(self._shell, "stderr")
        try:
            result = self._shell.run_cell(source, store_history=True)
        finally:
            sys.stdout, sys.stderr = before
        return outputs, not result.success


class _CapturingPublisher(DisplayPublisher):
    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **kwargs) -> None:
        if not update:
            self.shell.keep({"output_type": "display_data", "data": _json(data), "metadata": _json(metadata or {})})

    def clear_output(self, wait=False) -> None:
        self.shell.outputs.clear()


class _CapturingHook(DisplayHook):
    """The value of a cell's last line."""

    def start_displayhook(self) -> None:
        self._shown: dict[str, Any] = {}

    def write_output_prompt(self) -> None:
        self._shown.update(output_type="execute_result", execution_count=self.prompt_count)

    def write_format_data(self, format_dict, md_dict=None) -> None:
        self._shown.update(data=_json(format_dict), metadata=_json(md_dict or {}))

    def finish_displayhook(self) -> None:
        if self._shown.get("data"):
            self.shell.keep(self._shown)


class ZMQInteractiveShell(InteractiveShell):
    """Called as a kernel's is: by that name pandas, rich and tqdm tell a notebook from a terminal."""

    displayhook_class = _CapturingHook
    display_pub_class = _CapturingPublisher

    def __init__(self, *args, **kwargs):
        self.outputs: list[dict[str, Any]] = []
        super().__init__(*args, **kwargs)

    def keep(self, output: dict[str, Any]) -> None:
        self.outputs.append(output)

    def enable_gui(self, gui=None) -> None:
        """There is no window to wait for."""

    def _showtraceback(self, etype, evalue, stb) -> None:
        self.keep({"output_type": "error", "ename": etype.__name__, "evalue": str(evalue), "traceback": [str(line) for line in stb]})


class _Stream(io.TextIOBase):
    """What a cell prints, joined as long as nothing else is shown between."""

    def __init__(self, shell: ZMQInteractiveShell, name: str):
        self._shell, self._name = shell, name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        last = self._shell.outputs[-1] if self._shell.outputs else {}
        if last.get("output_type") == "stream" and last["name"] == self._name:
            last["text"] += text
        else:
            self._shell.keep({"output_type": "stream", "name": self._name, "text": text})
        return len(text)


def _refuse_input(prompt: str = "", stream: Any = None) -> str:
    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")


def _json(data: Any) -> str:
    """As it would arrive from a kernel: pictures as base64 text, the rest as JSON; as text, for it goes to another process."""
    try:
        return json.dumps(data, allow_nan=False)
    except (TypeError, ValueError):  # what JSON has no room for: pictures, infinite numbers, objects
        from ipykernel.jsonutil import encode_images, json_clean

        return json.dumps(json_clean(encode_images(dict(data))))


def read_output(output: Mapping[str, Any]) -> NotebookNode:
    """An output of ``Shell.run`` as a notebook has it. What its data holds stays as JSON gives it: to make nodes of thousands of rows would take longer than
    to draw them."""
    return NotebookNode({name: json.loads(value) if name in ("data", "metadata") else value for name, value in output.items()})


def _use_inline_figures() -> None:
    """A figure left open at the end of a cell is shown, as in a notebook."""
    import matplotlib
    from matplotlib_inline import backend_inline

    matplotlib.use("module://matplotlib_inline.backend_inline")
    backend_inline._enable_matplotlib_integration()


def _show_frames_as_a_notebook() -> None:
    """As many columns as where pandas is loaded in a kernel; it was loaded here before there was a shell, and took this for a terminal."""
    import pandas as pd

    pd.set_option("display.max_columns", 20)
