"""The command line, one module for each group of commands. A module's `register(app)` adds its commands."""
