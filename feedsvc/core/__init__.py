"""The pure core: no clock, no network, no files, no environment. It is given what it needs, and returns values."""
