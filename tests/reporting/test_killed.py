"""Killed at any moment, or out of disk: what is seen is whole, nothing goes on running, and the next run finishes the work."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_run import run, statuses, tree

from perfanalysis.reporting import load_plan, run_plan
from perfanalysis.reporting.fork import AVAILABLE

WHOLE = {"report.en.html", "report.zh.html", "report.en.ipynb", "report.zh.ipynb", "facts.json", "tables.xlsx"}

SUPERVISOR = """
import sys
from perfanalysis.reporting import load_plan, run_plan
if __name__ == "__main__":
    run_plan(load_plan(sys.argv[1]), workers=2)
"""


def reports(project) -> dict[str, set[str]]:
    folder = project.outputs / "tiny"
    return {code: {path.name for path in (folder / code).iterdir()} for code in "ABCD" if (folder / code).is_dir()}


def below(process: int) -> list[int]:
    """Every process below this one."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]) == process:
                    found += [int(entry.name), *below(int(entry.name))]
            except (OSError, IndexError):
                continue
    return found


def runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.skipif(not AVAILABLE, reason="looks at processes as Linux has them")
@pytest.mark.parametrize("moment", ["while a report runs", "after the first report", "after the third report"])
def test_the_supervisor_is_killed(project, moment, tmp_path):
    plan = project.plan()
    (tmp_path / "supervisor.py").write_text(SUPERVISOR)
    if moment == "while a report runs":
        project.behave(A="hang", B="hang")
    process = subprocess.Popen([sys.executable, str(tmp_path / "supervisor.py"), str(plan)], stderr=subprocess.DEVNULL)
    wanted = {"while a report runs": 0, "after the first report": 1, "after the third report": 3}[moment]
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        staged = list((project.outputs / "tiny" / ".staging").glob("*")) if (project.outputs / "tiny").is_dir() else []
        if (wanted and len(list((project.outputs / "tiny" / ".state").glob("*.json"))) >= wanted) or (not wanted and len(staged) == 2 and len(below(process.pid)) >= 4):
            break
        time.sleep(0.01)
    else:
        pytest.fail("the run never got so far")
    children = below(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    seen = reports(project)
    assert all(names == WHOLE for names in seen.values())
    for _ in range(100):
        if not any(map(runs, children)):
            break
        time.sleep(0.1)
    assert not any(map(runs, children))  # workers and notebooks end with it
    project.behave()
    record = run_plan(load_plan(plan), workers=2, resume=True)
    assert record.failed == () and reports(project) == dict.fromkeys("ABCD", WHOLE)
    assert record.count("unchanged") >= max(0, wanted - 1)
    assert not (project.outputs / "tiny" / ".staging").exists()


def command_of(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:  # it has ended in between
        return b""


@pytest.mark.skipif(not AVAILABLE, reason="looks at processes as Linux has them")
def test_a_worker_is_killed_and_its_report_is_made_by_another(project):
    plan = load_plan(project.plan())
    killed = []

    def kill_a_worker(step):
        workers = [child for child in below(os.getpid()) if b"spawn_main" in command_of(child)]
        if workers and not killed:
            killed.append(workers[0])
            os.kill(workers[0], signal.SIGKILL)

    record = run_plan(plan, workers=2, on_progress=kill_a_worker)
    assert killed and record.failed == () and reports(project) == dict.fromkeys("ABCD", WHOLE)


def test_disk_full_while_a_report_is_written(project, monkeypatch):
    plan = project.plan()
    run(plan)
    good = tree(project.outputs / "tiny" / "B")
    write = Path.write_bytes

    def full(path, content):
        if path.parent.name == "B":
            path.write_text("half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    record = run(plan, force=True, hours=1)
    assert [(unit.unit, unit.reason) for unit in record.failed] == [("B", "not_written")] and "No space left" in record.failed[0].message
    assert tree(project.outputs / "tiny" / "B") == good
    monkeypatch.undo()
    monkeypatch.setattr("perfanalysis.reporting.html.export_html", lambda node, lang, title: f"<title>{title}</title>")
    assert run(plan, hours=2).failed == () and statuses(project) == {"A": "unchanged", "B": "done", "C": "unchanged", "D": "unchanged"}


@pytest.mark.skipif(not AVAILABLE or os.geteuid() != 0, reason="mounting a small file system needs root on Linux")
def test_a_disk_that_is_really_full(project):
    """Everything goes to a file system of 300 kB: reports until it is full, whole ones only, and all once there is room."""
    project.outputs.joinpath("tiny").mkdir()
    place = project.outputs / "tiny"
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=120k", "tmpfs", str(place)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"no mounting here: {done.stderr.decode().strip()}")
    try:
        plan = project.plan()
        try:
            run_plan(load_plan(plan), workers=1)
        except OSError as error:
            assert error.errno == errno.ENOSPC
        seen = reports(project)
        assert len(seen) < 4 and all(names == WHOLE for names in seen.values())
        for state in (place / ".state").glob("*.json"):
            json.loads(state.read_text())
        subprocess.run(["mount", "-o", "remount,size=20m", str(place)], check=True)
        assert run_plan(load_plan(plan), workers=1).failed == ()
        assert reports(project) == dict.fromkeys("ABCD", WHOLE)
    finally:
        subprocess.run(["umount", str(place)], check=True)
