"""Values from outside inside messages: people read what they gave, and no more of it than fits."""

from __future__ import annotations

#: Letters of a value that a message shows.
MOST_LETTERS = 60
#: Bits of a number that is written: Python refuses those of thousands of digits.
MOST_BITS = 1024
#: Entries of a list or an object that is shown as it is.
MOST_ENTRIES = 4


def shown(value: object, most: int = MOST_LETTERS) -> str:
    """A value as it is written in Python, in at most so many letters; of large lists and objects their size."""
    if isinstance(value, (list, tuple, dict)):
        entries = list(value.values() if isinstance(value, dict) else value)
        if len(entries) > MOST_ENTRIES or any(isinstance(entry, (list, tuple, dict)) for entry in entries):
            return f"a {type(value).__name__} of {len(entries)}"
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        return f"a number of {value.bit_length():,} bits"
    # of a long text the beginning alone is looked at: to write all of it would take as much memory again
    text = repr(value[: most + 1] if isinstance(value, (str, bytes)) else value)
    return text if len(text) <= most else text[: most - 3] + "..."
