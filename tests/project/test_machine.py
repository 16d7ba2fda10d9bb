"""The fixtures that stand on the machine: a browser and a PostgreSQL server really answer, and CI lets no test slip away."""

import os
import subprocess
import sys
from pathlib import Path

import sqlalchemy

ROOT = Path(__file__).resolve().parents[2]


def test_browser_opens_a_page(browser):
    page = browser.new_page()
    page.set_content("<title>绩效评价</title><p>budget</p>")
    assert page.title() == "绩效评价"
    page.close()


def test_postgresql_answers(postgresql):
    engine = sqlalchemy.create_engine(postgresql)
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("select length('绩效')")).scalar_one() == 2
    engine.dispose()


def test_skipping_a_browser_test_fails_in_ci_only(tmp_path):
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n browser: x\n", encoding="utf-8")
    (tmp_path / "test_it.py").write_text(
        "import pytest\n@pytest.mark.browser\ndef test_a(): pytest.skip('no browser here')\ndef test_b(): pytest.skip('other')\n", encoding="utf-8"
    )
    at_home, in_ci = (run_pytest(tmp_path, ci) for ci in ("", "true"))
    assert "2 skipped" in at_home
    assert "1 failed, 1 skipped" in in_ci
    assert "no browser here" in in_ci


def run_pytest(folder: Path, ci: str) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(folder)]
    environment = {**os.environ, "CI": ci, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False).stdout
