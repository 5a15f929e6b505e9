"""Runs the pages as a reader would, each against a host made for it, in order, and records what was printed.

A page says with `<!-- story: WORLD -->` which host it is read on (worlds.py). A console block shows commands and what
they print, which is recorded here; an sh block shows commands alone. Each command must end with 0, or as its comment
says: `# ends with 6`. What cannot run says why: `<!-- not run: REASON -->` above a block, or at the top for all.
"""
