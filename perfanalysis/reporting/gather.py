"""What an executed notebook said: its facts, findings and tables, read from the outputs that ``display.show`` left for machines."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from perfanalysis.findings import SEVERITIES

MIME = "application/vnd.perfanalysis+json"
#: What a section says in one language only; all else must be the same in every language.
_WORDED = ("title", "lang")


@dataclass(frozen=True)
class Gathered:
    """One notebook's outputs: the report's own description, sections, facts, findings and tables in the order shown; pictures counted."""

    report: Mapping[str, Any] | None
    sections: int
    facts: tuple[Mapping[str, Any], ...] = field(repr=False)
    findings: tuple[Mapping[str, Any], ...] = field(repr=False)
    tables: tuple[Mapping[str, Any], ...] = field(repr=False)
    figures: int
    #: fact id → the lines of the submitted files that it was made from; and those files
    rows: Mapping[str, Any] = field(default_factory=dict, repr=False)
    sources: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    #: sections that have a heading and nothing else
    hollow: int = 0

    @property
    def lacking(self) -> str:
        """What a report cannot do without and this one lacks: ``content``, ``section`` (one without content), ``figure``, or nothing."""
        if not self.sections and not self.findings:
            return "content"
        if self.hollow:
            return "section"
        return "" if self.figures else "figure"


class FactsDiffer(ValueError):
    """Two statements that must be the same are not; ``args[0]`` says where."""


def gather(notebook: Any) -> Gathered:
    """Read the outputs of an executed notebook.

    Raises
    ------
    FactsDiffer
        One fact (same id) stands with two values.
    """
    report, sections, facts, findings, tables, figures = None, 0, {}, [], [], 0
    rows: dict[str, Any] = {}
    sources: list[Mapping[str, Any]] = []
    hollow = 0
    for data in _outputs(notebook):
        figures += _pictures(data)
        said = data.get(MIME)
        if not isinstance(said, Mapping):
            continue
        if said.get("kind") == "report":
            report = {key: value for key, value in said.items() if key not in ("kind", "facts", "findings", "tables")}
        else:
            sections += 1
            hollow += _is_hollow(data.get("text/html", ""))
        for fact in said.get("facts", ()):
            facts[fact["id"]] = _joined(facts.get(fact["id"]), fact)
        findings += [finding for finding in said.get("findings", ()) if finding not in findings]
        tables += said.get("tables", ())
        rows |= said.get("rows", {})
        sources += [source for source in said.get("sources", ()) if source not in sources]
    ordered = sorted(findings, key=lambda finding: SEVERITIES.index(finding["severity"]))
    return Gathered(report, sections, tuple(facts[name] for name in sorted(facts)), tuple(ordered), tuple(tables), figures, rows, tuple(sources), hollow)


def make_facts(by_language: Mapping[str, Gathered]) -> dict[str, Any]:
    """The content of ``facts.json``: what every language says, free of language.

    Raises
    ------
    FactsDiffer
        The languages do not say the same.
    """
    languages = list(by_language)
    first = by_language[languages[0]]
    for lang in languages[1:]:
        _same(first, by_language[lang])
    report = {key: value for key, value in (first.report or {}).items() if key not in _WORDED}
    titles = {lang: said.report["title"] for lang, said in by_language.items() if said.report and "title" in said.report}
    if titles:
        report["title"] = titles
    facts = [{**fact, "rows": first.rows[fact["id"]]} if fact["id"] in first.rows else fact for fact in first.facts]
    made = {"report": report, "facts": facts, "findings": list(first.findings)}
    return {**made, "sources": list(first.sources)} if first.sources else made


def write_facts(facts: Mapping[str, Any]) -> str:
    """``facts.json`` as text, a line for each fact, finding and file: the same facts always give the same bytes."""
    parts = []
    for name in sorted(facts):
        part = facts[name]
        lines = ",\n".join(map(_json, part)) if isinstance(part, list) else ""
        parts.append(f"{_json(name)}: " + (f"[\n{lines}\n]" if lines else _json(part)))
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False)


def _outputs(notebook: Any) -> Iterable[Mapping[str, Any]]:
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            yield output.get("data", {})


def _is_hollow(page: str) -> bool:
    """Whether nothing stands under the heading."""
    body = page.split("</h2>", 1)[-1]
    return not re.search(r"<(img|svg)\b", body) and not re.sub(r"<[^>]*>", "", body).strip()


def _pictures(data: Mapping[str, Any]) -> int:
    page = data.get("text/html", "")
    return page.count("<img") + page.count("<svg") + any(kind.startswith("image/") for kind in data)


def _joined(known: Mapping[str, Any] | None, fact: Mapping[str, Any]) -> dict[str, Any]:
    """One fact stated in two sections: the value must be the same, up to the order of adding up; the evidence is that of both."""
    if known is None:
        return dict(fact)
    one, other = known["value"], fact["value"]
    numbers = all(isinstance(value, int | float) for value in (one, other))
    if known["unit"] != fact["unit"] or not (math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9) if numbers else one == other):
        raise FactsDiffer(fact["id"])
    evidence = [*known["evidence"], *(part for part in fact["evidence"] if part not in known["evidence"])]
    return {**known, "evidence": evidence}


def _same(one: Gathered, other: Gathered) -> None:
    for what in ("facts", "findings"):
        ours, theirs = getattr(one, what), getattr(other, what)
        if ours != theirs:
            names = [str(said.get("id", said.get("code"))) for said in (*ours, *theirs) if said not in ours or said not in theirs]
            raise FactsDiffer(", ".join(dict.fromkeys(names[:5])) or what)
    neutral = [{key: value for key, value in (said.report or {}).items() if key not in _WORDED} for said in (one, other)]
    if neutral[0] != neutral[1]:
        raise FactsDiffer(", ".join(sorted(key for key in {**neutral[0], **neutral[1]} if neutral[0].get(key) != neutral[1].get(key))))
