"""A bag (BagIt, RFC 8493): files with their checksums, complete, and perhaps signed.

Hand-written rather than from a package: a hundred lines that refuse what we never write (fetch.txt, symbolic links, names that leave the folder, a file
listed twice) are easier to trust than a reader of every bag there is.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from perfanalysis.errors import PerfAnalysisError

DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST, TAGS, SIGNATURE = "manifest-sha256.txt", "tagmanifest-sha256.txt", "signature.json"
_TAG_FILES = ("bagit.txt", "bag-info.txt", MANIFEST)
_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a bag: ``code`` has words under ``verify.fault`` in the catalogues; ``path`` starts from the bag's folder."""

    code: str
    path: str = ""


def write_bag(folder: Path, about: Mapping[str, str], key: Path | None = None) -> None:
    """Make ``folder``, whose payload lies in ``data``, a bag; ``about`` goes to bag-info.txt; ``key`` (PEM, Ed25519) signs it."""
    payload = _digests(folder, _files(folder / "data"))
    size = sum((folder / name).stat().st_size for name in payload)
    private = None if key is None else _private(key)
    info = {**about, "Payload-Oxum": f"{size}.{len(payload)}"}
    if private is not None:
        info["Signed-By"] = _public_text(private.public_key())
    _write(folder / "bagit.txt", DECLARATION)
    _write(folder / "bag-info.txt", "".join(f"{name}: {' '.join(value.split())}\n" for name, value in info.items()))
    _write(folder / MANIFEST, _lines(payload))
    _write(folder / TAGS, _lines(_digests(folder, (folder / name for name in _TAG_FILES))))
    if private is not None:
        signed = base64.b64encode(private.sign((folder / TAGS).read_bytes())).decode()
        _write(folder / SIGNATURE, json.dumps({"algorithm": "Ed25519", "public_key": info["Signed-By"], "signed": TAGS, "signature": signed}, indent=1) + "\n")


def check_bag(folder: Path, key: str | None = None) -> tuple[Fault, ...]:
    """Everything wrong with the bag, without running or trusting anything in it; empty where all is as it was when it was made.

    ``key`` is the public key (as ``Signed-By`` has it) that must have signed it.
    """
    faults: list[Fault] = []
    if not folder.is_dir():
        return (Fault("no_bag"),)
    on_disk = {path.relative_to(folder).as_posix(): path for path in _everything(folder)}
    for name, path in on_disk.items():
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            faults.append(Fault("not_a_file", name))
        elif path.is_dir() and not any(path.iterdir()):
            faults.append(Fault("added", name))
    files = {name for name, path in on_disk.items() if path.is_file() and not path.is_symlink()}
    if "bagit.txt" not in files or (folder / "bagit.txt").read_bytes() != DECLARATION.encode():
        faults.append(Fault("declaration", "bagit.txt"))
    listed = {manifest: _listed(folder, manifest, faults) for manifest in (MANIFEST, TAGS)}
    if set(listed[TAGS]) != set(_TAG_FILES):
        faults.append(Fault("manifest", TAGS))
    expected = {**listed[MANIFEST], **listed[TAGS]}
    for name, digest in expected.items():
        if name not in files:
            faults.append(Fault("removed", name))
        elif _sha256(folder / name) != digest:
            faults.append(Fault("changed", name))
    faults += [Fault("manifest", name) for name in listed[MANIFEST] if not name.startswith("data/")]
    faults += [Fault("added", name) for name in sorted(files - expected.keys() - {TAGS, SIGNATURE})]
    faults += _check_info(folder, files, listed[MANIFEST])
    faults += _check_signature(folder, files, key)
    return tuple(dict.fromkeys(faults))


def read_info(folder: Path) -> dict[str, str]:
    """bag-info.txt; a line that is none is left out."""
    lines = (folder / "bag-info.txt").read_text(encoding="utf-8", errors="replace").splitlines()
    return dict(line.split(": ", 1) for line in lines if ": " in line)


def make_key(path: Path) -> str:
    """Write a new private key (Ed25519, PEM without a password, readable by its owner only) to ``path``; returns the public key."""
    import os

    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    return _public_text(private.public_key())


def _check_info(folder: Path, files: set[str], payload: Mapping[str, str]) -> Iterator[Fault]:
    if "bag-info.txt" not in files:
        return
    size = sum((folder / name).stat().st_size for name in payload if name in files)
    if read_info(folder).get("Payload-Oxum") != f"{size}.{len(payload)}":
        yield Fault("oxum", "bag-info.txt")


def _check_signature(folder: Path, files: set[str], key: str | None) -> Iterator[Fault]:
    says = read_info(folder).get("Signed-By") if "bag-info.txt" in files else None
    if SIGNATURE not in files:
        if says or key:
            yield Fault("signature_missing", SIGNATURE)
        return
    signature = folder / SIGNATURE
    try:
        said = json.loads(signature.read_bytes().decode("utf-8"))
        # every byte of the file counts: what is said must be all that it says, written the way it is written
        rest = {"algorithm": "Ed25519", "public_key": said["public_key"], "signed": TAGS, "signature": said["signature"]}
        plain = signature.read_bytes() == (json.dumps(rest, indent=1) + "\n").encode()
        raw = base64.b64decode(said["signature"], validate=True)
        strict = base64.b64encode(raw).decode() == said["signature"]
    except (ValueError, KeyError, TypeError):
        yield Fault("signature", SIGNATURE)
        return
    if not plain or not strict or said["public_key"] != says or (key is not None and said["public_key"] != key):
        yield Fault("signature", SIGNATURE)
        return
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        raise PerfAnalysisError("this bundle is signed; to check that: pip install 'perfanalysis[sign]'") from None
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(said["public_key"])).verify(raw, (folder / TAGS).read_bytes())
    except (InvalidSignature, ValueError, OSError):
        yield Fault("signature", SIGNATURE)


def _private(path: Path):
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError:
        raise PerfAnalysisError("signing needs one more package: pip install 'perfanalysis[sign]'") from None
    try:
        private = load_pem_private_key(Path(path).read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise PerfAnalysisError(f"{path} is not a private key in PEM without a password: {error}") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise PerfAnalysisError(f"{path} is a key of another kind; make one with: openssl genpkey -algorithm ed25519 -out {path}")
    return private


def _public_text(public) -> str:
    return base64.b64encode(public.public_bytes_raw()).decode()


def _listed(folder: Path, manifest: str, faults: list[Fault]) -> dict[str, str]:
    """Path → digest as the manifest has them; lines that are none, doubled or that leave the folder are faults."""
    try:
        text = (folder / manifest).read_bytes().decode("utf-8")
    except (OSError, ValueError):
        faults.append(Fault("manifest", manifest))
        return {}
    found: dict[str, str] = {}
    for line in text.split("\n")[:-1]:
        match = _LINE.fullmatch(line)
        name = _decoded(match[2]) if match else ""
        if not match or name in found or name.startswith("/") or ".." in name.split("/") or "\\" in name:
            faults.append(Fault("manifest", manifest))
        else:
            found[name] = match[1]
    if text != _lines(found):
        faults.append(Fault("manifest", manifest))
    return found


def _lines(digests: Mapping[str, str]) -> str:
    return "".join(f"{digest}  {_encoded(name)}\n" for name, digest in sorted(digests.items()))


def _encoded(name: str) -> str:
    # RFC 8493, 2.1.3: these three must be written so
    return name.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")


def _decoded(name: str) -> str:
    return name.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def _digests(folder: Path, files: Iterable[Path]) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): _sha256(path) for path in files}


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in _everything(folder) if path.is_file())


def _everything(folder: Path) -> list[Path]:
    """Every entry below ``folder``, without following symbolic links to folders."""
    import os

    return sorted(Path(place) / name for place, folders, files in os.walk(folder) for name in (*folders, *files))


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8"))
