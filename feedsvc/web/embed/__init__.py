"""The agenda in other people's pages."""
