"""Text measured in the cells of a terminal: a Chinese character takes two, a combining one none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

PIPE_CELLS = 80  # where no terminal says how wide it is


def cells_of(text: str) -> int:
    """Return how many cells a text takes."""
    from rich.cells import cell_len  # for pictures only: `check` does without rich

    return cell_len(text)


def fitted(text: str, count: int) -> str:
    """Return a text of exactly `count` cells: filled up, or ended by `...`."""
    from rich.cells import set_cell_size

    if cells_of(text) <= count:
        return set_cell_size(text, count)
    return set_cell_size(text, count) if count < 4 else set_cell_size(text, count - 3) + "..."


def packed(pieces: Iterable[str], count: int) -> Iterator[str]:
    """Yield lines of at most `count` cells with as many pieces as fit, two spaces apart."""
    line = ""
    for piece in (fitted(piece, count).rstrip() for piece in pieces):
        joined = f"{line}  {piece}" if line else piece
        if cells_of(joined) > count:
            yield line
            joined = piece
        line = joined
    if line:
        yield line
