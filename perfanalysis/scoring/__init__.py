"""Self-evaluation scored again by a rule-book, beside what was submitted."""

from perfanalysis.scoring.comparing import compare_scores
from perfanalysis.scoring.execution import score_execution
from perfanalysis.scoring.indicators import score_indicators
from perfanalysis.scoring.projects import score_projects
from perfanalysis.scoring.summaries import count_conventions, summarise_attainment, summarise_scores
from perfanalysis.scoring.weights import check_weights

__all__ = [
    "check_weights", "compare_scores", "count_conventions", "score_execution", "score_indicators", "score_projects",
    "summarise_attainment", "summarise_scores",
]
