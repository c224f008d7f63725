"""Do two things at once, with a graph that answers elsewhere: make the next rows while it works on the last ones."""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def prefetch(items: Iterator[Item]) -> Generator[Item, None, None]:
    """The same items (none is None); each is made in a thread while the caller is busy with the one before.

    What making one raises is raised where it was asked for. To be closed (`closing`), which waits for the thread.
    """
    with ThreadPoolExecutor(1) as thread:
        following = thread.submit(next, items, None)
        while (item := following.result()) is not None:
            following = thread.submit(next, items, None)
            yield item


def answers(ask: Callable[[Item], Result], items: Iterator[Item], at_once: int = 2) -> Generator[Result, None, None]:
    """What `ask` says of each item, in their order; `at_once` are asked while the caller makes the next.

    To be closed, as `prefetch`.
    """
    asked: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(at_once) as threads:
        for item in items:
            asked.append(threads.submit(ask, item))
            if len(asked) > at_once:
                yield asked.popleft().result()
        while asked:
            yield asked.popleft().result()
