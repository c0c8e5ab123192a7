"""A word that is misspelt, and the one that was meant."""

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion that ends a sentence, or nothing when no known word is close."""
    candidates = list(known)
    # Case is the commonest slip, and difflib counts every letter of it.
    folded = {candidate.casefold(): candidate for candidate in candidates}
    if word.casefold() in folded:
        return f"Did you mean {folded[word.casefold()]!r}?"
    close = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return f"Did you mean {folded[close[0]]!r}?" if close else ""
