"""A day as people and spreadsheets write it: all days that a text may mean.

Excel shows a date, and saves it, as the country of its user writes it: 12/31/2026, 31/12/2026, 31.12.2026, 31-Dec-26.
"""

import re
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES = "|".join(
    ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
     "december", "sept", *_MONTHS)
)  # fmt: skip
_MIDNIGHT = re.compile(r"[ T](0?0:00(:00(\.0+)?)?Z?|12:00(:00)? AM)\Z", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})\.?", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d\d)", re.ASCII)
_DAY_NAMED = re.compile(rf"(\d{{1,2}})\.?[- ]({_NAMES})\.?[- ](\d{{4}}|\d\d)", re.ASCII | re.IGNORECASE)
_NAMED_DAY = re.compile(rf"({_NAMES})\.? (\d{{1,2}}),? (\d{{4}})", re.ASCII | re.IGNORECASE)


def readings(text: str) -> set[date]:
    """Every day that it may mean somewhere: none where it is no date, one where nobody can read it in another way."""
    text = _MIDNIGHT.sub("", " ".join(text.split()))
    if found := _YEAR_FIRST.fullmatch(text):
        return _days((found[1], found[3], found[4]))
    if found := _DAY_NAMED.fullmatch(text):
        return _days((found[3], _month(found[2]), found[1]))
    if found := _NAMED_DAY.fullmatch(text):
        return _days((found[3], _month(found[1]), found[2]))
    if found := _YEAR_LAST.fullmatch(text):
        one, mark, two, last = found.groups()
        orders = [(last, two, one)]  # with dots it is always the day that comes first
        orders += [(last, one, two)] if mark != "." else []
        orders += [(one, two, last)] if len(last) == 2 else []
        return _days(*orders)
    return set()


def _days(*orders: tuple[str, str, str]) -> set[date]:
    found = set()
    for year, month, day in orders:
        try:
            found.add(date(int(year) + (2000 if len(year) <= 2 else 0), int(month), int(day)))
        except ValueError:
            continue
    return found


def _month(name: str) -> str:
    return str(_MONTHS.index(name.lower()[:3]) + 1)
