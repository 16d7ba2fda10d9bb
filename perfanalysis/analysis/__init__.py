"""Comparisons and checks on top of scores: peers, quality of targets, follow-up of problems."""

from perfanalysis.analysis.follow_up import measure_disclosure, measure_problems
from perfanalysis.analysis.peers import MEASURES, Peers, load_peers, place_among, summarise_peers, summarise_units
from perfanalysis.analysis.target_quality import find_copied_sets, find_easy_targets, measure_bunching

__all__ = [
    "MEASURES", "Peers", "find_copied_sets", "find_easy_targets", "load_peers", "measure_bunching", "measure_disclosure", "measure_problems",
    "place_among", "summarise_peers", "summarise_units",
]
