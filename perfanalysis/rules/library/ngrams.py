"""Texts as weighted character n-grams, so that Chinese is searched without a tokenizer and English survives another word form.

Chinese gives single characters and pairs of neighbours; letters and digits give triples with the ends of words in
them. Weights are TF-IDF with each gram counted once a text; the similarity of two texts is the cosine, 0 (nothing in common) to 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

_SHIFT = 21  # a code point has 21 bits: three of them fit into 63
_MASK = (1 << _SHIFT) - 1
#: How much a single Chinese character counts beside a pair. On 46 paraphrases of shipped names the right entry is first 36, 39, 41 times with
#: 0.25, 1 and 1.5, and among three 44, 46, 46 times; more would favour names that share characters in another order.
_SINGLE = 1.5


@dataclass(frozen=True)
class NgramIndex:
    """The n-grams of a list of texts, ready to be compared with others; build it with ``NgramIndex.build``."""

    keys: np.ndarray = field(repr=False)  # the grams of all texts, sorted
    weights: np.ndarray = field(repr=False)  # idf × weight of the kind of gram, in the order of ``keys``
    unseen: float  # idf of a gram that no text has
    columns: Any = field(repr=False)  # sparse, grams × texts: unit vectors
    size: int

    @classmethod
    def build(cls, texts: Sequence[str]) -> "NgramIndex":
        """Index ``texts``; an empty text is like nothing."""
        from scipy import sparse

        rows, grams = _grams(texts)
        keys, codes = _numbered(grams)
        size = len(texts)
        # a gram that stands twice in a text counts once
        matrix = sparse.coo_matrix((np.ones(len(rows), dtype=np.float32), (rows, codes)), shape=(size, len(keys))).tocsr()
        weights = (np.log((1 + size) / (1 + np.bincount(matrix.indices, minlength=len(keys)))) + 1) * _kind_weight(keys)
        matrix.data = weights[matrix.indices].astype(np.float32)
        matrix.data /= np.repeat(_norms(matrix), np.diff(matrix.indptr))
        return cls(keys, weights, float(np.log(1 + size) + 1), matrix.T.tocsr(), size)

    def compare(self, texts: Sequence[str]) -> Any:
        """Cosine of each of ``texts`` with each indexed one: a sparse matrix, one row per text; grams unknown here count against it."""
        from scipy import sparse

        if not len(self.keys):
            return sparse.csr_matrix((len(texts), self.size), dtype=np.float32)
        rows, grams = _each_once(*_grams(texts))
        place, known = self.look_up(grams)
        data = np.where(known, self.weights[place], self.unseen * _kind_weight(grams))
        norms = np.sqrt(np.bincount(rows, weights=data**2, minlength=len(texts)))
        data = (data / norms[rows])[known].astype(np.float32)
        return sparse.csr_matrix((data, (rows[known], place[known])), shape=(len(texts), len(self.keys))) @ self.columns

    def look_up(self, grams: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where each gram stands in ``keys``, and whether it does."""
        place = np.minimum(np.searchsorted(self.keys, grams), max(len(self.keys) - 1, 0))
        return place, (self.keys[place] == grams if len(self.keys) else np.zeros(len(grams), dtype=bool))

    def has(self, grams: np.ndarray) -> np.ndarray:
        """Which text has which gram: truth values, grams × texts."""
        place, known = self.look_up(grams)
        found = np.zeros((len(grams), self.size), dtype=bool)
        found[known] = self.columns[place[known]].toarray() > 0
        return found


def grams_of(text: str) -> np.ndarray:
    """The n-grams of one text, each once."""
    return np.unique(_grams([text])[1])


def fold(text: str) -> str:
    """A text as it is compared: full width and case folded."""
    import unicodedata

    return unicodedata.normalize("NFKC", text).casefold()


def _grams(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Row and key of every n-gram."""
    # one long text: the folding and the cutting are done for all at once; no gram crosses a line break
    letters = np.frombuffer(fold(" \n".join([*map(_one_line, texts), ""])).encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    row = np.concatenate([[0], np.cumsum(letters == 10)[:-1]]) if len(letters) else np.zeros(0, dtype=np.int64)
    chinese = ((letters >= 0x3400) & (letters <= 0x9FFF)) | ((letters >= 0x20000) & (letters <= 0x3134F))
    word = _is_word(letters) & ~chinese
    plain = np.where(word, letters, 32)
    single = np.flatnonzero(chinese)
    pair = np.flatnonzero(chinese[:-1] & chinese[1:]) if len(letters) > 1 else np.zeros(0, dtype=np.int64)
    middle = np.flatnonzero(word)
    before = plain[np.maximum(middle - 1, 0)]
    before[middle == 0] = 32
    rows = np.concatenate([row[single], row[pair], row[middle]])
    keys = np.concatenate([
        letters[single],
        letters[pair] << _SHIFT | letters[pair + 1],
        before << 2 * _SHIFT | letters[middle] << _SHIFT | plain[middle + 1],
    ])
    return rows, keys


def _each_once(rows: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.lexsort((keys, rows))
    rows, keys = rows[order], keys[order]
    first = np.ones(len(rows), dtype=bool)
    first[1:] = (rows[1:] != rows[:-1]) | (keys[1:] != keys[:-1])
    return rows[first], keys[first]


def _one_line(text: str) -> str:
    return text if "\n" not in text else text.replace("\n", " ")


def _is_word(letters: np.ndarray) -> np.ndarray:
    known, codes = _numbered(letters)
    return np.array([chr(letter).isalnum() for letter in known], dtype=bool)[codes]


def _numbered(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct values, sorted, and the place of each value among them; faster than ``np.unique``, which sorts them all."""
    codes, known = pd.factorize(values)
    order = np.argsort(known, kind="stable")
    place = np.empty(len(known), dtype=np.int64)
    place[order] = np.arange(len(known))
    return known[order], place[codes]


def _norms(matrix: Any) -> np.ndarray:
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return np.sqrt(np.bincount(rows, weights=matrix.data.astype(np.float64) ** 2, minlength=matrix.shape[0])).astype(np.float32)


def _kind_weight(keys: np.ndarray) -> np.ndarray:
    return np.where(keys <= _MASK, _SINGLE, 1.0)
