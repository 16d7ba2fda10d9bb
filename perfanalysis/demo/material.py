"""The raw material of the demonstration city: names, themes and indicators, read from the YAML files beside this module."""

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from perfanalysis.rules.framework_model import Framework
from perfanalysis.rules.frameworks import load_framework

_FOLDER = Path(__file__).parent

#: The article's figures, in the report's year.
YEARS = (2018, 2019, 2020)
YEAR = 2020
DEPARTMENTS, DISTRICTS = 147, 16
SELF_EVALUATED, SELF_EVALUATED_BUDGET = 1_021, 55_000_000_000
REVIEWED_TARGETS, REVIEWED_SHARE = 609, 0.95
BONDS, BOND_BUDGET = 508, 8_200_000_000
PROPOSALS, EXPERTS = 14, 5
OBJECTIVES, RESULTS, CENTRAL_REVIEWS = 12, 10, 12

FIRST_DEPARTMENT, FIRST_DISTRICT = 101, 301


@cache
def load_city() -> dict[str, Any]:
    """Districts, scopes of projects, pools of indicators, bonds, proposals and texts (``city.yaml``); not to be changed."""
    return _load(_FOLDER / "city.yaml")


@cache
def load_sectors() -> dict[str, dict[str, Any]]:
    """Sector code → its departments, themes and indicators, the education commission first (so that it is department 101)."""
    files = sorted((_FOLDER / "sectors").glob("*.yaml"), key=lambda file: (file.stem != "education", file.stem))
    return {file.stem: _load(file) for file in files}


@cache
def load_frameworks() -> dict[str, Framework]:
    """Framework id → the shipped framework of districts and that of departments; illustrative."""
    return {name: load_framework(name) for name in ("district-28", "department-25")}


def framework_items(framework: str) -> pd.DataFrame:
    """One row per item of a framework: ``item``, ``category``, names, ``weight`` (points of 100), ``measure``, ``worst`` and ``best`` (goalposts)."""
    about = load_frameworks()[framework]
    categories = {category.code: category for category in about.categories}
    rows = [
        (item.code, item.category, categories[item.category].title["zh"], categories[item.category].title["en"], item.title["zh"], item.title["en"],
         item.weight, item.measure, item.worst, item.best)
        for item in about.items
    ]
    names = ["item", "category", "category_zh", "category_en", "zh", "en", "weight", "measure", "worst", "best"]
    return pd.DataFrame(rows, columns=names).astype({"weight": float, "worst": float, "best": float})


def make_units() -> pd.DataFrame:
    """The table ``units``: 147 departments 101 to 247, sector by sector, and 16 districts 301 to 316."""
    rows = [
        (zh, en, "department", sector) for sector, about in load_sectors().items() for zh, en in about["departments"]
    ]
    frame = pd.DataFrame(rows, columns=["name", "name_en", "kind", "sector"])
    frame.insert(0, "unit", [str(FIRST_DEPARTMENT + place) for place in range(len(frame))])
    districts = pd.DataFrame(load_city()["districts"], columns=["name", "name_en"])
    districts.insert(0, "unit", [str(FIRST_DISTRICT + place) for place in range(len(districts))])
    districts = districts.assign(kind="district", sector="district")
    return pd.concat([frame, districts], ignore_index=True)


def find_department(sector: str, place: int) -> str:
    """The code of the department that stands at ``place`` (from 0) in its sector's list."""
    before = 0
    for name, about in load_sectors().items():
        if name == sector:
            return str(FIRST_DEPARTMENT + before + place)
        before += len(about["departments"])
    raise KeyError(f"no sector {sector!r}; there are: {', '.join(load_sectors())}")


def _load(path: Path) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), loader)
