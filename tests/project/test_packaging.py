"""What a newcomer installs: pyproject.toml, environment.yml and the lock agree, and none of them leads to one machine."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
#: conda-forge's names where they differ; the -base packages leave out a desktop toolkit.
CONDA_NAMES = {"matplotlib": "matplotlib-base", "seaborn": "seaborn-base", "playwright": "playwright-python"}
NOT_ON_CONDA_FORGE = {"zhplot", "axe-playwright-python"}


def requirements() -> dict[str, Requirement]:
    """Every requirement of pyproject.toml, extras included, by its canonical name; the package itself left out."""
    lines = [*PROJECT["dependencies"], *(line for extra in PROJECT["optional-dependencies"].values() for line in extra)]
    found = {canonicalize_name(parsed.name): parsed for parsed in map(Requirement, lines)}
    found.pop("perfanalysis")
    return found


def locked() -> dict[str, list[str]]:
    """Every locked version by name: several where Python versions or systems need different ones."""
    versions: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.M):
        versions.setdefault(canonicalize_name(name), []).append(version)
    return versions


def tracked_files() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listing.returncode:
        pytest.skip("this copy of the project is not a git checkout")
    return [ROOT / name for name in listing.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_conda_environment_names_what_pyproject_names():
    entries = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    from_pip = next(entry["pip"] for entry in entries if isinstance(entry, dict))
    assert "-e ." in from_pip

    wanted = {CONDA_NAMES.get(name, name): str(requirement.specifier) for name, requirement in requirements().items()}
    of_conda = {entry.name: str(entry.specifier) for entry in map(Requirement, (e for e in entries if isinstance(e, str)))}
    of_pip = {entry.name: str(entry.specifier) for entry in map(Requirement, (e for e in from_pip if e != "-e ."))}

    assert of_conda.pop("python") == PROJECT["requires-python"]
    of_conda.pop("pip")
    assert set(of_pip) == NOT_ON_CONDA_FORGE
    assert of_conda | of_pip == wanted


def test_lock_holds_every_requirement_at_an_allowed_version():
    versions = locked()
    wrong = [
        f"{requirement} is locked at {versions.get(name, 'nothing')}"
        for name, requirement in requirements().items()
        if not versions.get(name) or not all(requirement.specifier.contains(version) for version in versions[name])
    ]
    assert not wrong, "; run `make lock`: " + ", ".join(wrong)


def test_every_locked_package_has_hashes():
    entries = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text(encoding="utf-8"))
    entries = [entry for entry in entries if not entry.startswith("#")]
    assert len(entries) > 100
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_lock_takes_no_local_build():
    # a version such as 2.9+cpu exists only on somebody's own index
    assert [f"{name}=={version}" for name, versions in locked().items() for version in versions if "+" in version] == []


# written in pieces, so that this file does not match itself; an example of a database address (four slashes) is no path of ours
LEADS_TO_ONE_MACHINE = re.compile(
    "|".join([r"pypi\." + "org", "pythonhosted" + r"\.", "--(?:extra-)?index" + "-url", "--find" + "-links", r"://[^\s'\")]*/sim" + "ple",
              "(?<![\\w.])/wo" + "rk/", "(?<![\\w.])/ro" + "ot/", "(?<![\\w.])(?<!///)/ho" + "me/", "(?<![\\w.])/Us" + "ers/", "[A-Z]:" + r"\\Us" + "ers"])
)  # fmt: skip


def test_no_tracked_file_names_an_index_host_or_a_machine_path():
    places = []
    for path in tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        places += [f"{path.relative_to(ROOT)}: {match.group()}" for match in LEADS_TO_ONE_MACHINE.finditer(text)]
    assert places == []


def test_every_file_that_the_package_reads_is_packaged():
    """A YAML or template that is not in package-data is missing from an ordinary install."""
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]["perfanalysis"]
    packaged = {pattern.removeprefix("**/*") for pattern in patterns}
    package = ROOT / "perfanalysis"
    left_out = [str(path.relative_to(ROOT)) for path in tracked_files() if path.is_relative_to(package) and path.suffix not in packaged | {".py"}]
    assert left_out == []


def test_version_stands_once():
    import perfanalysis

    assert perfanalysis.__version__ == PROJECT["version"]


def test_every_dependency_is_accounted_for():
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    assert [name for name in requirements() if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", page)] == []


def test_links_of_the_readme_lead_somewhere():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#][^)]*)\)", text) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
