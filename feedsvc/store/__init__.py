"""The store: the only SQL. SQLAlchemy Core, one code for SQLite and PostgreSQL."""
