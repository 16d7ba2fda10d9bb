"""The codes of units and projects that a form only names."""

import hashlib
import re
import unicodedata


def derive_unit_code(name: str) -> str:
    """The code of a unit that a form only names.

    >>> derive_unit_code("池州市贵池区棠溪镇人民政府") == derive_unit_code("池州市 贵池区棠溪镇人民政府 ")
    True
    """
    return "U" + _digest(plain_name(name))


def derive_project_code(unit_name: str, name: str) -> str:
    """The code of a project that a form only names."""
    return "P" + _digest(f"{plain_name(unit_name)}\n{plain_name(name)}")


def plain_name(name: str) -> str:
    """A name as compared: full width folded, no spaces."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:8]
