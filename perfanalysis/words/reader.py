"""Which language the person in front of the screen reads: for what shows itself without being told a language. A report is always told."""

import os
import sys

from perfanalysis import words

#: Names the language where the system's own is another one; ``perfanalysis lab --lang`` sets it.
LANG = "PERFANALYSIS_LANG"
#: Names the file that every reading of a dataset is noted in, a line each; the batch runner sets it and asks what a report was made from.
READS = "PERFANALYSIS_READS"


def system_language() -> str:
    """That of the person at the keyboard, as far as the system says; English otherwise."""
    set_to = next((os.environ[name] for name in (LANG, "LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "zh" if set_to.lower().startswith(("zh", "chinese")) else "en"


def reader_language() -> str:
    """In a notebook the one that its own ``lang`` names, as every notebook's parameters cell does; elsewhere the system's."""
    shell = notebook_shell()
    chosen = shell.user_ns.get("lang") if shell is not None else None
    return chosen if isinstance(chosen, str) and chosen in words.languages() else system_language()


def notebook_shell():
    """The IPython shell that this runs in, or None; a program without IPython does not load it for the question."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return get_ipython() if get_ipython is not None else None


def in_batch() -> bool:
    """Whether a report is being made by the batch runner: nobody looks on."""
    return READS in os.environ
