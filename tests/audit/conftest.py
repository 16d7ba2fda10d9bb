"""Reports of the demonstration city made in this process: the notebooks' own cells, their displays collected, without a kernel."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import nbformat
import pytest

from perfanalysis.dataset import SET_ASIDE, Dataset, import_source, write_dataset

ROOT = Path(__file__).resolve().parents[2]
#: Every one of so many departments is looked at; ``PERFANALYSIS_EVERY_REPORT=1 make test`` takes all.
SAMPLE = 13
SMALL = ("101", "103", "106", "114", "116", "119", "122", "134", "138", "147", "165", "166", "184", "205", "229", "247", "301", "305", "307", "316")


def run_notebook(name: str, parameters: Mapping[str, Any]) -> Any:
    """The notebook ``name`` with ``parameters``, its cells run here, and what they displayed as their outputs."""
    node = nbformat.read(ROOT / "notebooks" / name, as_version=4)
    space: dict[str, Any] = {}
    for cell in node.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs = []

        def collect(bundle: dict, cell=cell, **_: Any) -> None:
            cell.outputs.append(nbformat.v4.new_output("display_data", data=bundle))

        with mock.patch("perfanalysis.display.show._display", collect):
            exec(compile(cell.source, name, "exec"), space)
        if "parameters" in cell.metadata.get("tags", ()):
            space |= parameters
    return node


def make_page(node: Any, lang: str) -> str:
    from perfanalysis.reporting.html import export_html

    return export_html(node, lang, "")


@pytest.fixture(scope="session")
def demo_dataset(tmp_path_factory) -> Dataset:
    """The demonstration city, imported once; ``PERFANALYSIS_DEMO`` may name one that is there already."""
    if os.environ.get("PERFANALYSIS_DEMO"):
        return Dataset(Path(os.environ["PERFANALYSIS_DEMO"]))
    from perfanalysis.demo import make_city, write_city

    folder = tmp_path_factory.mktemp("demo")
    write_city(folder / "source", make_city())
    return import_source(folder / "source", folder / "dataset", demonstration=True, name="演示市", name_en="Demonstration City")


@pytest.fixture(scope="session")
def small_city(demo_dataset, tmp_path_factory) -> Dataset:
    """Enough of the demonstration city for every plan: departments with planted faults, some that are much alike, four districts."""
    folder = tmp_path_factory.mktemp("small") / "dataset"
    tables = {name: table[table["unit"].isin(SMALL)].reset_index(drop=True) for name in demo_dataset.names for table in [demo_dataset.table(name)]}
    aside, meta = demo_dataset.table(SET_ASIDE), demo_dataset.meta
    return write_dataset(folder, tables, set_aside=aside[aside["unit"].isin(SMALL)], sources=meta["sources"], demonstration=True, name=meta["name"],
                         name_en=meta["name_en"])


@pytest.fixture(scope="session")
def reports(demo_dataset) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Of each sampled department: its code, ``facts`` as facts.json has them, and its ``pages`` by language."""
    from perfanalysis.reporting.gather import gather, make_facts, write_facts

    made = []
    for code in chosen(demo_dataset):
        nodes = {
            lang: run_notebook("department.ipynb", {"dataset": str(demo_dataset.path), "department": code, "year": 2020, "lang": lang})
            for lang in ("en", "zh")
        }
        facts = json.loads(write_facts(make_facts({lang: gather(node) for lang, node in nodes.items()})))
        made.append((code, {"facts": facts, "pages": {lang: make_page(node, lang) for lang, node in nodes.items()}}))
    yield made


def chosen(dataset: Dataset) -> list[str]:
    """Every unit that something is planted in would do; so does every so-manieth, which meets them all when the sample is 1."""
    units = dataset.units
    codes = sorted(units.loc[units["kind"] == "department", "unit"])
    step = 1 if os.environ.get("PERFANALYSIS_EVERY_REPORT") else SAMPLE
    # one of each planted fault, so that each finding is met in the sample too, and those whose pages are the largest
    planted = [code for code in ("106", "138", "147", "157", "158", "164", "165", "184", "189", "194", "203", "205", "219", "225", "235") if code in codes]
    largest = [code for code in ("128", "151") if code in codes]
    return sorted({*codes[::step], *planted, *largest})
