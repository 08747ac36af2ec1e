"""The public web: the gate, feeds, pages, operations."""
