"""Rule-books and frameworks as data, and what reads them."""

from perfanalysis.rules.conventions import CONVENTIONS
from perfanalysis.rules.framework_model import Framework
from perfanalysis.rules.frameworks import list_frameworks, load_framework
from perfanalysis.rules.model import GRADES, Band, Clause, RuleBook, Step, round_points
from perfanalysis.rules.reading import list_rulebooks, load_rulebook

__all__ = [
    "CONVENTIONS", "GRADES", "Band", "Clause", "Framework", "RuleBook", "Step", "list_frameworks", "list_rulebooks", "load_framework", "load_rulebook",
    "round_points",
]
