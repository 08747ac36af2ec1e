"""Event sources: one module for each kind, found by its file name. A kind is handed `fetch` and gives a Reading."""
