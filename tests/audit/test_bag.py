"""Whatever is done to a bundle is found: one byte anywhere, a file more or less, lists rewritten."""

import json
import random
import shutil

import pytest

from perfanalysis.audit.bag import SIGNATURE, TAGS, check_bag, make_key, read_info, write_bag

TRIALS = 1_000


def make_bag(folder, key=None, extra=""):
    content = {"reports/101/report.en.html": "<p>87.1%</p>" * 40, "reports/101/facts.json": '{"facts": [0.871]}', "reports/张三 & co/report.zh.html": "一二三",
               "dataset/projects.parquet": "PAR1" * 100, "parameters/departments.yaml": "units: all", "100%\nodd.txt": "x", "empty.txt": ""}
    for name, text in content.items():
        path = folder / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + extra, encoding="utf-8")
    write_bag(folder, {"Bagging-Date": "2021-03-01", "External-Identifier": "departments"}, key)
    return folder


def everything(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def bag(tmp_path):
    return make_bag(tmp_path / "bag")


@pytest.fixture
def signed(tmp_path):
    pytest.importorskip("cryptography", reason="cryptography is not installed (pip install 'perfanalysis[sign]')")
    make_key(tmp_path / "key.pem")
    return make_bag(tmp_path / "signed", tmp_path / "key.pem")


def test_a_bag_as_rfc_8493_has_it(bag):
    assert check_bag(bag) == ()
    assert (bag / "bagit.txt").read_text() == "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    manifest = (bag / "manifest-sha256.txt").read_text(encoding="utf-8").splitlines()
    # of the empty string, as FIPS 180-4's test vectors give it
    assert "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  data/empty.txt" in manifest
    assert any(line.endswith("  data/100%25%0Aodd.txt") for line in manifest)
    payload = [path for path in everything(bag / "data")]
    assert read_info(bag)["Payload-Oxum"] == f"{sum(path.stat().st_size for path in payload)}.{len(payload)}"


def tamper(folder, rng):
    """One change of a random kind; says which."""
    files = everything(folder)
    file = rng.choice(files)
    kind = rng.choice(["flip", "insert", "delete byte", "append", "cut", "remove", "add", "add folder", "rename", "swap", "empty", "link"])
    content = bytearray(file.read_bytes())
    if kind in ("flip", "delete byte", "cut", "empty") and not content:
        kind = "append"
    place = rng.randrange(len(content)) if content else 0
    if kind == "flip":
        content[place] ^= 1 << rng.randrange(8)
    elif kind == "insert":
        content.insert(place, rng.randrange(256))
    elif kind == "delete byte":
        del content[place]
    elif kind == "append":
        content += bytes([rng.choice(b"\n \x00x")])
    elif kind == "cut":
        del content[place:]
    elif kind == "empty":
        content.clear()
    elif kind == "remove":
        file.unlink()
        return kind, file
    elif kind == "add":
        added = rng.choice([folder, folder / "data", file.parent]) / f"{rng.randrange(10**6)}{rng.choice(['.html', '', '.txt'])}"
        added.write_bytes(rng.randbytes(rng.randrange(5)))
        return kind, added
    elif kind == "add folder":
        added = file.parent / f"folder{rng.randrange(10**6)}"
        added.mkdir()
        return kind, added
    elif kind == "rename":
        file.rename(file.with_name(file.name + rng.choice("x~ ")))
        return kind, file
    elif kind == "swap":
        other = rng.choice([one for one in files if one.read_bytes() != bytes(content)])
        theirs = other.read_bytes()
        other.write_bytes(bytes(content))
        content = bytearray(theirs)
    elif kind == "link":
        kept = folder.parent / f"kept{rng.randrange(10**9)}"
        file.rename(kept)
        file.symlink_to(kept)
        return kind, file
    file.write_bytes(bytes(content))
    return kind, file


@pytest.mark.parametrize("kind", ["bag", "signed"])
def test_a_thousand_ways_to_tamper_are_all_found(kind, request, tmp_path):
    original = request.getfixturevalue(kind)
    rng, kinds = random.Random(20201231), set()
    for trial in range(TRIALS):
        copy = tmp_path / "copy"
        shutil.copytree(original, copy)
        what, where = tamper(copy, rng)
        kinds.add(what)
        assert check_bag(copy), (trial, what, where.relative_to(copy))
        shutil.rmtree(copy)
    assert len(kinds) == 12
    assert check_bag(original) == ()


def test_every_single_byte_of_the_lists_counts(signed, tmp_path):
    """Not sampled: each byte of each file outside the payload, one bit of it changed."""
    for name in ("bagit.txt", "bag-info.txt", "manifest-sha256.txt", TAGS, SIGNATURE):
        content = (signed / name).read_bytes()
        for place in range(len(content)):
            (signed / name).write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1:])
            assert check_bag(signed), (name, place, content[max(0, place - 10):place + 10])
        (signed / name).write_bytes(content)
    assert check_bag(signed) == ()


def test_lists_made_again_by_somebody_else_are_found_by_the_signature(signed, tmp_path):
    key = read_info(signed)["Signed-By"]
    (signed / "data" / "reports" / "101" / "report.en.html").write_text("<p>97.1%</p>", encoding="utf-8")
    signature, info = (signed / SIGNATURE).read_bytes(), read_info(signed)
    info.pop("Payload-Oxum")
    write_bag(signed, info)
    assert [fault.code for fault in check_bag(signed)] == ["signature"]  # the old signature does not fit the new lists
    (signed / SIGNATURE).unlink()
    assert [fault.code for fault in check_bag(signed)] == ["signature_missing"]  # bag-info says that there was one
    info.pop("Signed-By")
    write_bag(signed, info)
    assert check_bag(signed) == ()  # an unsigned bag, whole in itself: only who knows the key can tell …
    assert [fault.code for fault in check_bag(signed, key)] == ["signature_missing"]
    make_key(tmp_path / "other.pem")
    write_bag(signed, info, tmp_path / "other.pem")
    assert check_bag(signed) == ()
    assert [fault.code for fault in check_bag(signed, key)] == ["signature"]  # … or that another one signed it
    assert signature != (signed / SIGNATURE).read_bytes()


@pytest.mark.parametrize("line", ["{digest}  ../outside.txt", "{digest}  /etc/passwd", "{digest}  data\\x", "{digest}  data/empty.txt"])
def test_a_list_that_leaves_the_folder_or_names_a_file_twice(bag, line):
    manifest = bag / "manifest-sha256.txt"
    manifest.write_text(manifest.read_text(encoding="utf-8") + line.format(digest="0" * 64) + "\n", encoding="utf-8")
    assert "manifest" in {fault.code for fault in check_bag(bag)}


def test_the_same_run_is_the_same_bag(tmp_path):
    one, other = make_bag(tmp_path / "one"), make_bag(tmp_path / "two")
    assert [path.read_bytes() for path in everything(one)] == [path.read_bytes() for path in everything(other)]


def test_the_signature_is_standard(signed):
    """Anybody's Ed25519 can check it: the signature file says what it signs and with which key."""
    import base64

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    said = json.loads((signed / SIGNATURE).read_text())
    Ed25519PublicKey.from_public_bytes(base64.b64decode(said["public_key"])).verify(base64.b64decode(said["signature"]), (signed / said["signed"]).read_bytes())
