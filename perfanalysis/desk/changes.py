"""Rules with something changed, as the content of a file that can be loaded, compared and saved."""

import copy
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from perfanalysis.errors import PlanError, Problem, RuleError
from perfanalysis.rules.frameworks import load_framework, read_framework
from perfanalysis.rules.model import GRADES
from perfanalysis.rules.reading import load_rulebook, read_rulebook

#: The source of a rule that was changed at the desk: nobody's regulation.
_ASSUMED = {"document": {"en": "assumed for a comparison at the desk", "zh": "对比测算时设定"}}
_ITEM = ("code", "zh", "en", "weight", "measure", "worst", "best", "bears_difficulty")


def change_framework(
    base: str | Path | Mapping[str, Any], *, times: Mapping[str, float] | None = None, weights: Mapping[str, float] | None = None,
    leave_out: Iterable[str] = (), difficulty: str | None = None, coefficients: Mapping[str, float] | None = None, year: int | None = None,
) -> dict[str, Any]:
    """A framework with weights, items or difficulty changed: its content, for ``compare_frameworks``, ``load_framework`` and ``save_rules``.

    Parameters
    ----------
    base : a shipped framework's name, a file, or a content to change further
    times : code of an item or category → by how much its weight is multiplied (2 = weighs double)
    weights : code → its new weight (points of the whole)
    leave_out : codes of items or categories that no longer count; the others of the category carry their weight
    difficulty : ``none``, ``multiply`` or ``reweight``
    coefficients : unit → its coefficient of difficulty in ``year`` (1.0 = of normal difficulty), in the place of the declared one

    Raises
    ------
    RuleError
        A code that the framework has not, or a result that is no framework.

    >>> changed = change_framework("district-28", times={"D6.1": 2, "D6.2": 2})
    >>> [item.weight for item in load_framework(changed).items if item.code in ("D6.1", "D6.2", "D6.3")]
    [6.0, 6.0, 3.0]
    """
    content = copy.deepcopy(read_framework(base))
    for category in content["categories"]:
        category["items"] = [dict(zip(_ITEM, item, strict=False)) if isinstance(item, list) else item for item in category.get("items") or ()]
    known = {category["code"] for category in content["categories"]} | {item["code"] for category in content["categories"] for item in category["items"]}
    asked = [*(times or {}), *(weights or {}), *leave_out]
    if unknown := [code for code in asked if code not in known]:
        raise RuleError(f"{content['name']} has no item or category {', '.join(map(repr, unknown))}; it has: {', '.join(sorted(known))}")
    for code, factor in (times or {}).items():
        _weigh(content, code, factor)
    for code, weight in (weights or {}).items():
        now = _weight(content, code)
        if not now > 0:
            raise RuleError(f"{code} weighs nothing in {content['name']}, so that its weight cannot be shared out among its items")
        _weigh(content, code, weight / now)
    out = _with_children(content, leave_out)
    for category in content["categories"]:
        category["items"] = [item for item in category["items"] if item["code"] not in out and category["code"] not in out]
    # a category that holds nothing any more is gone, and then the one above it that held only such
    while True:
        held = {category.get("parent") for category in content["categories"]}
        empty = [category for category in content["categories"] if not category["items"] and category["code"] not in held]
        if not empty:
            break
        content["categories"] = [category for category in content["categories"] if category not in empty]
    if difficulty is not None:
        content["difficulty"] = difficulty
    if coefficients:
        if year is None:
            raise RuleError("coefficients of difficulty hold for a year: name it")
        of_year = {**content.get("coefficients", {}).get(year, {}), **{str(unit): float(value) for unit, value in coefficients.items()}}
        content["coefficients"] = {**content.get("coefficients", {}), year: of_year}
    content["illustrative"] = True
    content["verified"] = False
    load_framework(content)
    return content


def _weigh(content: dict, code: str, factor: float) -> None:
    """Multiply the weight of an item, or of a category: its stated weight, or else those of all items in it."""
    for category in content["categories"]:
        if category["code"] == code and category.get("weight") is not None:
            category["weight"] = float(category["weight"]) * factor
            return
    inside = _with_children(content, [code])
    for category in content["categories"]:
        for item in category["items"]:
            if item["code"] in inside:
                item["weight"] = float(item["weight"]) * factor


def _weight(content: dict, code: str) -> float:
    stated = next((category.get("weight") for category in content["categories"] if category["code"] == code), None)
    inside = _with_children(content, [code])
    return float(stated) if stated is not None else sum(float(item["weight"]) for category in content["categories"] for item in category["items"] if item["code"] in inside)


def _with_children(content: dict, codes: Iterable[str]) -> set[str]:
    """The codes and everything below them."""
    found = set(codes)
    while True:
        more = {category["code"] for category in content["categories"] if category.get("parent") in found}
        more |= {item["code"] for category in content["categories"] if category["code"] in found for item in category["items"]}
        if more <= found:
            return found
        found |= more


def change_rulebook(
    base: str | Path | Mapping[str, Any], *, grades: Mapping[str, float] | None = None, execution_weight: float | None = None, rescale: bool | None = None,
) -> dict[str, Any]:
    """A rule-book with something changed: its content, for ``compare_rulebooks``, ``load_rulebook`` and ``save_rules``.

    Parameters
    ----------
    base : a shipped rule-book's name, a file, or a content to change further
    grades : grade → points from which it is given (``{"excellent": 92}``); the lowest always starts at 0
    execution_weight : points for the execution rate; the other groups share the rest as they did
    rescale : whether a form whose points do not add up to the total is rescaled to it. Forms carry their own points: under another weight of
        execution they add up to the total only when they are rescaled.

    >>> load_rulebook(change_rulebook("mof-2020", grades={"excellent": 92})).grades[0].start
    92.0
    """
    content = copy.deepcopy(read_rulebook(base))
    if grades:
        if unknown := [grade for grade in grades if grade not in GRADES]:
            raise RuleError(f"grades {', '.join(map(repr, unknown))} are not among {', '.join(GRADES)}")
        bands = {band["grade"]: band["from"] for band in content["grades"]["bands"]} | dict(grades)
        content["grades"] = {"bands": [{"grade": grade, "from": bands[grade]} for grade in GRADES if grade in bands], "source": _ASSUMED, "verified": False}
    if execution_weight is not None:
        total, before = content.get("total", 100), content["execution"]["weight"]
        share = (total - execution_weight) / (total - before)
        steps = content["execution"].get("steps")
        content["execution"] = {**content["execution"], "weight": execution_weight, "source": _ASSUMED, "verified": False}
        if steps:
            content["execution"]["steps"] = [{**step, "points": step["points"] * execution_weight / before} for step in steps]
        for one in content["weights"]["sets"]:
            one["groups"] = [{**group, "weight": group["weight"] * share} for group in one["groups"]]
        content["weights"] = {**content["weights"], "source": _ASSUMED, "verified": False}
    if rescale is not None:
        content["unscored"] = {"method": "rescale", "source": _ASSUMED, "verified": False} if rescale else {"method": "leave"}
    load_rulebook(content)
    return content


def save_rules(content: Mapping[str, Any], path: str | Path, *, title: Mapping[str, str] | None = None) -> Path:
    """Write the content of a framework or rule-book as the YAML file that ``framework:`` or ``rulebook:`` of a plan names.

    ``title`` (a text for each language) tells it from the one that it was made from; a rule-book also takes the file's name as its own (a framework keeps
    its name, by which the data finds it). A file that is there already is not overwritten: ``PlanError``.
    """
    path = Path(path).with_suffix(".yaml")
    content = copy.deepcopy(dict(content))
    if title:
        content["title"] = dict(title)
    if "execution" in content:
        content["name"] = path.stem
        load_rulebook(content)
    else:
        load_framework(content)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=160)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise PlanError([Problem("to_exists", found=str(path))]) from None
    return path
