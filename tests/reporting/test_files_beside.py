"""Files that a notebook hands over lie beside its report, and only there."""

import base64

import nbformat

from perfanalysis.display.show import FILE_MIME
from perfanalysis.reporting.report import _write_files


def test_a_file_is_written_and_leaves_the_notebook(tmp_path):
    folder = tmp_path / "staging"
    folder.mkdir()
    data = {FILE_MIME: {"name": "../forms.xlsx", "content": base64.b64encode(b"form").decode()}, "text/plain": "forms.xlsx"}
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=[nbformat.v4.new_output("display_data", data)])])
    _write_files(notebook, folder)
    # a name cannot lead out of the report's folder
    assert [path.name for path in tmp_path.rglob("*.xlsx")] == ["forms.xlsx"]
    assert (folder / "forms.xlsx").read_bytes() == b"form"
    assert notebook.cells[0].outputs[0]["data"] == {"text/plain": "forms.xlsx"}


def test_a_notebook_that_did_not_run_is_left_alone(tmp_path):
    _write_files(None, tmp_path)
    assert list(tmp_path.iterdir()) == []
