"""Checking a bundle without the network and without the original data: whole and unaltered, and every report comes out again."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from perfanalysis import words
from perfanalysis.audit.bag import Fault, check_bag
from perfanalysis.audit.diff import Comparison, compare_facts
from perfanalysis.cards import Card, Shown
from perfanalysis.errors import PerfAnalysisError
from perfanalysis.reporting.folders import folder_name
from perfanalysis.reporting.plan import load_plan
from perfanalysis.reporting.record import UnitRecord

#: What may come of making a report again; each has words under ``verify.report`` in the catalogues.
STATES = ("same", "facts_differ", "files_differ", "failed")


@dataclass(frozen=True)
class Again:
    """One report made again: ``files`` that are not the same bytes, ``comparison`` of the facts where these differ, ``failure`` where none came out."""

    unit: str
    state: str
    files: tuple[str, ...] = ()
    failure: UnitRecord | None = None
    comparison: Comparison | None = field(default=None, repr=False)


@dataclass(frozen=True, repr=False)
class Verification(Shown):
    """What came of it all; ``versions`` are the packages of another version here than where the reports were made."""

    faults: tuple[Fault, ...]
    reports: tuple[Again, ...] = ()
    versions: tuple[str, ...] = ()
    signed_by: str = ""

    def _card(self, lang: str) -> Card:
        same = sum(report.state == "same" for report in self.reports)
        outcome = "faulty" if self.faults else "good" if self.reports and self.good else "differs" if self.reports else "checked"
        lines = [words.say(f"verify.fault.{fault.code}", lang, {"path": fault.path}) for fault in self.faults]
        lines += [words.say("verify.versions", lang, {"names": ", ".join(self.versions)})] if self.versions else []
        lines += [words.say(f"verify.report.{report.state}", lang, {"unit": report.unit, "files": ", ".join(report.files),
                                                                    "why": report.failure.message if report.failure else ""}) for report in self.reports]
        return Card(words.say(f"verify.{outcome}", lang, {"same": same, "reports": len(self.reports), "faults": len(self.faults)}), next=tuple(lines))

    @property
    def good(self) -> bool:
        return not self.faults and all(report.state == "same" for report in self.reports)


def verify_bundle(
    bundle: str | Path, *, key: str | None = None, rerun: bool = True, notebooks: Path | None = None, trust: bool = False, workers: int | None = None,
    run: Callable | None = None,
) -> Verification:
    """Check the bundle, then make its reports again from its own data and compare every fact and every byte.

    Nothing of a bundle that is not whole is run.

    Parameters
    ----------
    key : the public key that must have signed it
    rerun : make the reports again; without, only checksums and signature are looked at
    notebooks : the folder of this installation's own notebooks. A bundle's notebook is a program: one that is not among these runs only with ``trust``.
    run : runs a plan, as ``reporting.run_plan`` does

    >>> pa.verify_bundle("bundle").good  # doctest: +SKIP
    """
    from perfanalysis.audit.bag import read_info

    folder = Path(bundle).resolve()
    faults = check_bag(folder, key)
    if faults or not rerun:
        return Verification(faults, signed_by="" if faults else read_info(folder).get("Signed-By", ""))
    data = folder / "data"
    plans = sorted((data / "parameters").glob("*.yaml"))
    if len(plans) != 1 or not (data / "run.json").is_file():
        return Verification((Fault("content"),))
    plan = load_plan(plans[0])
    if not plan.notebook.is_relative_to(data) or not plan.dataset.is_relative_to(data):
        return Verification((Fault("content", "data/parameters"),))
    if not trust and not _known(plan.notebook, notebooks):
        raise PerfAnalysisError(
            f"{plan.notebook} is not a notebook of this installation, and verifying runs it: look at it first, then verify again with --trust "
            "(or check only the bundle's integrity with --no-rerun)"
        )
    record = json.loads((data / "run.json").read_text(encoding="utf-8"))
    units = [path.name for path in sorted((data / "reports").iterdir())]
    expected = {folder_name(unit.code): unit.code for unit in plan.units}
    recorded = {folder_name(unit["unit"]) for unit in record["units"] if unit["good"] and unit["status"] != "failed"}
    strangers = [Fault("content", f"data/reports/{name}") for name in units if name not in expected]
    strangers += [Fault("content", f"data/reports/{name}") for name in sorted(recorded - set(units))]
    if strangers:
        return Verification(tuple(strangers))
    with tempfile.TemporaryDirectory(prefix="perfanalysis-verify-") as made:
        from perfanalysis.reporting import run_plan

        result = (run or run_plan)(plan, outputs=made, only=[expected[name] for name in units], workers=workers, force=True)
        failed = {one.unit: one for one in result.failed}
        reports = tuple(_compare(expected[name], data / "reports" / name, result.folder / name, failed) for name in units)
    other = tuple(name for name, version in record["versions"].items() if result.versions.get(name) != version)
    return Verification((), reports, other, read_info(folder).get("Signed-By", ""))


def _known(notebook: Path, notebooks: Path | None) -> bool:
    own = None if notebooks is None else notebooks / notebook.name
    return own is not None and own.is_file() and own.read_bytes() == notebook.read_bytes()


def _compare(unit: str, delivered: Path, again: Path, failed: dict[str, UnitRecord]) -> Again:
    if unit in failed:
        return Again(unit, "failed", failure=failed[unit])
    names = sorted({path.name for path in (*delivered.iterdir(), *again.iterdir())})
    differing = tuple(
        name for name in names
        if not (delivered / name).is_file() or not (again / name).is_file() or (delivered / name).read_bytes() != (again / name).read_bytes()
    )
    if not differing:
        return Again(unit, "same")
    if "facts.json" in differing and (delivered / "facts.json").is_file():
        try:
            said = json.loads((delivered / "facts.json").read_text(encoding="utf-8"))
            comparison = compare_facts(said, json.loads((again / "facts.json").read_text(encoding="utf-8")))
        except (ValueError, KeyError, TypeError):
            return Again(unit, "facts_differ", differing)
        return Again(unit, "facts_differ" if not comparison.equal else "files_differ", differing, comparison=comparison)
    return Again(unit, "files_differ", differing)
