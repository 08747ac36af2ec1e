"""Measurements: what this service costs, beside what a user would pick instead. Run by `./run bench`."""
