"""The suites, one module each: `run(bench)` measures and returns its tables."""
