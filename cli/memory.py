"""How little memory a command keeps: set before its libraries are loaded."""

import ctypes
import os
from contextlib import suppress

# The number of glibc's setting.
M_ARENA_MAX = -8
# Where the data frames' allocator looks for its settings when it is loaded, and what it finds.
FRAMES_SETTINGS = "_RJEM_MALLOC_CONF"
GIVE_BACK_SOON = "dirty_decay_ms:1000,narenas:1"
# How many threads the arrays' library starts for matrices. There are none, and threads that wait
# for them cost 70 ms of processor time.
MATRIX_THREADS = "OPENBLAS_NUM_THREADS"
MEMORY_SETTINGS = (FRAMES_SETTINGS, MATRIX_THREADS)


def limit_memory() -> None:
    """Have arrays and data frames keep what is freed in one place, where a later one finds it.

    Some 50 MiB less at a million claims. glibc gives every thread a heap of its own and keeps in
    each what was freed there; so does the data frames' allocator, for ten seconds. Given back at
    once instead of after a second, the same pages would be asked for again twice as often. Where
    there is another C library or another allocator, this does nothing. One thread is enough for
    matrices. A setting of the user's own stays.
    """
    os.environ.setdefault(FRAMES_SETTINGS, GIVE_BACK_SOON)
    os.environ.setdefault(MATRIX_THREADS, "1")
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)
