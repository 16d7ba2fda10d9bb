"""Charts: a frame goes in, a matplotlib Figure comes out; none is shown or saved here.

Every chart takes ``(frame, lang)`` and keyword options, draws at one width in one style, names its marks beside them, writes data text
as it is, and leaves matplotlib's settings as they were. Its title and its description stand in the catalogues, filled from facts.
"""

from perfanalysis.charts.execution import chart_accounts, chart_execution_by_period, chart_execution_by_project
from perfanalysis.charts.results import chart_attainment, chart_quadrants
from perfanalysis.charts.scores import chart_grades, chart_score_distribution, chart_scores
from perfanalysis.charts.standing import chart_peers, chart_units
from perfanalysis.charts.style import style

__all__ = [
    "chart_accounts",
    "chart_attainment",
    "chart_execution_by_period",
    "chart_execution_by_project",
    "chart_grades",
    "chart_peers",
    "chart_quadrants",
    "chart_score_distribution",
    "chart_scores",
    "chart_units",
    "style",
]
