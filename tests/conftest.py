"""Fixtures that every test may use, and the rule that CI skips nothing that it could run."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CI = os.environ.get("CI", "").lower() in ("1", "true")

#: A test that uses the fixture carries the marker, so that it can be chosen or left out; in CI a skip of it is a failure.
NEEDS = {"shared_data": "data", "chromium": "browser", "browser": "browser", "postgresql": "postgresql"}

#: Headless, without a sandbox (root has none), and without the browser's own requests to the network.
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(config, items):
    for item in items:
        for fixture in NEEDS.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker(NEEDS[fixture])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """One JupyterLab, one notebook after the other, and every other test wherever there is room: marks of a group have no effect with pytest 9.2 (pytest-xdist #1386)."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::")[0]
            return file if file.endswith("test_in_jupyterlab.py") else nodeid

    return Scheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    needs = [marker for marker in sorted(set(NEEDS.values())) if item.get_closest_marker(marker)]
    if CI and needs and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"CI must be able to run this ({', '.join(needs)}), yet it was skipped: {call.excinfo.value if call.excinfo else ''}"
    return report


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the project; it must be there in CI and may be missing on a user's machine."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data (../shared/data) is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium or Chrome on this machine, for Playwright's ``executable_path``."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip(f"no browser on this machine (looked for {', '.join(names)})")
    return found


@pytest.fixture(scope="session")
def browser(chromium) -> Iterator:
    """A headless Playwright ``Browser``; a test opens its own context and closes it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The SQLAlchemy address of a new, empty PostgreSQL server on a free loopback port; it is gone after the tests."""
    pytest.importorskip("psycopg", reason="psycopg is not installed (pip install 'perfanalysis[postgresql]')")
    binaries = _postgresql_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server on this machine (looked for initdb and pg_ctl)")
    as_user = _not_root()
    folder = Path(tempfile.mkdtemp(prefix="perfanalysis-postgresql-"))
    try:
        password = secrets.token_hex(16)
        (folder / "password").write_text(password, encoding="ascii")
        if as_user:
            shutil.chown(folder, "postgres", "postgres")
            shutil.chown(folder / "password", "postgres", "postgres")
        data = folder / "data"

        def run(tool: str, *arguments) -> None:
            # output to a file: the server keeps its parent's pipes open, and reading them would never end
            with (folder / "output.txt").open("w+", encoding="utf-8") as output:
                command = [*as_user, str(binaries / tool), *map(str, arguments)]
                done = subprocess.run(command, stdout=output, stderr=output, cwd=folder, check=False)
                output.seek(0)
                assert done.returncode == 0, f"{tool} failed:\n{output.read()}"

        run("initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", folder / "password", "-E", "UTF8", "--no-locale", "-N")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with (data / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(f"\nlisten_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = ''\nfsync = off\n")
        run("pg_ctl", "-D", data, "-l", data / "server.log", "-w", "-t", 120, "start")
        try:
            yield f"postgresql+psycopg://postgres:{password}@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _postgresql_binaries() -> Path | None:
    """Where ``initdb`` is: on the path, or where Debian keeps the servers (the newest)."""
    on_path = shutil.which("initdb")
    if on_path and shutil.which("pg_ctl"):
        return Path(on_path).parent
    debian = Path("/usr/lib/postgresql")
    servers = [path.parent for path in debian.glob("*/bin/initdb")]
    return max(servers, key=lambda path: float(path.parent.name), default=None)


def _not_root() -> list[str]:
    """PostgreSQL refuses to run as root; the package's own user then runs it."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return ["runuser", "-u", "postgres", "--"]
    return []


@pytest.fixture
def tiny() -> dict:
    """The tiny city of tests/data/tiny as typed frames, table name → frame; its README has every number worked out."""
    import pandas as pd

    from perfanalysis.tables import TABLES

    as_kind = {"date": lambda s: pd.to_datetime(s), "year": lambda s: s.astype("int64"), "flag": lambda s: s.map({"true": True, "false": False})}
    frames = {}
    for path in sorted((ROOT / "tests" / "data" / "tiny").glob("*.csv")):
        schema, frame = TABLES[path.stem], pd.read_csv(path, dtype="str")
        for column in schema.columns:
            if column.name not in frame:
                frame[column.name] = pd.Series(float("nan"), index=frame.index, dtype="str")
            if column.kind in as_kind and (column.kind != "year" or frame[column.name].notna().all()):
                frame[column.name] = as_kind[column.kind](frame[column.name])
            elif column.kind in ("money", "ratio", "points", "number", "year"):
                frame[column.name] = frame[column.name].astype("float64")
        frames[path.stem] = frame
    return frames
