"""Our own settings, `configs/hosts.yaml`: read, judged with file and line, and typed."""
