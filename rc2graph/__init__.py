"""Reads one Rocket.Chat workspace through its REST API into a graph, for access reviews."""

__version__ = "0.1.0"
