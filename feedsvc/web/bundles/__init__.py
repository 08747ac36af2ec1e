"""Saved choices: their form and routes."""
