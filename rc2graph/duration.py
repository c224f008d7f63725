"""A length of time as a person types it: `90m`, `26h`, `3d`."""

import re
from datetime import UTC, datetime, timedelta

from rc2graph.errors import UsageError

UNITS = {"m": "minutes", "h": "hours", "d": "days"}
LONGEST = timedelta(days=36_500)


def duration(text: str, option: str, example: str) -> timedelta:
    """A length above zero, of at most a hundred years. Errors: `UsageError` that shows how it is written."""
    found = re.fullmatch(r"([0-9]{1,9})([mhd])", text)
    length = timedelta(**{UNITS[found[2]]: int(found[1])}) if found else timedelta(0)
    if not timedelta(0) < length <= LONGEST:
        raise UsageError(
            f"{option} {text!r} is no length of time.",
            "It is a whole number with m (minutes), h (hours) or d (days) behind it.",
            f"Write it like {option} {example}",
        )
    return length


def instant_of(text: object) -> datetime | None:
    """An ISO instant as the graph and snapshots hold it; None for anything else."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def in_words(length: timedelta) -> str:
    """About how long, in the unit that fits: 45 min, 26.5 h, 12.3 d."""
    minutes = length.total_seconds() / 60
    for most, divisor, unit in ((180, 1, "min"), (72 * 60, 60, "h")):
        if minutes < most:
            return f"{minutes / divisor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{minutes / 1440:.1f}".removesuffix(".0") + " d"
