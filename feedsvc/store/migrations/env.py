"""Alembic asks for this file; `store.migrate` runs the migrations itself, inside its own transaction."""
