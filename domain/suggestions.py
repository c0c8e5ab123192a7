"""A word that is misspelt, and the one that was meant."""

import difflib
from collections.abc import Iterable


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant; None when no one is close."""
    candidates = list(known)
    # Case is the commonest slip, and difflib counts every letter of it.
    folded = {candidate.casefold(): candidate for candidate in candidates}
    if word.casefold() in folded:
        return folded[word.casefold()]
    close = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None
