"""Rule-books as data, and what reads them. Frameworks (assessments of departments and districts) will stand beside them here."""

from perfanalysis.rules.conventions import CONVENTIONS
from perfanalysis.rules.model import GRADES, Band, Clause, RuleBook, Step, round_points
from perfanalysis.rules.reading import list_rulebooks, load_rulebook

__all__ = ["CONVENTIONS", "GRADES", "Band", "Clause", "RuleBook", "Step", "list_rulebooks", "load_rulebook", "round_points"]
