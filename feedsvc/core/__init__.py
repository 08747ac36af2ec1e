"""The pure core: no clock, no network, no files, no environment. What it needs it is given, what it finds it returns."""
