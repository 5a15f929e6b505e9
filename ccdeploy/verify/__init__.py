"""The checks of a serving proxy, none of which loads a model, and how to wait for it."""
