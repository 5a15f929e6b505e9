"""The worst days of a deploy tool, as tests: whatever is cut off, killed, lost or full, the three promises hold."""
