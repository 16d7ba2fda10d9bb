"""Comparisons and checks on top of scores: peers, quality of targets, follow-up of problems."""

from perfanalysis.analysis.follow_up import measure_disclosure, measure_problems
from perfanalysis.analysis.peers import MEASURES, Peers, load_peers, place_among, summarise_peers, summarise_units
from perfanalysis.analysis.target_quality import find_copied_sets, measure_bunching, measure_ease

__all__ = [
    "MEASURES", "Peers", "find_copied_sets", "load_peers", "measure_bunching", "measure_disclosure", "measure_ease", "measure_problems",
    "place_among", "summarise_peers", "summarise_units",
]
