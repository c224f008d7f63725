"""Fixtures that every test may use: the two engines (engines.py)."""

pytest_plugins = ["tests.engines"]
