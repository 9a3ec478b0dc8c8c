"""Telling an error that means "there is no memory left" from all others: libraries have many words for it."""

from __future__ import annotations

import errno

#: What PyTorch, its convolutions and the system say.
WORDS = ("can't allocate memory", "cannot allocate memory", "not enough memory", "out of memory",
         "could not create a primitive", "could not create a memory object", "bad allocation", "bad_alloc")  # fmt: skip


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error, or what led to it, says that there is no memory left."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, MemoryError) or (isinstance(seen, OSError) and seen.errno == errno.ENOMEM):
            return True
        if isinstance(seen, RuntimeError) and any(words in str(seen).lower() for words in WORDS):
            return True
        seen = seen.__cause__
    return False
