"""Every problem that reading can raise has its sentence in every language, and no sentence is left over."""

import re
from pathlib import Path

import pytest
import yaml

from perfanalysis import words

ROOT = Path(__file__).resolve().parents[2] / "perfanalysis"
SOURCES = sorted((ROOT / "sources").glob("*.py"))


def catalogue(lang):
    return yaml.safe_load((ROOT / "words" / lang / "problems.yaml").read_text(encoding="utf-8"))["problem"]


@pytest.mark.parametrize("lang", words.languages())
def test_every_code_in_the_sources_has_a_sentence(lang):
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    raised = set(re.findall(r'Problem\(\s*f?"([a-z_]+)"', text)) | set(re.findall(r'_issue\(\s*"[a-z_]+", "([a-z_]+)"', text))
    raised |= set(re.findall(r'Issue\(\s*[a-z.]+, "([a-z_]+)"', text)) | set(re.findall(r'_wrong\("([a-z_]+)"', text)) | set(re.findall(r'self\._add\("([a-z_]+)"', text))
    assert len(raised) > 40
    assert {code for code in raised if not words.has(f"problem.{code}", lang)} == set()


@pytest.mark.parametrize("code", sorted(catalogue("en")))
def test_every_sentence_is_said_somewhere_and_alike_in_every_language(code):
    assert any(f'"{code}"' in path.read_text(encoding="utf-8") for path in SOURCES), f"nothing raises {code}"
    wanted = words.placeholders(f"problem.{code}", "en")
    for lang in words.languages():
        assert words.placeholders(f"problem.{code}", lang) == wanted
