"""How things look: a live checklist, plain lines, result texts and JSON. It decides nothing."""
