"""Fixtures that every test may use: the two engines (engines.py)."""

import pytest

pytest_plugins = ["tests.engines"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Neo4j Browser first: the longest, and so all of it in one worker of xdist, which starts it once."""
    items.sort(key=lambda item: item.path.name != "test_browser_page.py")
