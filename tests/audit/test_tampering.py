"""Whatever is done to a real bundle is found, each kind of tampering so many times: a few dozen here, a thousand in ``make audit``.

``PERFANALYSIS_TRIALS`` says how many. The first half is found by the checksums; the second half makes these anew as an attacker would who knows BagIt, and is
found because the reports are made again. They are made again once: the same input gives the same bytes.
"""

import json
import os
import random
import re
import shutil
import types

import pytest
from test_verify import original, root, run, seal  # noqa: F401  (a run of two units and its bundle)

from perfanalysis.audit.bag import MANIFEST, check_bag
from perfanalysis.audit.verify import verify_bundle
from perfanalysis.reporting import load_plan, run_plan

TRIALS = int(os.environ.get("PERFANALYSIS_TRIALS", "30"))
SUFFIXES = (".html", ".ipynb", ".json", ".xlsx", ".parquet", ".yaml", ".lock", ".txt")


@pytest.fixture(scope="module")
def bundle(original, tmp_path_factory):  # noqa: F811
    """A copy to work on; every trial undoes what it did."""
    copy = shutil.copytree(original, tmp_path_factory.mktemp("tampered") / "b")
    yield copy
    assert check_bag(copy) == (), "a trial did not undo its tampering"


def files_of(bundle, suffix=""):
    return sorted(path for path in bundle.rglob(f"*{suffix}") if path.is_file())


def restoring(*paths):
    """Undoes what is done to the files: a function to call afterwards."""
    kept = {path: path.read_bytes() for path in paths}

    def restore():
        for path, content in kept.items():
            if path.is_symlink():
                path.unlink()
            path.write_bytes(content)

    return restore


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_one_bit_of_any_kind_of_file(bundle, suffix):
    rng = random.Random(f"flip{suffix}")
    files = [path for path in files_of(bundle, suffix) if path.stat().st_size]
    assert files, suffix
    for _ in range(TRIALS):
        path = rng.choice(files)
        content = path.read_bytes()
        place, bit = rng.randrange(len(content)), 1 << rng.randrange(8)
        path.write_bytes(content[:place] + bytes([content[place] ^ bit]) + content[place + 1:])
        found = check_bag(bundle)
        path.write_bytes(content)
        assert found, (path.relative_to(bundle), place, bit)


def change_bytes(kind, content, rng):
    place = rng.randrange(len(content))
    return {
        "inserted": lambda: content[:place] + bytes([rng.randrange(256)]) + content[place:],
        "left out": lambda: content[:place] + content[place + 1:],
        "appended": lambda: content + bytes([rng.choice(b"\n \x00x")]),
        "truncated": lambda: content[:place],
        "emptied": lambda: b"",
        "a stretch overwritten": lambda: content[:place] + rng.randbytes(min(16, len(content) - place)) + content[place + 16:],
        "line ends changed": lambda: content.replace(b"\n", b"\r\n"),
    }[kind]()


@pytest.mark.parametrize("kind", ["inserted", "left out", "appended", "truncated", "emptied", "a stretch overwritten", "line ends changed"])
def test_bytes_of_a_file(bundle, kind):
    rng, trials = random.Random(kind), 0
    files = [path for path in files_of(bundle) if path.stat().st_size]
    while trials < TRIALS:
        path = rng.choice(files)
        content = path.read_bytes()
        changed = change_bytes(kind, content, rng)
        if changed == content:
            continue
        trials += 1
        path.write_bytes(changed)
        found = check_bag(bundle)
        path.write_bytes(content)
        assert found, (kind, path.relative_to(bundle))


@pytest.mark.parametrize("kind", ["removed", "renamed", "case changed", "moved", "copied", "added", "folder added", "two swapped", "link"])
def test_files_as_a_whole(bundle, kind):
    rng = random.Random(kind)
    files = files_of(bundle)
    folders = sorted({path.parent for path in files})
    for trial in range(TRIALS):
        path = rng.choice(files)
        restore, made = restoring(path), None
        if kind == "removed":
            path.unlink()
        elif kind == "renamed":
            made = path.rename(path.with_name(path.name + rng.choice("x~ 1")))
        elif kind == "case changed":
            made = path.rename(path.with_name(path.name.swapcase()))
        elif kind == "moved":
            made = path.rename(rng.choice([folder for folder in folders if folder != path.parent]) / f"moved{path.suffix}")
        elif kind == "copied":
            made = shutil.copyfile(path, path.with_name(f"copy{trial}{path.suffix}"))
        elif kind == "added":
            made = rng.choice(folders) / f"added{rng.randrange(10**6)}{rng.choice(['.html', '.json', '', '.txt'])}"
            made.write_bytes(rng.randbytes(rng.randrange(8)))
        elif kind == "folder added":
            made = rng.choice(folders) / f"folder{rng.randrange(10**6)}"
            made.mkdir()
        elif kind == "two swapped":
            other = rng.choice([one for one in files if one.read_bytes() != path.read_bytes()])
            restore = restoring(path, other)
            mine, theirs = path.read_bytes(), other.read_bytes()
            path.write_bytes(theirs)
            other.write_bytes(mine)
        elif kind == "link":
            kept = bundle.parent / "kept"
            path.rename(kept)
            path.symlink_to(kept)
        found = check_bag(bundle)
        if made is not None:
            made.rmdir() if made.is_dir() else made.unlink()
        restore()
        assert found, (kind, path.relative_to(bundle))


@pytest.mark.parametrize("kind", ["line removed", "line doubled", "digest changed", "path changed", "lines swapped"])
def test_the_list_itself(bundle, kind):
    rng = random.Random(kind)
    manifest = bundle / MANIFEST
    whole = manifest.read_bytes()
    lines = whole.decode("utf-8").splitlines()
    for _ in range(TRIALS):
        place, changed = rng.randrange(len(lines)), list(lines)
        if kind == "line removed":
            del changed[place]
        elif kind == "line doubled":
            changed.insert(place, changed[place])
        elif kind == "digest changed":
            changed[place] = "".join(rng.choice("0123456789abcdef") for _ in range(64)) + changed[place][64:]
        elif kind == "path changed":
            changed[place] += "x"
        else:
            other = rng.choice([one for one in range(len(lines)) if one != place])
            changed[place], changed[other] = changed[other], changed[place]
        manifest.write_text("\n".join(changed) + "\n", encoding="utf-8")
        found = check_bag(bundle)
        manifest.write_bytes(whole)
        assert found, (kind, place)


@pytest.fixture(scope="module")
def made_again(root, run, tmp_path_factory):  # noqa: F811
    """The reports made again, for ``verify_bundle`` to compare with as often as it likes."""
    outputs = tmp_path_factory.mktemp("again")
    result = run_plan(load_plan(root / "parameters" / "small.yaml"), outputs=outputs, workers=1)
    assert not result.failed

    def again(plan, *, outputs, **_):
        shutil.copytree(result.folder, f"{outputs}/{plan.name}", dirs_exist_ok=True)
        return types.SimpleNamespace(failed=(), folder=type(result.folder)(outputs) / plan.name, versions=result.versions)

    return again


def edit(path, kind, rng):
    """A forgery that looks right: one digit of a number, one fact, one word of a finding."""
    text = path.read_text(encoding="utf-8")
    if kind in ("number in the page", "number in the notebook"):
        found = rng.choice(list(re.finditer(r"(?<=[>\s])\d[\d,.]*\d(?=[%<\s])", text)))
        digits = [place for place in range(found.start(), found.end()) if text[place].isdigit()]
        place = rng.choice(digits)
        path.write_text(text[:place] + str((int(text[place]) + rng.randrange(1, 10)) % 10) + text[place + 1:], encoding="utf-8")
        return
    facts = json.loads(text)
    if kind == "fact":
        fact = rng.choice([fact for fact in facts["facts"] if isinstance(fact["value"], int | float)])
        fact["value"] = fact["value"] * rng.choice([0.5, 1.1, 2]) + rng.random()
    elif kind == "fact left out":
        del facts["facts"][rng.randrange(len(facts["facts"]))]
    elif kind == "origin of a fact":
        fact = rng.choice([fact for fact in facts["facts"] if fact["evidence"]])
        fact["evidence"][0]["table"] += "x"
    elif kind == "finding":
        facts["findings"].append({"code": f"made_up_{rng.randrange(10**6)}", "severity": "good", "subject": "A", "facts": [], "names": {}, "evidence": []})
    path.write_text(json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


FORGERIES = {
    "number in the page": "report.*.html", "number in the notebook": "report.*.ipynb", "fact": "facts.json", "fact left out": "facts.json",
    "origin of a fact": "facts.json", "finding": "facts.json",
}


@pytest.mark.parametrize("kind", FORGERIES)
def test_forgeries_with_all_lists_made_anew(bundle, root, made_again, kind):  # noqa: F811
    rng = random.Random(kind)
    files = sorted((bundle / "data" / "reports").rglob(FORGERIES[kind]))
    lists = restoring(*(path for path in bundle.iterdir() if path.is_file()))
    for _ in range(TRIALS):
        path = rng.choice(files)
        restore = restoring(path)
        edit(path, kind, rng)
        seal(bundle)
        result = verify_bundle(bundle, notebooks=root / "notebooks", run=made_again)
        restore()
        assert [report.unit for report in result.reports if report.state != "same"] == [path.parent.name], (kind, path.name, result)
    lists()
    assert verify_bundle(bundle, notebooks=root / "notebooks", run=made_again).good


def test_reports_swapped_between_units_with_all_lists_made_anew(bundle, root, made_again):  # noqa: F811
    reports = bundle / "data" / "reports"
    lists = restoring(*(path for path in bundle.iterdir() if path.is_file()))
    for name in ("report.en.html", "report.zh.html", "facts.json", "tables.xlsx"):
        one, other = reports / "A" / name, reports / "B" / name
        restore = restoring(one, other)
        mine, theirs = one.read_bytes(), other.read_bytes()
        one.write_bytes(theirs)
        other.write_bytes(mine)
        seal(bundle)
        result = verify_bundle(bundle, notebooks=root / "notebooks", run=made_again)
        restore()
        assert {report.state for report in result.reports} <= {"files_differ", "facts_differ"}, name
    lists()
