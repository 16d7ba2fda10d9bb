"""A framework's YAML or workbook → ``Framework``; everything wrong with it is said at once, with its place and what is allowed."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from perfanalysis.errors import Problem, RuleError, near
from perfanalysis.rules.framework_model import (
    AGGREGATIONS,
    MISSING,
    SCALES,
    TOTAL,
    USES,
    YEARS,
    Category,
    Framework,
    Item,
    ScoreBand,
    Uncertainty,
)

_FOLDER = Path(__file__).parent / "frameworks"
_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
_KEYS = ("name", "title", "source", "illustrative", "verified", "aggregation", "missing", "known_at_least", "difficulty", "cap", "coefficients",
         "uncertainty", "letters", "categories")
_CATEGORY_KEYS = ("code", "en", "zh", "parent", "weight", "aggregation", "items")
_ITEM_KEYS = ("code", "en", "zh", "weight", "measure", "scale", "worst", "best", "bands", "direction", "bears_difficulty", "years", "needs")
#: the short form of an item in YAML: a list in this order
_SHORT = ("code", "zh", "en", "weight", "measure", "worst", "best", "bears_difficulty")


def list_frameworks() -> pd.DataFrame:
    """The shipped frameworks: one row each, with name, titles, how many items and top categories, whether illustrative, and digest.

    >>> pa.list_frameworks()["framework"].tolist()[0]
    'department-25'
    """
    frameworks = [load_framework(path.stem) for path in sorted(_FOLDER.glob("*.yaml"))]
    return pd.DataFrame(
        [(f.name, f.title["en"], f.title["zh"], len(f.items), len(f.top_categories), f.illustrative, f.digest) for f in frameworks],
        columns=["framework", "title_en", "title_zh", "items", "categories", "illustrative", "digest"],
    )


def load_framework(name: "str | Path | Mapping[str, Any]") -> Framework:
    """A shipped framework by name, or one from a YAML file, a workbook (a sheet with one row per item), or a mapping.

    Workbook: the first sheet with a heading row holds the items (``item``, ``category``, ``name``, ``weight``, ``worst``, ``best`` …, in English or
    Chinese: 指标编码, 类别, 指标名称, 权重, 零分值, 满分值); a sheet ``about`` (说明) of two columns may hold ``name``, ``title_en``, ``difficulty`` and the like.

    Raises
    ------
    RuleError
        The framework is unknown or wrong; every mistake is named.

    >>> framework = load_framework("district-28")
    >>> len(framework.items), len(framework.top_categories)
    (28, 6)
    """
    content = read_framework(name)
    return _build(content, str(content["name"]) if isinstance(name, Mapping) else Path(name).name)


def read_framework(name: "str | Path | Mapping[str, Any]") -> dict[str, Any]:
    """What stands in a framework, as a mapping of its file's keys that may be changed and loaded again; names as for ``load_framework``.

    >>> read_framework("district-28")["difficulty"]
    'none'
    """
    if isinstance(name, Mapping):
        return {"name": "framework", **name}
    path = Path(name)
    if path.suffix.lower() in _WORKBOOKS:
        return _read_workbook(_find(path))
    if path.suffix.lower() in (".yaml", ".yml"):
        path = _find(path)
    else:
        path = _FOLDER / f"{name}.yaml"
        if not path.is_file():
            known = sorted(file.stem for file in _FOLDER.glob("*.yaml"))
            raise RuleError(Problem("unknown_framework", found=str(name), values={"near": near(str(name), known)}))
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise RuleError(f"{path.name} is not YAML: {error}") from None
    if not isinstance(content, dict):
        raise RuleError(f"{path.name} is not a framework: it must be a mapping with {', '.join(_KEYS)}")
    return {"name": path.stem, **content}


def _find(path: Path) -> Path:
    """A relative path is looked for here and then in the folders above, as a dataset's is."""
    if not path.is_absolute():
        path = next((folder / path for folder in (Path(), *Path.cwd().parents) if (folder / path).is_file()), path)
    if not path.is_file():
        raise RuleError(f"there is no framework file {path}")
    return path


class _Check:
    def __init__(self, file: str):
        self.file, self.wrong = file, []

    def add(self, place: str, text: str) -> None:
        self.wrong.append(f"{self.file}, {place}: {text}" if place else f"{self.file}: {text}")

    def keys(self, place: str, given: Mapping, allowed: tuple[str, ...]) -> None:
        for key in given:
            if key not in allowed:
                self.add(place, f"unknown key {key!r}; allowed: {', '.join(allowed)}")

    def choice(self, place: str, value: Any, allowed: tuple[str, ...], default: str) -> str:
        if value is None or value == "":
            return default
        if value not in allowed:
            self.add(place, f"{value!r} is not one of {', '.join(allowed)}")
            return default
        return value

    def number(self, place: str, value: Any, *, low: float | None = None, high: float | None = None, default: float | None = None) -> float | None:
        if value is None or (isinstance(value, float) and value != value):
            return default
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.add(place, f"{value!r} is not a number")
            return default
        if (low is not None and value < low) or (high is not None and value > high):
            self.add(place, f"{value} lies outside {low if low is not None else '−∞'} to {high if high is not None else '∞'}")
        return float(value)

    def title(self, place: str, given: Mapping) -> dict[str, str]:
        zh, en = (str(given.get(lang) or "").strip() for lang in ("zh", "en"))
        if not (zh or en):
            self.add(place, "has no name; give 'en' or 'zh'")
        # a framework in one language shows its own names in both, as data text always does
        return {"en": en or zh, "zh": zh or en}


def _build(content: Mapping[str, Any], file: str) -> Framework:
    check = _Check(file)
    check.keys("", content, _KEYS)
    categories, items = _members(check, content.get("categories"))
    uncertainty = content.get("uncertainty") or {}
    check.keys("uncertainty", uncertainty, ("weights", "goalposts", "draws", "seed"))
    letters = {float(score): str(letter) for score, letter in (content.get("letters") or {}).items()}
    framework = Framework(
        name=str(content.get("name") or Path(file).stem),
        title=check.title("title", content.get("title") or {"zh": content.get("name")}),
        source={"en": "", "zh": "", **(content.get("source") or {})},
        illustrative=bool(content.get("illustrative", False)),
        items=tuple(items), categories=tuple(categories),
        aggregation=check.choice("aggregation", content.get("aggregation"), AGGREGATIONS, "arithmetic"),
        missing=check.choice("missing", content.get("missing"), MISSING, "leave_out"),
        known_at_least=check.number("known_at_least", content.get("known_at_least"), low=0, high=1, default=2 / 3),
        difficulty=check.choice("difficulty", content.get("difficulty"), USES, "none"),
        cap=check.number("cap", content.get("cap"), low=0, default=100.0),
        coefficients=_coefficients(check, content.get("coefficients")),
        uncertainty=Uncertainty(
            check.number("uncertainty.weights", uncertainty.get("weights"), low=0, high=0.99, default=0.25),
            check.number("uncertainty.goalposts", uncertainty.get("goalposts"), low=0, high=0.4, default=0.1),
            int(check.number("uncertainty.draws", uncertainty.get("draws"), low=1, default=1000)),
            int(check.number("uncertainty.seed", uncertainty.get("seed"), low=0, default=1)),
        ),
        letters=letters, verified=bool(content.get("verified", False)),
        digest=hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest(),
    )
    _check_tree(check, framework)
    if check.wrong:
        raise RuleError("\n".join(check.wrong))
    return framework


def _coefficients(check: _Check, given: Any) -> dict[int, dict[str, float]]:
    """Assumed coefficients of difficulty by year and unit: ``{2020: {"101": 1.2}}``."""
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(isinstance(year, int) and isinstance(units, Mapping) for year, units in given.items()):
        check.add("coefficients", f"{given!r} is not of the form {{2020: {{'101': 1.2}}}}")
        return {}
    return {year: {str(unit): check.number(f"coefficients, {year}, {unit}", value, low=0.1, high=10, default=1.0) for unit, value in units.items()}
            for year, units in given.items()}


def _members(check: _Check, given: Any) -> tuple[list[Category], list[Item]]:
    if not isinstance(given, list) or not given:
        check.add("categories", "must be a list of categories with their items")
        return [], []
    categories, items = [], []
    for place, entry in enumerate(given, 1):
        where = f"category {entry.get('code', place)}" if isinstance(entry, Mapping) else f"category {place}"
        if not isinstance(entry, Mapping):
            check.add(where, "is not a mapping with code, en, zh and items")
            continue
        check.keys(where, entry, _CATEGORY_KEYS)
        code = str(entry.get("code") or f"C{place}")
        categories.append(Category(
            code, check.title(where, entry), str(entry.get("parent") or TOTAL), check.number(f"{where}, weight", entry.get("weight"), low=0),
            check.choice(f"{where}, aggregation", entry.get("aggregation"), AGGREGATIONS, ""),
        ))
        items += [_item(check, item, code, f"{where}, item {number}") for number, item in enumerate(entry.get("items") or (), 1)]
    return categories, items


def _item(check: _Check, given: Any, category: str, where: str) -> Item:
    if isinstance(given, list):
        given = dict(zip(_SHORT, given, strict=False))
    if not isinstance(given, Mapping):
        check.add(where, f"{given!r} is neither a mapping nor a list of {', '.join(_SHORT)}")
        given = {}
    code = str(given.get("code") or "")
    where = f"item {code}" if code else where
    if not code:
        check.add(where, "has no code")
    check.keys(where, given, _ITEM_KEYS)
    weight = check.number(f"{where}, weight", given.get("weight"), low=0)
    if weight is None:
        check.add(where, "has no weight (a number, points of the whole)")
    bands = _bands(check, where, given.get("bands"))
    scale = check.choice(f"{where}, scale", given.get("scale"), SCALES, "bands" if bands else "goalposts")
    worst, best = (check.number(f"{where}, {name}", given.get(name)) for name in ("worst", "best"))
    if scale == "goalposts" and (worst is None or best is None or worst == best):
        check.add(where, f"needs two different goalposts: 'worst' (scores 0) is {worst}, 'best' (scores 100) is {best}")
    if scale == "bands" and not bands:
        check.add(where, "is scored in bands and has none")
    direction = given.get("direction", 1)
    if direction not in (1, -1):
        check.add(f"{where}, direction", f"{direction!r} is not 1 (more is better) or -1")
        direction = 1
    return Item(code, check.title(where, given), category, weight or 0.0, str(given.get("measure") or ""), scale, worst, best, bands, int(direction),
                bool(given.get("bears_difficulty", False)), check.choice(f"{where}, years", given.get("years"), YEARS, "own"),
                given.get("needs") or {})


def _bands(check: _Check, where: str, given: Any) -> tuple[ScoreBand, ...]:
    """Bands as a list of mappings (``gives``, ``from``, ``above``, ``to``, ``below``), or as text: ``0.6=50; 0.8=80; 0.9=100`` (from = gives)."""
    if not given:
        return ()
    if isinstance(given, str):
        pairs = [re.fullmatch(r"\s*(-?[\d.]+)(%?)\s*[=＝:：]\s*(-?[\d.]+)\s*", part) for part in re.split(r"[;；]", given) if part.strip()]
        if not all(pairs):
            check.add(f"{where}, bands", f"{given!r} is not of the form 60%=50; 80%=80; 90%=100")
            return ()
        starts = sorted((float(p[1]) / (100 if p[2] else 1), float(p[3])) for p in pairs)
        ends = [*(start for start, _ in starts[1:]), None]
        return (ScoreBand(0.0, None, starts[0][0]), *(ScoreBand(gives, start, end) for (start, gives), end in zip(starts, ends, strict=True)))
    bands = []
    for band in given:
        check.keys(f"{where}, bands", band, ("gives", "from", "above", "to", "below"))
        gives = check.number(f"{where}, bands, gives", band.get("gives"))
        if gives is None:
            check.add(f"{where}, bands", f"{band} does not say what it gives")
            continue
        bands.append(ScoreBand(gives, band.get("above", band.get("from")), band.get("to", band.get("below")), "above" not in band, "to" in band))
    return tuple(bands)


def _check_tree(check: _Check, framework: Framework) -> None:
    codes = [category.code for category in framework.categories] + [item.code for item in framework.items]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        check.add("", f"the code {code!r} stands {codes.count(code)} times; codes must differ")
    known = {category.code: category for category in framework.categories}
    for category in framework.categories:
        seen, node = {category.code}, category.parent
        while node != TOTAL:
            if node not in known:
                check.add(f"category {category.code}", f"its parent {node!r} is not a category; there are: {', '.join(known)}")
                break
            if node in seen:
                check.add(f"category {category.code}", "its parents lead back to itself")
                break
            seen.add(node)
            node = known[node].parent
        if not framework.children(category.code):
            check.add(f"category {category.code}", "has no items")
    if framework.items and not sum(item.weight for item in framework.items) > 0:
        check.add("", "the weights add up to nothing")


#: what a workbook's heading may say → the key
_HEADINGS = {
    "code": ("item", "code", "item code", "indicator code", "编码", "指标编码", "任务编码", "序号"),
    "category": ("category", "aspect", "类别", "一级指标", "考核类别", "方面", "考核方面"),
    "category_code": ("category code", "类别编码"),
    "category_en": ("category in english", "category en", "category_en", "类别英文"),
    "zh": ("name", "indicator", "task", "name in chinese", "名称", "指标名称", "考核指标", "任务", "任务名称", "二级指标", "zh"),
    "en": ("name in english", "name en", "name_en", "english name", "英文名称", "en"),
    "weight": ("weight", "points", "权重", "分值"),
    "measure": ("measure", "unit", "计量单位", "单位"),
    "worst": ("worst", "scores 0", "zero points at", "零分值", "零分标准", "最低值"),
    "best": ("best", "scores 100", "full points at", "满分值", "满分标准", "最高值"),
    "bands": ("bands", "steps", "分档", "分档标准"),
    "scale": ("scale", "计分方法"),
    "bears_difficulty": ("bears difficulty", "bears_difficulty", "difficulty", "适用难度", "难度相关"),
}
_ABOUT = {
    "name": ("name", "id", "code", "编码", "体系编码"), "title_en": ("title_en", "title in english", "title", "英文名称"),
    "title_zh": ("title_zh", "title in chinese", "名称", "体系名称"), "source_en": ("source_en", "source"), "source_zh": ("source_zh", "来源", "依据"),
    "illustrative": ("illustrative", "示例"), "aggregation": ("aggregation", "汇总方法"), "missing": ("missing", "缺失处理"),
    "difficulty": ("difficulty", "难度系数"), "known_at_least": ("known_at_least", "最低可得权重"), "cap": ("cap", "上限"),
}
_MEANINGS = {
    "不使用": "none", "无": "none", "乘以": "multiply", "相乘": "multiply", "调权": "reweight", "调整权重": "reweight", "算术平均": "arithmetic",
    "几何平均": "geometric", "最差": "worst", "剔除": "leave_out", "不计总分": "no_total", "是": True, "否": False, "yes": True, "no": False,
}


def _read_workbook(path: Path) -> dict[str, Any]:
    sheets = pd.read_excel(path, sheet_name=None, header=None, engine="calamine")
    content: dict[str, Any] = {"name": path.stem}
    about = next((name for name in sheets if str(name).strip().casefold() in ("about", "说明")), None)
    if about is not None:
        content |= _about(path.name, about, sheets.pop(about))
    content.setdefault("title", {"zh": path.stem})
    for name, sheet in sheets.items():
        for row in range(min(len(sheet), 15)):
            columns = _headings(sheet.iloc[row])
            if {"code", "category", "weight"} <= set(columns) and {"zh", "en"} & set(columns):
                return content | {"categories": _rows(sheet.iloc[row + 1 :], columns)}
        del name
    raise RuleError(f"{path.name}: no sheet has the headings item, category, name and weight (指标编码, 类别, 指标名称, 权重)")


def _headings(row: pd.Series) -> dict[str, int]:
    meanings = {text: key for key, texts in _HEADINGS.items() for text in texts}
    found: dict[str, int] = {}
    for place, text in enumerate(row):
        # a heading may carry a note in brackets
        text = re.sub(r"[（(].*?[）)]", "", str(text)).strip().casefold()
        if meanings.get(text):
            found.setdefault(meanings[text], place)
    return found


def _rows(rows: pd.DataFrame, columns: Mapping[str, int]) -> list[dict[str, Any]]:
    categories: dict[str, dict[str, Any]] = {}
    current = ""
    for cells in rows.itertuples(index=False):
        given = {key: _cell(cells[place]) for key, place in columns.items()}
        if given.get("code") is None and given.get("weight") is None:
            continue
        # merged cells leave the category empty below its first line
        current = str(given.pop("category", None) or current)
        number, english = given.pop("category_code", None), given.pop("category_en", None)
        category = categories.setdefault(current, {"code": str(number or f"C{len(categories) + 1}"), "zh": current, "en": english or current, "items": []})
        code = given.get("code")
        given["code"] = f"{code:g}" if isinstance(code, float) else str(code or "")
        category["items"].append({key: value for key, value in given.items() if value is not None})
    return list(categories.values())


def _about(file: str, sheet: str, frame: pd.DataFrame) -> dict[str, Any]:
    meanings = {text: key for key, texts in _ABOUT.items() for text in texts}
    found, wrong = {}, []
    for row, cells in enumerate(frame.itertuples(index=False), 1):
        if len(cells) < 2 or _cell(cells[0]) is None:
            continue
        key = meanings.get(str(cells[0]).strip().casefold())
        if key is None:
            wrong.append(f"{file}, {sheet}, row {row}: unknown key {cells[0]!r}; allowed: {', '.join(_ABOUT)}")
        elif _cell(cells[1]) is not None:
            found[key] = _cell(cells[1])
    if wrong:
        raise RuleError("\n".join(wrong))
    for whole in ("title", "source"):
        parts = {lang: found.pop(f"{whole}_{lang}") for lang in ("en", "zh") if f"{whole}_{lang}" in found}
        if parts:
            found[whole] = parts
    return found | ({"name": str(found["name"])} if "name" in found else {})


def _cell(value: Any) -> Any:
    if value is None or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, str):
        value = value.strip()
        if value.casefold() in _MEANINGS:
            return _MEANINGS[value.casefold()]
        percent = re.fullmatch(r"(-?[\d.]+)\s*[%％]", value)
        return float(percent[1]) / 100 if percent else value or None
    return value.item() if hasattr(value, "item") else value
