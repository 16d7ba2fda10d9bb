"""Handing a run over: its reports with all that is needed to make them again, as a bag with RO-Crate metadata."""

import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml

from perfanalysis.audit.bag import write_bag
from perfanalysis.dataset import SET_ASIDE, Dataset
from perfanalysis.errors import PerfAnalysisError
from perfanalysis.reporting.confidential import mask_plan
from perfanalysis.reporting.folders import folder_name
from perfanalysis.reporting.plan import Plan, load_plan

#: Tables that are compared across all units, and so are handed over whole.
_WHOLE = frozenset({"units", "assessments", "difficulty"})
_KINDS = {".html": "text/html", ".json": "application/json", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
          ".ipynb": "application/x-ipynb+json", ".parquet": "application/vnd.apache.parquet", ".yaml": "application/yaml", ".lock": "text/plain"}


def make_bundle(run: str | Path, to: str | Path, *, plan: Plan | str | Path | None = None, key: str | Path | None = None) -> Path:
    """Write the run in the folder ``run`` (``outputs/<plan>``) as the bundle ``to``, which must not be there yet.

    Parameters
    ----------
    plan : the plan that was run, or its file; by default ``parameters/<name>.yaml`` of the project above ``run``
    key : a private key (Ed25519, PEM) to sign with

    The bundle holds the reports, the rows of their units in every table (whole tables where units are compared), the peers' summary, the notebook,
    the plan, the rule-books and the lock file. The same run gives the same bytes.

    >>> pa.make_bundle("outputs/departments", "bundle")  # doctest: +SKIP
    """
    run, to = Path(run).resolve(), Path(to)
    if not (run / "run.json").is_file():
        raise PerfAnalysisError(f"{run} is not a run (no run.json in it); name a folder such as outputs/departments")
    if to.exists():
        raise PerfAnalysisError(f"{to} is there already; name a new folder")
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    planned = plan if isinstance(plan, Plan) else load_plan(plan or _find_plan(run, record["plan"]))
    units = [unit["unit"] for unit in record["units"] if unit["good"] and unit["status"] != "failed"]
    if not units:
        raise PerfAnalysisError(f"{run} holds no report that is good; run the plan first")
    to.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{to.name}-", dir=to.parent))
    try:
        data = staging / "data"
        data.mkdir()
        shutil.copyfile(run / "run.json", data / "run.json")
        for unit in units:
            # a PDF is a print of the page, different in every browser; the page itself is what is handed over
            shutil.copytree(run / folder_name(unit), data / "reports" / folder_name(unit), ignore=shutil.ignore_patterns("*.pdf"))
        _copy_inputs(planned, mask_plan(planned, run).dataset, units, data)
        _write_crate(data, record)
        write_bag(staging, {"Bag-Software-Agent": f"perfanalysis {record['versions']['perfanalysis']}", "Bagging-Date": record["ended"][:10],
                            "External-Identifier": record["plan"]}, None if key is None else Path(key))
        staging.chmod(0o755)
        staging.rename(to)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return to


def place_of(path: Path, root: Path) -> str:
    """Where a path of the project lies in a bundle, and how the kept notebooks call it: from the project's root, or by its bare name."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _find_plan(run: Path, name: str) -> Path:
    for folder in (*run.parents, Path.cwd(), *Path.cwd().parents):
        if (folder / "parameters" / f"{name}.yaml").is_file():
            return folder / "parameters" / f"{name}.yaml"
    raise PerfAnalysisError(f"the plan of {run} (parameters/{name}.yaml) was not found; name it with --plan")


def _copy_inputs(plan: Plan, dataset: Path, units: Iterable[str], data: Path) -> None:
    """The notebook, the plan, the rules and the slices of ``dataset`` (what is confidential is no more in it), each where the plan in the bundle looks for it."""
    from perfanalysis.dataset import CITY

    (data / "notebooks").mkdir()
    shutil.copyfile(plan.notebook, data / "notebooks" / plan.notebook.name)
    place = place_of(plan.dataset, plan.root)
    units = list(units)
    _cut(Dataset(dataset), units, data / place)
    parameters: dict[str, Any] = {}
    for name, value in plan.parameters.items():
        parameters[name] = value
        if isinstance(value, str) and Path(value).is_absolute() and Path(value).is_file():
            parameters[name] = place_of(Path(value), plan.root)
            (data / parameters[name]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(value, data / parameters[name])
    given = yaml.safe_load(plan.path.read_text(encoding="utf-8"))
    planned = given["units"]
    if set(units) <= set(Dataset(plan.dataset).units["unit"]) and planned != CITY:
        planned = units
    content = {"title": dict(plan.title), "notebook": f"notebooks/{plan.notebook.name}", "dataset": place, "units": planned,
               **({"parameter": plan.parameter} if plan.parameter else {}), "parameters": parameters, "languages": list(plan.languages), "timeout": plan.timeout}
    _write_yaml(data / "parameters" / f"{plan.name}.yaml", content)
    rules = Path(__file__).resolve().parent.parent / "rules"
    for path in sorted(rules.rglob("*.yaml")):
        target = data / "rules" / path.relative_to(rules)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    places = (plan.root, Path(__file__).resolve().parents[2])
    lock = next((place / "requirements.lock" for place in places if (place / "requirements.lock").is_file()), None)
    if lock is not None:
        shutil.copyfile(lock, data / "requirements.lock")


def _cut(dataset: Dataset, units: list[str], to: Path) -> None:
    """The rows of ``units`` in every table. ``dataset.json`` stays as it is: its digests name the whole that the summaries were made from."""
    to.mkdir(parents=True)
    shutil.copyfile(dataset.path / "dataset.json", to / "dataset.json")
    whole = not set(units) <= set(dataset.units["unit"])
    for name in (*dataset.names, SET_ASIDE):
        source = dataset.path / f"{name}.parquet"
        if whole or name in _WHOLE or "unit" not in pq.read_schema(source).names:
            shutil.copyfile(source, to / source.name)
            continue
        rows = pq.read_table(source, filters=[("unit", "in", units)], use_threads=False)
        pq.write_table(rows, to / source.name, row_group_size=2_000, compression="zstd")
    for summary in sorted(path for path in dataset.path.iterdir() if path.is_dir() and not path.name.startswith(".")):
        shutil.copytree(summary, to / summary.name, ignore=shutil.ignore_patterns(".*"))


def _write_crate(data: Path, record: Mapping[str, Any]) -> None:
    """RO-Crate 1.1 metadata: what each file is."""
    files = sorted(path.relative_to(data).as_posix() for path in data.rglob("*") if path.is_file())
    entities = [
        {"@id": "ro-crate-metadata.json", "@type": "CreativeWork", "about": {"@id": "./"}, "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"}},
        {"@id": "./", "@type": "Dataset", "name": record["title"].get("en") or next(iter(record["title"].values()), record["plan"]),
         "description": "Evaluation reports with the data, rules, parameters and notebook that they were made from",
         "datePublished": record["ended"], "license": "see the owner of the data", "hasPart": [{"@id": name} for name in files]},
        {"@id": "#run", "@type": "CreateAction", "name": "perfanalysis run", "startTime": record["started"], "endTime": record["ended"],
         "instrument": {"@id": "#perfanalysis"},
         "object": [{"@id": name} for name in files if not name.startswith("reports/")], "result": [{"@id": name} for name in files if name.startswith("reports/")]},
        {"@id": "#perfanalysis", "@type": "SoftwareApplication", "name": "perfanalysis", "softwareVersion": record["versions"]["perfanalysis"]},
        *({"@id": name, "@type": "File", "name": Path(name).name, "contentSize": str((data / name).stat().st_size),
           **({"encodingFormat": _KINDS[Path(name).suffix]} if Path(name).suffix in _KINDS else {})} for name in files),
    ]
    text = json.dumps({"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": entities}, ensure_ascii=False, indent=1) + "\n"
    (data / "ro-crate-metadata.json").write_text(text, encoding="utf-8")


def _write_yaml(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False), encoding="utf-8")
