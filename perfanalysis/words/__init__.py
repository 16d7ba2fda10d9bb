"""The words: one catalogue a language, and how values are written in it.

A catalogue maps codes to sentences with placeholders. Code elsewhere carries codes and values, never sentences, so that
every language says the same thing from the same numbers. A catalogue is a folder ``<lang>/`` with a YAML file a room; adding
a language is adding one folder.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from perfanalysis.words.values import Quantity, format_quantity

__all__ = ["Quantity", "codes", "fill", "format_quantity", "has", "languages", "of", "placeholders", "say", "text"]

_FOLDER = Path(__file__).parent
_PLACEHOLDER = re.compile(r"\{(?P<name>[a-z_0-9]+)(?::(?P<forms>[^{}]*))?\}")


def languages() -> tuple[str, ...]:
    """The languages that have a catalogue, sorted."""
    return tuple(sorted(path.name for path in _FOLDER.iterdir() if any(path.glob("*.yaml"))))


def codes(lang: str) -> frozenset[str]:
    """Every code of a language's catalogue."""
    return frozenset(_catalogue(lang))


def has(code: str, lang: str) -> bool:
    return code in _catalogue(lang)


def text(code: str, lang: str) -> str:
    """The sentence of ``code`` as the catalogue has it, placeholders unfilled."""
    return _catalogue(lang)[code]


def placeholders(code: str, lang: str) -> frozenset[str]:
    """The names that the sentence of ``code`` must be given."""
    return frozenset(match["name"] for match in _PLACEHOLDER.finditer(_catalogue(lang)[code]))


def say(
    code: str,
    lang: str,
    values: Mapping[str, Any] | None = None,
    *,
    write: Callable[[str, Any, str], str] | None = None,
    text: Callable[[str], str] | None = None,
) -> str:
    """The sentence of ``code`` in ``lang``, its placeholders filled from ``values``.

    ``{name}`` writes the value; ``{name:project|projects}`` writes the first word for exactly one and the second otherwise;
    ``{name:no project| project| projects}`` writes the first words instead of a zero, else the number and its word.
    ``write(name, value, written)`` may wrap each written value and ``text(piece)`` the words between (the HTML writer escapes
    there). A code or a value that is missing is an error, never a gap in a sentence and never another language.

    >>> say("verb.and_list_separator", "en")
    ', '
    """
    catalogue = _catalogue(lang)
    if code not in catalogue:
        raise KeyError(f"the catalogue {lang} has no words for {code!r}")
    return fill(catalogue[code], lang, values, of=f"{code!r} in the catalogue {lang}", write=write, text=text)


def fill(
    sentence: str,
    lang: str,
    values: Mapping[str, Any] | None = None,
    *,
    of: str = "the sentence",
    write: Callable[[str, Any, str], str] | None = None,
    text: Callable[[str], str] | None = None,
) -> str:
    """A sentence that stands in no catalogue, such as somebody's own title, with its placeholders filled as ``say`` fills them.

    >>> fill("{unit}: 1 of {units}", "en", {"unit": "101", "units": Quantity(1021, "count")})
    '101: 1 of 1,021'
    """
    values = values or {}
    pieces, end = [], 0
    for match in _PLACEHOLDER.finditer(sentence):
        name, forms = match["name"], match["forms"]
        if name not in values:
            raise KeyError(f"{of} needs a value for {{{name}}}; given: {', '.join(values) or 'none'}")
        between = sentence[end : match.start()]
        pieces.append(text(between) if text else between)
        value = values[name]
        number, words_of = getattr(value, "value", value), forms.split("|") if forms is not None else []
        if len(words_of) == 2:
            pieces.append(words_of[0] if number == 1 else words_of[1])
        else:
            none = bool(words_of) and number == 0
            written = words_of[0] if none else write_value(value, lang)
            pieces.append(write(name, value, written) if write else written)
            if words_of and not none:
                pieces.append(words_of[1] if number == 1 else words_of[2])
        end = match.end()
    pieces.append(text(sentence[end:]) if text else sentence[end:])
    return "".join(pieces)


def of(texts: Mapping[str, str], lang: str) -> str:
    """What a rule or a file of data says of itself in ``lang``; in English where whoever wrote it did not write in that language."""
    return texts[lang] if lang in texts else texts["en"]


def write_value(value: Any, lang: str) -> str:
    """One value as a reader of ``lang`` expects it; lists are joined; anything with ``written(lang)`` writes itself."""
    if hasattr(value, "written"):
        return value.written(lang)
    if isinstance(value, list | tuple):
        # names from the data may have commas in them
        named = any(hasattr(part, "written") for part in value)
        return say("verb.name_list_separator" if named else "verb.and_list_separator", lang).join(write_value(part, lang) for part in value)
    return str(value)


@cache
def _catalogue(lang: str) -> Mapping[str, str]:
    files = sorted((_FOLDER / lang).glob("*.yaml"))
    if not files:
        raise KeyError(f"no catalogue for language {lang!r}; there are: {', '.join(languages())}")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    catalogue: dict[str, str] = {}
    for file in files:
        for code, sentence in _flatten(yaml.load(file.read_text(encoding="utf-8"), loader) or {}):
            if code in catalogue:
                raise KeyError(f"{code!r} stands twice in the catalogue {lang}; the second time in {file.name}")
            catalogue[code] = sentence
    return catalogue


def _flatten(node: Mapping[str, Any], prefix: str = ""):
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
