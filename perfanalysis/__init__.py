"""Evaluate how public money performs: from budget and performance data to every department's report.

The public surface, in the order of the work. Nothing heavy is imported before it is used: ``import perfanalysis as pa`` takes
milliseconds, and ``pa.load_dataset`` then fetches the room that it lives in. ``dir(pa)`` and completion show every name.
"""

from importlib import import_module

__version__ = "0.1.0"

# Name → the module that defines it. A name is added here and nowhere else; a module's names stand together.
_SURFACE = {
    # the data model
    "TABLES": "perfanalysis.tables",
    # what goes wrong, said so that it can be mended
    "PerfAnalysisError": "perfanalysis.errors",
    "DataError": "perfanalysis.errors",
    "MissingTable": "perfanalysis.errors",
    "PlanError": "perfanalysis.errors",
    "RuleError": "perfanalysis.errors",
    # a dataset and the slice of one unit
    "load_dataset": "perfanalysis.dataset",
    "write_dataset": "perfanalysis.dataset",
    # what is worth saying
    "Fact": "perfanalysis.findings",
    "Finding": "perfanalysis.findings",
    "sort_findings": "perfanalysis.findings",
}

__all__ = [*_SURFACE]


def __getattr__(name: str):
    if name not in _SURFACE:
        raise AttributeError(f"module 'perfanalysis' has no attribute {name!r}; its names: {', '.join(_SURFACE)}")
    value = getattr(import_module(_SURFACE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*_SURFACE, "__version__"]
