"""Rules between the store and a screen, shared by pages, administrators and the command line.

Each is handed the store, the vocabulary and the clock that it needs; none knows Flask or how a process is wired.
"""
