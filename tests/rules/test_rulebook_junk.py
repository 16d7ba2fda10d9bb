"""Whatever stands at whatever place of a rule-book: a RuleError that says where, never a crash."""

import copy
import json
from pathlib import Path

import pytest
import yaml

from perfanalysis.errors import RuleError
from perfanalysis.rules import load_rulebook

FOLDER = Path(__file__).resolve().parents[2] / "perfanalysis" / "rules" / "rulebooks"


def places(node, path=()):
    """Every place of a nested structure."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


@pytest.mark.parametrize("junk", [None, 7, "text", ["text"], {"text": [1]}], ids=repr)
def test_junk_anywhere_is_a_rule_error_or_harmless(tmp_path, junk):
    data = yaml.safe_load((FOLDER / "mof-2021.yaml").read_text(encoding="utf-8"))
    path = tmp_path / "mine.yaml"
    for place in places(data):
        broken = copy.deepcopy(data)
        node = broken
        for key in place[:-1]:
            node = node[key]
        node[place[-1]] = junk
        # JSON is YAML, and quick to write
        path.write_text(json.dumps(broken), encoding="utf-8")
        try:
            book = load_rulebook(path)
        except RuleError:
            continue
        for clause in book.clauses.values():
            clause.say("en"), clause.cite("zh")
