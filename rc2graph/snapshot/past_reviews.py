"""What earlier reviews found: a line of counts for each, without a name, beside the snapshots.

Only reviews of all questions with their defaults are kept, one for each load: another review of the same load takes its
place.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rc2graph.files import new_files

FILE = "reviews.jsonl"
KEPT = 400
"""Reviews of a workspace: a year of one each day."""


@dataclass(frozen=True)
class PastReview:
    """`found`: question → how many rows; None: not visible in full then."""

    workspace: str
    as_of: str
    found: Mapping[str, int | None]


def past_reviews(home: Path) -> list[PastReview]:
    """What is kept, in order of time. A line that cannot be read is left out."""
    try:
        lines = (home / FILE).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    found = [one for line in lines if (one := _read(line))]
    return sorted(found, key=lambda one: (one.as_of, one.workspace))


def add(home: Path, reviews: Iterable[PastReview]) -> None:
    """Keep these too. Errors: `UsageError` where the folder cannot be written."""
    new = {(one.workspace, one.as_of): one for one in reviews}
    _write(home, [*(one for one in past_reviews(home) if (one.workspace, one.as_of) not in new), *new.values()])


def forget_workspace(home: Path, workspace: str) -> None:
    """Remove what is kept of a workspace. Errors: as `add`."""
    past = past_reviews(home)
    if any(one.workspace == workspace for one in past):
        _write(home, [one for one in past if one.workspace != workspace])


def _write(home: Path, reviews: Iterable[PastReview]) -> None:
    of = dict[str, list[PastReview]]()
    for one in sorted(reviews, key=lambda one: one.as_of):
        of.setdefault(one.workspace, []).append(one)
    with new_files([home / FILE], overwrite=True) as files:
        file = files.open(home / FILE)
        file.writelines(json.dumps(vars(one)) + "\n" for each in of.values() for one in each[-KEPT:])


def _read(line: str) -> PastReview | None:
    try:
        told = json.loads(line)
        found = {str(name): number for name, number in told["found"].items()}
        if all(number is None or isinstance(number, int) for number in found.values()):
            return PastReview(str(told["workspace"]), str(told["as_of"]), found)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    return None
