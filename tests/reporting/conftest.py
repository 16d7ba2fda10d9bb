"""A tiny project on disk: a dataset of four units, a notebook that needs none of our code, and a plan."""

import json
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import yaml

from perfanalysis.dataset import write_dataset

UNITS = {"A": "<script>alert(1)</script>", "B": "教育局", "C": "交通局", "D": "水务局"}

PARAMETERS = 'dataset: str = "data"\ndepartment: str = "A"\nyear: int = 2020\nlang: str = "en"\nshare: float = 0.5\nnames: list = []'

#: What the notebook does; ``behaviour.json`` beside the dataset says which unit goes wrong and how.
BODY = '''
import html, json, os, time
from pathlib import Path
from IPython.display import display
how = json.loads(Path(dataset).with_name("behaviour.json").read_text()).get(department)
if how == "error":
    raise ValueError("no such thing as " + department)
if how == "die":
    os._exit(7)
if how == "hang":
    time.sleep(300)
fact = {"id": f"{department}.execution_rate.2020", "subject": department, "measure": "execution_rate", "value": 0.75 + (how == "differ" and lang == "zh"),
        "unit": "ratio", "scope": "own", "period": "2020", "method": "execution_rate", "evidence": []}
findings = [{"code": "low_execution", "severity": "serious", "subject": department, "facts": [fact["id"]], "names": {}, "evidence": []}]
table = {"code": "projects", "caption": {"en": "Projects", "zh": "项目"}[lang], "columns": [{"name": "name", "label": {"en": "Name", "zh": "名称"}[lang], "unit": "text"}],
         "rows": [["=1+1"]]}
page = "<p>" + html.escape(department) + "</p>" + ("" if how == "no picture" else "<img alt='' src='data:,'>")
title = {"en": "Report on ", "zh": "报告："}[lang] + department
display({"application/vnd.perfanalysis+json": {"kind": "report", "unit": department, "year": year, "title": title, "lang": lang},
         "text/html": "<h1>" + title + "</h1>"}, raw=True)
if how != "nothing":
    display({"application/vnd.perfanalysis+json": {"kind": "section", "section": "summary", "lang": lang, "facts": [fact], "findings": findings,
             "tables": [table]}, "text/html": page}, raw=True)
'''


class Project:
    """A project's folder, with shortcuts to change what a test is about."""

    def __init__(self, root: Path):
        self.root = root
        self.data = root / "outputs" / "data"
        units = pd.DataFrame({"unit": list(UNITS), "name": list(UNITS.values()), "name_en": [f"Office {code}" for code in UNITS], "kind": "department"})
        projects = pd.DataFrame({"project": ["p1"], "year": [2020], "unit": ["A"], "name": ["x"]})
        nothing = pd.DataFrame({"table": pd.Series(dtype="str"), "unit": pd.Series(dtype="str")})
        write_dataset(self.data, {"units": units, "projects": projects}, set_aside=nothing, sources=[], name="城", name_en="City")
        self.notebook(PARAMETERS, BODY)
        self.behave()

    def notebook(self, parameters: str, *bodies: str) -> Path:
        cells = [nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}), *map(nbformat.v4.new_code_cell, bodies)]
        path = self.root / "notebooks" / "tiny.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path

    def behave(self, **how: str) -> None:
        self.data.with_name("behaviour.json").write_text(json.dumps(how), encoding="utf-8")

    def plan(self, name: str = "tiny", **changes) -> Path:
        content = {
            "title": {"en": "Tiny", "zh": "小"}, "notebook": "notebooks/tiny.ipynb", "dataset": "outputs/data", "units": "all",
            "parameter": "department", "parameters": {"year": 2020}, "languages": ["en", "zh"],
        } | changes
        path = self.root / "parameters" / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump({key: value for key, value in content.items() if value is not ...}, allow_unicode=True), encoding="utf-8")
        return path

    @property
    def outputs(self) -> Path:
        return self.root / "outputs"

    def run_json(self, name: str = "tiny") -> dict:
        return json.loads((self.outputs / name / "run.json").read_text(encoding="utf-8"))


@pytest.fixture
def project(tmp_path) -> Project:
    return Project(tmp_path / "project")
