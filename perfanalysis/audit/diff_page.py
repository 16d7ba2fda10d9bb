"""A comparison for people: lines for the terminal, and one page that opens offline."""

from html import escape
from pathlib import Path

from perfanalysis import words
from perfanalysis.audit.diff import Comparison, RunComparison
from perfanalysis.audit.verify import Verification
from perfanalysis.reporting.index import say_reason

_HEAD = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def say_comparison(unit: Comparison, lang: str) -> str:
    """``101: Execution rate 87.1% → 88.4% (+1.3 percentage points); finding low_execution gone``"""
    said = [change.say(lang) for change in (*unit.facts, *unit.findings)]
    return words.say("diff.unit", lang, {"unit": unit.unit, "changes": words.say("diff.separator", lang).join(said)})


def say_summary(runs: RunComparison, lang: str) -> str:
    changed = sum(not unit.equal for unit in runs.units)
    return words.say("diff.summary", lang, {
        "units": words.Quantity(len(runs.units), "count"), "changed": words.Quantity(changed, "count"),
        "facts": words.Quantity(sum(len(unit.facts) for unit in runs.units), "count"),
        "findings": words.Quantity(sum(len(unit.findings) for unit in runs.units), "count"),
    })


def write_page(runs: RunComparison, lang: str) -> str:
    """The whole comparison as one HTML page: a table a unit, each number old and new with its difference."""
    from perfanalysis.reporting.index import _css, _html_lang

    title = words.say("diff.title", lang)
    parts = [f"<h1>{escape(title)}</h1>", f"<p>{escape(say_summary(runs, lang))}</p>"]
    for code, units in (("only_old", runs.only_old), ("only_new", runs.only_new)):
        if units:
            parts.append(f"<p>{escape(words.say(f'diff.{code}', lang, {'units': ', '.join(units)}))}</p>")
    headings = "".join(f'<th scope="col">{escape(words.say(f"diff.column.{name}", lang))}</th>' for name in ("what", "change"))
    for unit in runs.units:
        if unit.equal:
            continue
        rows = "".join(
            f'<tr><th scope="row">{escape(name)}</th><td>{escape(change.say(lang))}</td></tr>'
            for name, change in [*((change.id, change) for change in unit.facts), *((change.code, change) for change in unit.findings)]
        )
        parts.append(f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(unit.unit)}"><table><caption>{escape(unit.unit)}</caption>'
                     f"<thead><tr>{headings}</tr></thead><tbody>{rows}</tbody></table></div>")
    return (f'<!DOCTYPE html>\n<html lang="{_html_lang(lang)}">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{_HEAD}">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n<style>{_css()}</style>\n</head>\n'
            f'<body>\n<main>\n{chr(10).join(parts)}\n</main>\n</body>\n</html>\n')


def write_comparison(runs: RunComparison, to: Path, lang: str) -> None:
    from perfanalysis.reporting.folders import write_atomically

    write_atomically(to, write_page(runs, lang))


def show_comparison(runs: RunComparison, lang: str) -> None:
    """On the terminal: a line a unit that differs, then how many do."""
    for code, units in (("only_old", runs.only_old), ("only_new", runs.only_new)):
        if units:
            print(words.say(f"diff.{code}", lang, {"units": ", ".join(units)}))
    for unit in runs.units:
        if not unit.equal:
            print(say_comparison(unit, lang))
    print(say_summary(runs, lang))


def show_verification(result: Verification, lang: str, *, rerun: bool = True) -> None:
    """On the terminal: every fault of the bundle, then a line a report, then the outcome."""
    for fault in result.faults:
        print(words.say(f"verify.fault.{fault.code}", lang, {"path": fault.path}))
    if result.signed_by:
        print(words.say("verify.signed", lang, {"key": result.signed_by}))
    if result.versions:
        print(words.say("verify.versions", lang, {"names": ", ".join(result.versions)}))
    for report in result.reports:
        why = say_reason(report.failure, lang) if report.failure else ""
        print(words.say(f"verify.report.{report.state}", lang, {"unit": report.unit, "files": ", ".join(report.files), "why": why}))
        if report.comparison is not None and not report.comparison.equal:
            print("    " + say_comparison(report.comparison, lang))
    same = sum(report.state == "same" for report in result.reports)
    code = "faulty" if result.faults else "checked" if not rerun else "good" if result.good else "differs"
    print(words.say(f"verify.{code}", lang, {"same": same, "reports": len(result.reports), "faults": len(result.faults)}))
