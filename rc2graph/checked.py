"""What a caller of the Python API gives, held against what is wanted, before anybody is asked.

Each function says the value as it is used, or raises a `UsageError` that names the parameter and what it takes. Values
are shown only where they cannot be a secret.
"""

import math
import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from rc2graph.errors import UsageError

Kind = TypeVar("Kind")
_LONGEST = 1e9
"""Seconds."""


def kind(name: str, value: Any, wanted: type[Kind]) -> Kind:
    if not isinstance(value, wanted):
        raise _refused(name, value, f"a {wanted.__name__}")
    return value


def text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _refused(name, value, "a text")
    return value


def several(name: str, value: Any) -> list[Any]:
    if not isinstance(value, Iterable):
        raise _refused(name, value, "a list")
    return list(value)


def path(name: str, value: Any) -> Path:
    """A path, also as text."""
    if not isinstance(value, str | os.PathLike) or not str(value):
        raise _refused(name, value, "a path")
    return Path(value)


def length(name: str, value: Any) -> timedelta:
    """A length of time; a number is seconds."""
    if _is_number(value) and value < _LONGEST:
        value = timedelta(seconds=value)
    if not isinstance(value, timedelta) or value < timedelta(0):
        raise _refused(name, value, "a timedelta, or seconds, not below 0")
    return value


def number(name: str, value: Any, least: float, most: float = math.inf) -> float:
    if not _is_number(value) or not least <= value <= most:
        raise _refused(name, value, f"a number from {least:g} to {most:g}")
    return float(value)


def whole(name: str, value: Any, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise _refused(name, value, f"a whole number, at least {least}")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _refused(name: str, value: Any, wanted: str) -> UsageError:
    shown = value if isinstance(value, int | float | timedelta | None) else f"a {type(value).__name__}"
    return UsageError(f"{name} cannot be {shown}.", "", f"It takes {wanted}.")
