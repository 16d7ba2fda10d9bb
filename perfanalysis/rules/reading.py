"""A rule-book's YAML → ``RuleBook``; everything wrong with it is said at once, with its path and what is allowed."""

import difflib
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import yaml

from perfanalysis.errors import Problem, RuleError
from perfanalysis.rules.model import (
    GRADES,
    LEVELS,
    Band,
    Clause,
    Joined,
    Percent,
    RuleBook,
    Step,
    WeightGroup,
    WeightSet,
)
from perfanalysis.tables import table
from perfanalysis.words import Quantity

_FOLDER = Path(__file__).parent / "rulebooks"
_REACHED = tuple(table("indicators").column("reached").choices)
_CITED = ("source", "verified")
#: part of the file → the keys it may have
_KEYS = {
    "": ("name", "title", "total", "decimals", "grades", "execution", "weights", "increasing", "decreasing", "explain", "qualitative",
         "yes_no", "satisfaction", "unscored", "notes"),
    "grades": ("bands", *_CITED),
    "execution": ("weight", "method", "steps", "reason_below", *_CITED),
    "weights": ("sets", *_CITED),
    "increasing": ("method", "pass_mark", *_CITED),
    "decreasing": ("method", "silent", *_CITED),
    "explain": ("from", *_CITED),
    "qualitative": ("levels", *_CITED),
    "yes_no": ("words", *_CITED),
    "satisfaction": ("steps", *_CITED),
    "unscored": ("method", *_CITED),
}
_REQUIRED = ("name", "total", "grades", "execution", "weights", "increasing", "decreasing", "qualitative")
#: notes that have words in the catalogues
_NOTES = ("amounts_with_carry_over",)


def list_rulebooks() -> pd.DataFrame:
    """The shipped rule-books: one row each, with name, titles, execution weight (points), whether all rules are verified, and digest.

    >>> pa.list_rulebooks()["rulebook"].tolist()
    ['hubei', 'mof-2020', 'mof-2021', 'sichuan']
    """
    books = [load_rulebook(path.stem) for path in sorted(_FOLDER.glob("*.yaml"))]
    return pd.DataFrame(
        [(b.name, b.title["en"], b.title["zh"], b.execution_weight, b.verified, b.digest) for b in books],
        columns=["rulebook", "title_en", "title_zh", "execution_weight", "verified", "digest"],
    )


def load_rulebook(name: "str | Path | Mapping[str, Any]") -> RuleBook:
    """A shipped rule-book by its name, or a user's own by the path to its YAML, or its content as ``read_rulebook`` gives it.

    Raises
    ------
    RuleError
        No such rule-book (the near ones are named), or mistakes in it: every one with its path in the file and what is allowed.

    >>> load_rulebook("mof-2020").execution_weight
    10.0
    """
    file = str(name.get("name", "rulebook")) if isinstance(name, Mapping) else Path(name).name
    return _Reader(file).read(read_rulebook(name))


def read_rulebook(name: "str | Path | Mapping[str, Any]") -> Any:
    """What stands in a rule-book, as the mapping of its file's keys that may be changed and loaded again.

    >>> read_rulebook("mof-2020")["execution"]["weight"]
    10
    """
    if isinstance(name, Mapping):
        return dict(name)
    shipped = {path.stem: path for path in _FOLDER.glob("*.yaml")}
    path = shipped.get(str(name), Path(name))
    if not path.is_file():
        near = difflib.get_close_matches(str(name), shipped, n=3, cutoff=0.3) or sorted(shipped)
        raise RuleError(Problem("unknown_rulebook", found=str(name), values={"near": ", ".join(near)}))
    try:
        return yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RuleError(Problem("rules_not_yaml", file=path.name, found=" ".join(str(error).split()))) from error


class _Reader:
    """Reads one file; ``problems`` gathers what is wrong, and a part that is wrong is left at a harmless value."""

    def __init__(self, file: str):
        self.file = file
        self.problems: list[Problem] = []

    def wrong(self, path: str, found: Any, code: str, **values: Any) -> None:
        """``code`` names the sentence under ``problem.rules_`` in the catalogues; the place is the path in the file."""
        self.problems.append(Problem(f"rules_{code}", file=self.file, sheet=path, found=repr(found), values=values))

    def read(self, data: Any) -> RuleBook:
        if not isinstance(data, dict):
            raise RuleError(Problem("rules_not_a_mapping", file=self.file, values={"wanted": ", ".join(_REQUIRED)}))
        for key in _REQUIRED:
            if key not in data:
                self.wrong("", key, "missing")
        parts = {"": data}
        for part in _KEYS:
            if part:
                value = data.get(part) or {}
                if not isinstance(value, dict):
                    self.wrong(part, value, "mapping")
                    value = {}
                parts[part] = value
        for part, value in parts.items():
            for key in value:
                if key not in _KEYS[part]:
                    near = difflib.get_close_matches(str(key), _KEYS[part], n=1)
                    self.wrong(part or "top level", key, "one_of_near" if near else "one_of", allowed=", ".join(_KEYS[part]), **({"near": near[0]} if near else {}))

        total = self.number(data.get("total", 100), "total", above=0)
        decimals = data.get("decimals", 2)
        if not isinstance(decimals, int) or isinstance(decimals, bool) or not 0 <= decimals <= 6:
            self.wrong("decimals", decimals, "whole_number", low=0, high=6)
            decimals = 2
        grades = self.bands(parts["grades"].get("bands"), "grades.bands", "grade", GRADES, "points", top=total) if "grades" in data else ()
        levels = (
            self.bands(parts["qualitative"].get("levels"), "qualitative.levels", "level", _REACHED, "ratio", top=1.0, all_of=True)
            if "qualitative" in data else ()
        )
        execution = parts["execution"]
        weight = self.number(execution.get("weight"), "execution.weight", low=0, high=total) if execution else 0.0
        method = self.choice(execution.get("method", "proportional"), "execution.method", ("proportional", "steps"))
        steps = self.steps(execution.get("steps"), "execution.steps", "points", weight) if method == "steps" else ()
        reason_below = self.optional(execution, "execution", "reason_below")
        sets = self.weight_sets(parts["weights"].get("sets"), total, weight) if "weights" in data else ()
        increasing = self.choice(parts["increasing"].get("method", "ratio"), "increasing.method", ("ratio", "all_or_nothing"))
        pass_mark = self.optional(parts["increasing"], "increasing", "pass_mark")
        decreasing = self.choice(
            parts["decreasing"].get("method", "reciprocal"), "decreasing.method", ("reciprocal", "linear", "all_or_nothing")
        )
        silent = parts["decreasing"].get("silent", False)
        if silent and decreasing != "reciprocal":
            self.wrong("decreasing.method", decreasing, "silent_method")
        explain_from = self.number(parts["explain"].get("from"), "explain.from", low=0, high=10) if "explain" in data else None
        satisfaction = self.steps(parts["satisfaction"].get("steps"), "satisfaction.steps", "share", 1.0) if "satisfaction" in data else ()
        unscored = self.choice(parts["unscored"].get("method", "leave"), "unscored.method", ("leave", "rescale"))
        yes_no = parts["yes_no"].get("words", [])
        if not isinstance(yes_no, list) or not all(isinstance(word, str) for word in yes_no):
            self.wrong("yes_no.words", yes_no, "yes_no_words")
            yes_no = []
        title = self.text(data.get("title") or str(data.get("name")), "title")

        values = {
            "rule.grades": {"bands": Joined(grades)},
            f"rule.execution_{method}": {"weight": Quantity(weight, "points"), "steps": Joined(steps)},
            "rule.weights": {"execution": Quantity(weight, "points"), "sets": Joined(sets[0].groups, "comma") if len(sets) == 1 else Joined(sets)},
            f"rule.increasing_{increasing}": {},
            f"rule.decreasing_{decreasing}": {},
            "rule.explain": {"start": Percent(explain_from)},
            "rule.qualitative": {"levels": Joined(levels)},
            "rule.yes_no": {"words": list(yes_no)},
            "rule.satisfaction_steps": {"steps": Joined(satisfaction)},
            f"rule.unscored_{unscored}": {"total": Quantity(total, "points")},
        }
        clauses = self.clauses(data, parts, values, silent)
        if reason_below is not None:
            cited = clauses.get(f"rule.execution_{method}", Clause(""))
            code = "rule.execution_reason"
            clauses[code] = Clause(code, cited.document, cited.article, cited.verified, {"start": Percent(reason_below)})
        if pass_mark is not None:
            cited = clauses.get(f"rule.increasing_{increasing}", Clause(""))
            values = {"start": Percent(pass_mark)}
            clauses["rule.pass_mark"] = Clause("rule.pass_mark", cited.document, cited.article, cited.verified, values)
        if "rule.weights" in clauses:
            cited = clauses["rule.weights"]
            clauses["rule.total"] = Clause("rule.total", cited.document, cited.article, cited.verified, {"total": Quantity(total, "points")})
        if self.problems:
            raise RuleError(*self.problems)
        return RuleBook(
            name=str(data["name"]), title=MappingProxyType(title), digest=_digest(data), total=total, decimals=decimals, grades=grades,
            execution_weight=weight, execution_method=method, execution_steps=steps, reason_below=reason_below,
            weight_sets=sets, increasing_method=increasing, decreasing_method=decreasing, pass_mark=pass_mark,
            explain_from=explain_from, levels=levels, yes_no_words=frozenset(word.casefold() for word in yes_no),
            satisfaction_steps=satisfaction, unscored=unscored, clauses=MappingProxyType(clauses),
        )

    def clauses(self, data, parts, values, silent) -> dict[str, Clause]:
        clauses: dict[str, Clause] = {}
        of_part = dict(zip(("grades", "execution", "weights", "increasing", "decreasing", "explain", "qualitative", "yes_no",
                            "satisfaction", "unscored"), values, strict=True))
        for part, code in of_part.items():
            if part not in data:
                continue
            if part == "decreasing" and silent:
                if "source" in parts[part]:
                    self.wrong("decreasing.source", parts[part]["source"], "silent_source")
                clauses["convention.decreasing_reciprocal"] = Clause("convention.decreasing_reciprocal")
            elif part == "unscored" and parts[part].get("method") != "rescale":
                continue
            else:
                clauses[code] = self.cited(parts[part], part, code, values[code])
        for place, note in enumerate(data.get("notes") or []):
            path = f"notes[{place}]"
            code = note.get("code") if isinstance(note, dict) else note
            if code not in _NOTES:
                self.wrong(f"{path}.code", code, "one_of", allowed=", ".join(_NOTES))
                continue
            clauses[f"rule.{code}"] = self.cited(note, path, f"rule.{code}", {})
        return clauses

    def cited(self, part: dict, path: str, code: str, values: dict) -> Clause:
        source = part.get("source")
        if not isinstance(source, dict) or not source.get("document"):
            self.wrong(f"{path}.source", source, "document")
            source = {}
        document = self.text(source.get("document", ""), f"{path}.source.document")
        article = self.text(source.get("article") or {}, f"{path}.source.article")
        verified = part.get("verified")
        if not isinstance(verified, bool):
            self.wrong(f"{path}.verified", verified, "verified")
            verified = False
        return Clause(code, document, article, verified, values)

    def text(self, value: Any, path: str) -> dict[str, str]:
        """Text that is the same in every language, or one for each."""
        if isinstance(value, dict) and (not value or {"en", "zh"} <= set(value)) and all(isinstance(text, str) for text in value.values()):
            return value
        if not isinstance(value, str):
            self.wrong(path, value, "text")
        return {"en": str(value), "zh": str(value)}

    def number(self, value: Any, path: str, *, low=None, high=None, above=None) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            self.wrong(path, value, "number")
            return 1.0 if above is not None else 0.0
        if (low is not None and value < low) or (high is not None and value > high) or (above is not None and value <= above):
            code = "above" if above is not None else "at_least" if high is None else "range"
            limits = {"above": above, "low": low, "high": high}
            self.wrong(path, value, code, **{name: f"{limit:g}" for name, limit in limits.items() if limit is not None})
        return float(value)

    def optional(self, part: dict, path: str, key: str) -> float | None:
        """A ratio that may be left out; 90 for 90 % is the usual slip and is refused."""
        value = part.get(key)
        return None if value is None else self.number(value, f"{path}.{key}", low=0, high=1)

    def choice(self, value: Any, path: str, allowed: tuple[str, ...]) -> str:
        if value not in allowed:
            self.wrong(path, value, "one_of", allowed=", ".join(allowed))
            return allowed[0]
        return value

    def rows(self, rows: Any, path: str, keys: set[str]) -> list[dict]:
        if not isinstance(rows, list) or not rows:
            self.wrong(path, rows, "list")
            return []
        good = []
        for place, row in enumerate(rows):
            if not isinstance(row, dict) or set(row) != keys:
                self.wrong(f"{path}[{place}]", row, "keys", wanted=", ".join(sorted(keys)))
            else:
                good.append(row)
        return good

    def descending(self, starts: list[float], path: str) -> None:
        for place in range(1, len(starts)):
            if starts[place] >= starts[place - 1]:
                self.wrong(f"{path}[{place}].from", starts[place], "descending", before=f"{starts[place - 1]:g}")
        if starts and starts[-1] != 0:
            self.wrong(f"{path}[{len(starts) - 1}].from", starts[-1], "last_start")

    def bands(self, rows, path, key, allowed, unit, *, top, all_of=False) -> tuple[Band, ...]:
        rows = self.rows(rows, path, {key, "from"})
        codes = [row[key] for row in rows]
        for place, code in enumerate(codes):
            if code not in allowed:
                self.wrong(f"{path}[{place}].{key}", code, "one_of", allowed=", ".join(allowed))
            elif code in codes[:place]:
                self.wrong(f"{path}[{place}].{key}", code, "twice")
        known = [code for code in codes if code in allowed]
        if known != sorted(known, key=allowed.index):
            self.wrong(path, codes, "order", wanted=", ".join(allowed))
        if all_of and rows and set(allowed) - set(known):
            self.wrong(path, codes, "cover", wanted=", ".join(allowed))
        starts = [self.number(row["from"], f"{path}[{place}].from", low=0, high=top) for place, row in enumerate(rows)]
        self.descending(starts, path)
        return tuple(Band(code, start, end, unit) for code, start, end in zip(codes, starts, [None, *starts], strict=False))

    def steps(self, rows, path, key, most) -> tuple[Step, ...]:
        rows = self.rows(rows, path, {"from", key})
        starts = [self.number(row["from"], f"{path}[{place}].from", low=0, high=1) for place, row in enumerate(rows)]
        gives = [self.number(row[key], f"{path}[{place}].{key}", low=0, high=most) for place, row in enumerate(rows)]
        self.descending(starts, path)
        for place in range(1, len(gives)):
            if gives[place] > gives[place - 1]:
                self.wrong(f"{path}[{place}].{key}", gives[place], "more_points", before=f"{gives[place - 1]:g}")
        unit = "points" if key == "points" else "ratio"
        return tuple(Step(start, end, give, unit) for start, end, give in zip(starts, [None, *starts], gives, strict=False))

    def level_names(self, levels: Any, path: str) -> tuple[str, ...]:
        if not isinstance(levels, list):
            self.wrong(path, levels, "list_of", allowed=", ".join(LEVELS))
            return ()
        for level in levels:
            if level not in LEVELS:
                self.wrong(path, level, "one_of", allowed=", ".join(LEVELS))
        return tuple(level for level in levels if level in LEVELS)

    def weight_sets(self, sets: Any, total: float, execution: float) -> tuple[WeightSet, ...]:
        if not isinstance(sets, list) or not sets:
            self.wrong("weights.sets", sets, "list")
            return ()
        read = []
        for place, one in enumerate(sets):
            path = f"weights.sets[{place}]"
            if not isinstance(one, dict) or not set(one) <= {"when", "groups"}:
                self.wrong(path, one, "weight_set")
                continue
            when = one.get("when") or {}
            if not isinstance(when, dict) or not set(when) <= {"has", "lacks"}:
                self.wrong(f"{path}.when", when, "when")
                when = {}
            has, lacks = (self.level_names(when.get(key, []), f"{path}.when.{key}") for key in ("has", "lacks"))
            groups = [
                WeightGroup(self.level_names(row["levels"], f"{path}.groups[{n}].levels"),
                            self.number(row["weight"], f"{path}.groups[{n}].weight", low=0, high=total))
                for n, row in enumerate(self.rows(one.get("groups"), f"{path}.groups", {"levels", "weight"}))
            ]
            named = [level for group in groups for level in group.levels]
            for level in sorted({level for level in named if named.count(level) > 1}):
                self.wrong(path, level, "two_groups")
            given = sum(group.weight for group in groups) + execution
            if groups and abs(given - total) > 1e-9:
                self.wrong(path, given, "sum", execution=f"{execution:g}", total=f"{total:g}")
            read.append(WeightSet(frozenset(has), frozenset(lacks), tuple(groups)))
        if read and (read[-1].has or read[-1].lacks):
            self.wrong(f"weights.sets[{len(sets) - 1}].when", sorted(read[-1].has | read[-1].lacks), "last_set")
        return tuple(read)


def _digest(data: dict) -> str:
    """SHA-256 of the content, whatever its comments, line ends and order of keys."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode("utf-8")).hexdigest()
