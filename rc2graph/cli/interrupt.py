"""Ctrl-C and SIGTERM, as one thing that no library on the way takes for its own."""

import signal
from types import FrameType


class Interrupted(BaseException):
    """A person or the system wants us to stop. The text says what is kept and how to go on."""


def listen() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> None:
    raise Interrupted
