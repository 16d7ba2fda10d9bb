"""Every report at once: plans, the batch runner, what each report is made of, and the index."""

from perfanalysis.reporting.plan import Plan, PlannedUnit, load_plan
from perfanalysis.reporting.record import RunRecord, UnitRecord
from perfanalysis.reporting.run import Progress, run_plan

__all__ = ["Plan", "PlannedUnit", "Progress", "RunRecord", "UnitRecord", "load_plan", "run_plan"]
