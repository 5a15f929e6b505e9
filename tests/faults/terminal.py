"""What a terminal may be given."""

from __future__ import annotations


def is_quiet(text: str) -> bool:
    """Whether nothing in a text moves the cursor, rings or hides: it holds no control characters but ends of lines."""
    return not any((ord(one) < 32 and one != "\n") or 127 <= ord(one) < 160 or one == "\u202e" for one in text)
