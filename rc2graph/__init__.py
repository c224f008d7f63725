"""Reads one Rocket.Chat workspace through its REST API into a graph, for access reviews.

    from rc2graph import GraphTarget, Source, load, who

    graph = GraphTarget()
    load(Source("https://chat.example.org", user_id="…", token="…"), graph)
    who(graph, "admin")

What is public stands in `__all__`, and in docs/python.md. It is imported when it is first used, so that the command
stays quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from rc2graph.version import __version__

if TYPE_CHECKING:
    from rc2graph.ask import diff, review, who, why
    from rc2graph.config import GraphTarget, Source
    from rc2graph.pipeline import collect, load

__all__ = ["GraphTarget", "Source", "__version__", "collect", "diff", "load", "review", "who", "why"]

_MODULES = {"GraphTarget": "config", "Source": "config", "collect": "pipeline", "load": "pipeline"}
"""Of what is not in `ask`."""


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'ask')}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
