"""How events and results are shown: a live checklist, plain lines, JSON."""
