"""Our way of running a notebook as an engine for papermill: ``papermill --engine perfanalysis …``."""

from pathlib import Path
from typing import Any

from papermill.engines import Engine as PapermillEngine
from papermill.engines import NBClientEngine

from perfanalysis.reporting import fork
from perfanalysis.reporting.execute import MEMORY
from perfanalysis.reporting.plan import TIMEOUT


class Engine(PapermillEngine):
    """Runs the cells in a child forked from this process, without a kernel; where that is unsound, the stock kernel serves.

    papermill's ``--execution-timeout`` (seconds) is for the whole notebook here. A child that is killed, or takes too much time or memory, raises: papermill
    then does not say that the notebook is completed.
    """

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, **options: Any):
        """What papermill calls with the parameters already written in; a cell that fails is left with its error, as papermill expects."""
        if not fork.AVAILABLE or nb_man.nb.metadata.get("kernelspec", {}).get("language", "python") != "python":
            return NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **options)
        place = (options.get("resources") or {}).get("metadata", {}).get("path") or "."
        executed = fork.execute_prepared(nb_man.nb, timeout=options.get("execution_timeout") or TIMEOUT, memory=MEMORY, place=Path(place))
        for position, cell in enumerate(nb_man.nb.cells):
            if cell.cell_type == "code" and (cell.execution_count or not fork.runs(cell)):
                nb_man.cell_start(cell, position)
                failed = any(output.output_type == "error" for output in cell.outputs)
                (nb_man.cell_exception if failed else nb_man.cell_complete)(cell, position)
        if executed.outcome not in ("ok", "error"):
            raise RuntimeError(f"{executed.outcome}: {executed.message}, in the cell:\n{executed.source}")
        return executed.notebook
