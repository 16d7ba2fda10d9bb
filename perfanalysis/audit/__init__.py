"""For those who check: what changed between two runs, and bundles that can be verified and computed again without us."""

from perfanalysis.audit.bundle import make_bundle
from perfanalysis.audit.diff import compare_facts, compare_runs
from perfanalysis.audit.verify import verify_bundle

__all__ = ["compare_facts", "compare_runs", "make_bundle", "verify_bundle"]
