"""The fairness of packs: what the j-th pack of a claim is worth, in whole numbers.

g(j) = floor(10000 s (2q - (2j - 1) s) / q) for a claim of q pieces in packs of s pieces. It falls
with j, so its sums are concave, and serving the pack of highest g next minimises the sum of squared
shortfalls. With s <= q <= 2 x 10^7 every product below is at most 10^4 x 2 q^2 <= 8 x 10^18 < 2^63.
"""

from __future__ import annotations

import numpy as np

from allocator.references import Ints

SCALE = 10_000
# Sums over fewer packs than this are expanded; beyond, they are computed by floor sums.
EXPAND_UP_TO = 64


def pack_worth(pack_pieces: Ints, wanted_pieces: Ints, nth: Ints) -> Ints:
    """g(j): what the nth pack (from 1) adds to fairness."""
    rest = 2 * wanted_pieces - (2 * nth - 1) * pack_pieces
    return SCALE * pack_pieces * rest // wanted_pieces


def packs_worth_at_least(pack_pieces: Ints, wanted_pieces: Ints, worth: Ints) -> Ints:
    """How many packs have g(j) >= worth (worth >= 0), however many are wanted.

    g(j) >= t for a whole t means 10000 s (2q - (2j - 1) s) >= t q, hence
    2j - 1 <= (20000 s - t) q / (10000 s^2).
    """
    top = 2 * SCALE * pack_pieces - worth
    most = np.where(top > 0, top * wanted_pieces // (SCALE * pack_pieces * pack_pieces), -1)
    return np.asarray((most + 1) // 2, dtype=np.int64)


def claim_worth(pack_pieces: Ints, wanted_pieces: Ints, packs: Ints) -> Ints:
    """g(1) + ... + g(k) of each claim, k = packs."""
    s, q, k = pack_pieces, wanted_pieces, packs
    total = np.zeros(len(packs), dtype=np.int64)
    is_full = (k * s == q) & (k > 0)
    full, some = np.flatnonzero(is_full), np.flatnonzero((k > 0) & ~is_full)
    total[full] = _full_worth(s[full], q[full], k[full])
    few = some[k[some] <= EXPAND_UP_TO]
    total[few] = _expanded_worth(s[few], q[few], k[few])
    for at in some[k[some] > EXPAND_UP_TO].tolist():
        total[at] = _floor_sum_worth(int(s[at]), int(q[at]), int(k[at]))
    return total


def _full_worth(s: Ints, q: Ints, n: Ints) -> Ints:
    """A claim filled to the last piece, in closed form.

    With q = n s, g(j) = 20000 s - ceil(t_j), t_j = 10000 s (2j - 1) / n. The t_j pair up to whole
    sums, t_j + t_(n+1-j) = 20000 s, so two ceilings of a pair exceed it by 1 unless both are whole:
    G = 10000 q - (n - whole) / 2. t_j is whole when h = n / gcd(n, 10000 s) divides 2j - 1; odd
    multiples of h up to 2n - 1 exist only for odd h, and then n / h of them: the divisor.
    """
    divisor = np.gcd(n, SCALE * s)
    whole = np.where(n // divisor % 2 == 1, divisor, 0)
    return np.asarray(SCALE * q - (n - whole) // 2, dtype=np.int64)


def _expanded_worth(s: Ints, q: Ints, k: Ints) -> Ints:
    total = np.zeros(len(k), dtype=np.int64)
    active = np.arange(len(k))
    nth = 0
    while len(active):
        nth += 1
        total[active] += pack_worth(s[active], q[active], np.int64(nth))  # type: ignore[arg-type]  # broadcasts
        active = active[k[active] > nth]
    return total


def _floor_sum_worth(s: int, q: int, k: int) -> int:
    """Sum of floor((b - a j) / q), j = 1..k, by Euclid's algorithm on Python's big integers."""
    a, b = 2 * SCALE * s * s, SCALE * s * (2 * q + s)
    # Turned around (j -> k - j) the terms rise, as floor_sum wants them.
    return floor_sum(k, q, a, b - a * k)


def floor_sum(n: int, m: int, a: int, b: int) -> int:
    """Sum of floor((a i + b) / m) over i = 0..n-1, in logarithmic time."""
    total = 0
    while n > 0:
        total += n * (n - 1) // 2 * (a // m) + n * (b // m)
        a, b = a % m, b % m
        if a == 0:
            break
        last = a * n + b
        n, b = last // m, last % m
        m, a = a, m
    return total
