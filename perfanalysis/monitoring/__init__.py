"""Following a year while it runs: the course of spending, lights, double monitoring of execution and targets, what year-end will bring."""

from perfanalysis.monitoring.double import QUADRANTS, measure_achievement, monitor_projects
from perfanalysis.monitoring.execution import measure_course, measure_last_month, measure_pace
from perfanalysis.monitoring.lights import LIGHTS, find_worst_lights, give_lights, measure_lights
from perfanalysis.monitoring.year_end import (
    count_months,
    expect_achievement,
    find_own_projection,
    measure_seasonal_share,
    project_execution,
)

__all__ = [
    "LIGHTS", "QUADRANTS", "count_months", "expect_achievement", "find_own_projection", "find_worst_lights", "give_lights", "measure_achievement",
    "measure_course", "measure_last_month", "measure_lights", "measure_pace", "measure_seasonal_share", "monitor_projects", "project_execution",
]
