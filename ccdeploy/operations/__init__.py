"""The verbs; each is one linear function that can be read aloud."""
