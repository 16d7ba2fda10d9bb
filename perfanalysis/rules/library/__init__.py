"""The indicator library: shipped categories and indicators as data, a user's own beside or instead of them, and the search in them."""

from perfanalysis.rules.library.model import COLUMNS, Library, Wording
from perfanalysis.rules.library.ngrams import NgramIndex
from perfanalysis.rules.library.reading import level_of, levels, load_library, load_wording, sector_category
from perfanalysis.rules.library.searching import search_library

__all__ = ["COLUMNS", "Library", "NgramIndex", "Wording", "level_of", "levels", "load_library", "load_wording", "search_library", "sector_category"]
