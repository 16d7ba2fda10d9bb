"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(config, items):
    """Tests that use the real data carry its marker, so that they can be chosen or left out."""
    for item in items:
        if "shared_data" in getattr(item, "fixturenames", ()):
            item.add_marker("data")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the project; it must be there in CI and may be missing on a user's machine."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"the real data must stand beside the project in CI: ../shared/data is missing from {ROOT.parent.name}")
        pytest.skip("the real data (../shared/data) is not beside this checkout")
    return folder
