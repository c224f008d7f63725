"""A length of time as a person types it: `90s`, `5m`, `26h`, `3d`."""

import re
from datetime import UTC, datetime, timedelta

from rc2graph.errors import UsageError

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
LONGEST = timedelta(days=36_500)


def duration(text: str, option: str, example: str, *, bare: str = "", zero: bool = False) -> timedelta:
    """A length above zero (`zero`: or zero), of at most a hundred years. `bare`: the unit (of `UNITS`) of a number
    without one. Errors: `UsageError` that shows how it is written."""
    found = re.fullmatch(r"([0-9]{1,9})([smhd])", text) or (
        re.fullmatch(r"([0-9]{1,9}\.?[0-9]{0,9}|\.[0-9]{1,9})()", text) if bare else None
    )
    length = timedelta(**{UNITS[found[2] or bare]: float(found[1])}) if found else None
    if length is None or not (timedelta(0) < length <= LONGEST or (zero and not length)):
        raise UsageError(
            f"{option} {text!r} is not a duration.",
            "It is a whole number with s (seconds), m (minutes), h (hours) or d (days) behind it"
            + (f"; a number alone means {UNITS[bare]}." if bare else "."),
            f"Write it like {option}{'=' if option.isupper() else ' '}{example}",
        )
    return length


def written(length: timedelta) -> str:
    """As it is typed, in the largest unit that leaves nothing over: 5m, 26h, 0.5s."""
    for unit, name in reversed(UNITS.items()):
        number = length / timedelta(**{name: 1})
        if number.is_integer() and number:
            return f"{number:.0f}{unit}"
    return f"{length.total_seconds():g}s"


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
