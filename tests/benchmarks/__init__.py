"""The pure parts of the benchmarks: a figure is only as good as what counts it."""
