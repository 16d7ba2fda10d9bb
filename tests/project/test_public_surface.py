"""``import perfanalysis as pa``: what it offers, in which order, and what it costs."""

import json
import subprocess
import sys
from itertools import groupby

import pytest

import perfanalysis

HEAVY = ("matplotlib", "scipy", "seaborn", "statsmodels", "papermill", "nbconvert", "sqlalchemy", "openpyxl", "pandas")


@pytest.mark.parametrize("name", perfanalysis.__all__)
def test_public_name_can_be_used(name):
    value = getattr(perfanalysis, name)
    assert value is not None
    # a function or class without a docstring cannot be explored in a notebook
    if callable(value) and not getattr(value, "__name__", "").startswith("_"):
        assert (value.__doc__ or "").strip(), f"{name} has no docstring"


def test_names_of_one_module_stand_together():
    modules = [module for module, _ in groupby(perfanalysis._SURFACE.values())]
    assert len(modules) == len(set(modules))


def test_completion_shows_the_public_names():
    # JupyterLab completes from dir(); a fresh process, because names that were used stand in the module anyway
    shown = _in_new_python("import perfanalysis, json; print(json.dumps([dir(perfanalysis), perfanalysis.__all__]))")
    assert set(shown[1]) <= set(shown[0])
    assert not [name for name in shown[0] if name.startswith("_") and name != "__version__"]


def test_unknown_name_says_what_there_is():
    with pytest.raises(AttributeError, match=r"no attribute 'load_data'.*load_dataset"):
        perfanalysis.load_data  # noqa: B018


def test_import_fetches_nothing_heavy():
    loaded = _in_new_python("import perfanalysis, json, sys; print(json.dumps(sorted(sys.modules)))")
    assert "perfanalysis" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_the_command_line_answers_before_anything_heavy_is_fetched():
    loaded = _in_new_python("import perfanalysis.cli, json, sys; print(json.dumps(sorted(sys.modules)))")
    assert [name for name in HEAVY if name in loaded] == []


def _in_new_python(code: str):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8")
    return json.loads(done.stdout)
