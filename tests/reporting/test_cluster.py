"""The same reports from a real Dask scheduler and two workers on this machine, one of which is killed in the middle."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from test_run import tree

from perfanalysis.errors import PlanError
from perfanalysis.reporting import load_plan, run_plan
from perfanalysis.reporting.execute import execute_fastest

pytest.importorskip("distributed", reason="distributed is not installed (pip install 'perfanalysis[cluster]')")


@pytest.fixture
def cluster(tmp_path):
    """Address of a scheduler, and its two workers' processes."""
    started = []

    def start(module, *words):
        log = open(tmp_path / f"{len(started)}.log", "wb")  # noqa: SIM115  (the process keeps it)
        started.append(subprocess.Popen([sys.executable, "-m", "distributed.cli." + module, *words], stdout=log, stderr=log, start_new_session=True))
        return started[-1]

    told = tmp_path / "scheduler.json"
    start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0", "--scheduler-file", str(told))
    try:
        for _ in range(600):
            if told.exists() and told.read_text().strip().endswith("}"):
                break
            time.sleep(0.1)
        import json

        address = json.loads(told.read_text())["address"]
        workers = [
            start("dask_worker", address, "--no-nanny", "--nthreads", "1", "--host", "127.0.0.1", "--no-dashboard", "--local-directory", str(tmp_path / f"w{number}"))
            for number in range(2)
        ]
        from distributed import Client

        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=120)
        yield address, workers
    finally:
        for process in reversed(started):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_a_cluster_gives_the_same_reports_and_a_lost_worker_costs_none(project, cluster, tmp_path):
    address, workers = cluster
    plan = load_plan(project.plan())
    local = run_plan(plan, outputs=tmp_path / "local", workers=1, execute=execute_fastest)
    assert local.failed == ()
    killed = []

    def kill_one(step):
        if not killed:
            killed.append(workers[0].pid)
            os.kill(workers[0].pid, signal.SIGKILL)

    far = run_plan(plan, outputs=tmp_path / "far", cluster=address, on_progress=kill_one)
    assert killed and far.failed == () and far.count("done") == 4 and far.workers == 2
    one, two = tree(tmp_path / "local" / "tiny"), tree(tmp_path / "far" / "tiny")
    assert one.keys() == two.keys()
    assert {name for name in one if one[name] != two[name]} <= {"run.json", *(f".state/{code}.json" for code in "ABCD")}


def test_what_goes_wrong_there_is_told_here(project, cluster):
    address, _ = cluster
    project.behave(B="error", C="die")
    run = run_plan(load_plan(project.plan(units=["A", "B", "C"])), cluster=address)
    assert {unit.unit: unit.reason for unit in run.units} == {"A": "", "B": "error", "C": "died"}


def test_no_scheduler_is_one_clear_error(project):
    with pytest.raises(PlanError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        run_plan(load_plan(project.plan()), cluster="tcp://127.0.0.1:9", open_pool=ThreadPoolExecutor)
