"""Releases, history, lock and run state as text and values. Pure."""
