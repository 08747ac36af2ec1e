"""The pure core: no clock, no network, no files, no environment. Everything here is given its input and returns values."""
