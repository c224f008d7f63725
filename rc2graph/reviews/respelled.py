"""A name as a spreadsheet saves it that took it for a number or a date: `0012345` as 12345, `12-03` as 12. Mrz."""

import re
from datetime import date
from decimal import Decimal

from rc2graph.reviews.day import readings

FEWEST = 5
"""Digits that a spreadsheet leaves of a long number (1.23457E+18 has six)."""
_NUMBER = re.compile(r"-?\d{1,25}([.,]\d{1,25})?(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_NUMBERS = re.compile(r"\d+", re.ASCII)
_WORDS = re.compile(r"[^\W\d_]+")
_DAY = re.compile(
    r"(\d{1,2})[-/. ](\d{1,2})|([a-z]{3,9})[- ]?(\d{1,2})|(\d{1,2})[- ]?([a-z]{3,9})", re.ASCII | re.IGNORECASE
)


def respelled(shown: str, name: str) -> bool:
    """Whether `shown` is what a spreadsheet may have made of `name`."""
    return _same_number(shown, name) or _same_day(shown, name)


def _same_number(shown: str, name: str) -> bool:
    if not _NUMBER.fullmatch(shown) or not _NUMBER.fullmatch(name):
        return False
    one, other = Decimal(shown.replace(",", ".")).normalize(), Decimal(name.replace(",", ".")).normalize()
    if one == other:
        return True
    few = len(one.as_tuple().digits)
    return FEWEST <= few < len(other.as_tuple().digits) and abs(one - other) < Decimal(10) ** int(
        one.as_tuple().exponent
    )


def _same_day(shown: str, name: str) -> bool:
    if not _DAY.fullmatch(name):
        return False
    numbers, words = {int(text) for text in _NUMBERS.findall(name)}, _WORDS.findall(name)
    told, month = [int(text) for text in _NUMBERS.findall(shown)], _WORDS.findall(shown)
    if len(numbers) == 2 or not words:
        return (len(month) == 1 and bool(told) and told[0] in numbers) or any(
            {day.day, day.month} == numbers for day in readings(shown)
        )
    if len(month) == 1:
        return bool(numbers & set(told)) and month[0][:3].casefold() == words[0][:3].casefold()
    return any(day.day in numbers and _named(day, words[0]) for day in readings(shown))


def _named(day: date, word: str) -> bool:
    return any(day.replace(day=1) == one.replace(day=1, year=day.year) for one in readings(f"1-{word}-2000"))
