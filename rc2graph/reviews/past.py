"""A review against those before it."""

import logging
from collections.abc import Iterable
from pathlib import Path

from rc2graph.errors import UsageError
from rc2graph.reviews.run import Review
from rc2graph.snapshot.past_reviews import PastReview, add

log = logging.getLogger(__name__)


def before(past: Iterable[PastReview], workspace: str, as_of: str | None) -> list[PastReview]:
    """Those of a workspace whose load was an earlier one, in order of time."""
    return [one for one in past if one.workspace == workspace and one.as_of < (as_of or "")]


def keep(home: Path, review: Review) -> None:
    """Keep the counts of a review. A folder that is not there, or cannot be written, keeps none."""
    new = [PastReview(seen.workspace, seen.as_of, counts(review, seen.workspace)) for seen in review.seen if seen.as_of]
    if new and home.is_dir():
        try:
            add(home, new)
        except UsageError as error:
            log.info("The counts of this review are not kept: %s", error)


def counts(review: Review, workspace: str) -> dict[str, int | None]:
    """Question → how many rows; None: not visible in full."""
    return {
        one.question.name: None if one.gaps else one.total  # at least so many is not how many
        for one in review.results
        if one.workspace == workspace
    }
