"""Following a year while it runs: the course of spending, double monitoring of execution and targets."""

from perfanalysis.monitoring.double import QUADRANTS, measure_achievement, monitor_projects
from perfanalysis.monitoring.execution import measure_course, measure_last_month, measure_pace

__all__ = ["QUADRANTS", "measure_achievement", "measure_course", "measure_last_month", "measure_pace", "monitor_projects"]
