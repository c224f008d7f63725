"""What stands at the top of the page of a review: what was found, how much it is, and what became of it since."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rc2graph.render.pages import kind as style
from rc2graph.reviews.past import before, counts
from rc2graph.reviews.questions import SEVERITIES, Question
from rc2graph.reviews.run import FINDINGS, LISTED, NONE, NOT_VISIBLE, Result, Review, Seen
from rc2graph.snapshot.past_reviews import PastReview
from rc2graph.text import counted, listed

JUDGED = SEVERITIES[:-1]
TREND = 24
"""Reviews in a line."""
WIDE, HIGH, EDGE = 400, 80, 6
"""Of the picture of it."""


@dataclass(frozen=True)
class Bar:
    """`width`: per cent of the questions of this severity that found something."""

    severity: str
    width: int
    told: str


@dataclass(frozen=True)
class Card:
    kind: str
    style: str
    number: int
    told: str


@dataclass(frozen=True)
class Line:
    severity: str
    points: str


@dataclass(frozen=True)
class Trend:
    told: str
    lines: list[Line]


@dataclass(frozen=True)
class Changed:
    """A workspace against the review before."""

    told: str
    new: list[Question]
    gone: list[Question]
    trend: Trend | None


@dataclass
class Summary:
    headline: str
    bars: list[Bar]
    cards: list[Card]
    results: list[Result]
    changes: list[Changed] = field(default_factory=list)
    counted: dict[tuple[str, str], int | None] = field(default_factory=dict)
    """(workspace, question) → what the review before found."""


def kind(result: Result) -> str:
    """The card that counts it."""
    return result.question.severity if result.verdict == FINDINGS else style(result.verdict)


def summarized(review: Review, results: Sequence[Result], past: Iterable[PastReview]) -> Summary:
    """`results` in the order of the page."""
    bars = [_bar(review, severity) for severity in JUDGED]
    cards = [Card(one, f"severity {one}", _found(review, one), one) for one in JUDGED]
    for verdict, told in ((NOT_VISIBLE, "not visible"), (NONE, "none found"), (LISTED, "inventories")):
        cards.append(Card(style(verdict), "", review.count(verdict), told))
    made = Summary(_headline(review), bars, cards, list(results))
    past = list(past)
    for seen in review.seen:
        earlier = before(past, seen.workspace, seen.as_of)
        if earlier:
            made.changes.append(_changed(review, seen, earlier))
            made.counted |= {(seen.workspace, name): number for name, number in earlier[-1].found.items()}
    return made


def _found(review: Review, severity: str) -> int:
    return sum(one.verdict == FINDINGS and one.question.severity == severity for one in review.results)


def _rows(review: Review, severity: str) -> int:
    return sum(one.total for one in review.results if one.verdict == FINDINGS and one.question.severity == severity)


def _headline(review: Review) -> str:
    """What was found, in words."""
    asked = [one for one in review.results if one.question.severity in JUDGED]
    told = [f"{counted(_rows(review, one), 'finding')} of {one} severity" for one in JUDGED if _found(review, one)]
    text = f"{listed(told)}." if told else "Nothing was found."
    text += f" {counted(review.count(FINDINGS), 'question')} of {len(asked):,} found something"
    unseen = review.count(NOT_VISIBLE)
    return f"{text}; {unseen:,} could not be answered in full." if unseen else f"{text}."


def _bar(review: Review, severity: str) -> Bar:
    asked = sum(one.question.severity == severity for one in review.results)
    found = _found(review, severity)
    told = f"{found:,} of {counted(asked, 'question')}, {counted(_rows(review, severity), 'finding')}"
    return Bar(severity, round(100 * found / asked) if asked else 0, told)


def _changed(review: Review, seen: Seen, earlier: Sequence[PastReview]) -> Changed:
    then = earlier[-1].found
    new, gone, still = list[Question](), list[Question](), 0
    for one in review.results:
        if one.workspace != seen.workspace or one.question.severity not in JUDGED:
            continue
        past, now = then.get(one.question.name), one.verdict
        if past is None or now == NOT_VISIBLE or one.gaps:
            continue  # not asked or not visible, then or now: neither new nor gone
        if now == FINDINGS:
            new += [one.question] if not past else []
            still += bool(past)
        elif past:
            gone.append(one.question)
    place = f" in {seen.workspace}" if len(review.seen) > 1 else ""
    then_at = earlier[-1].as_of[:16].replace("T", " ")
    told = (
        f"Questions with findings{place}, against the review of the load of {then_at} UTC: {len(new):,} new, "
        f"{len(gone):,} gone, {still:,} still there."
    )
    return Changed(told, new, gone, _trend(review, seen, earlier))


def _trend(review: Review, seen: Seen, earlier: Sequence[PastReview]) -> Trend | None:
    """Findings of each severity in the last reviews, the last of them this one: of those questions that all of these
    have answered in full, as what was not visible is no smaller number."""
    severity = {one.question.name: one.question.severity for one in review.results}
    now = {name: found for name, found in counts(review, seen.workspace).items() if severity[name] in JUDGED}
    reviews = [*(one.found for one in earlier[-TREND + 1 :]), now]
    answered = [name for name in now if all(each.get(name) is not None for each in reviews)]
    sums = {
        one: [sum(each[name] or 0 for name in answered if severity[name] == one) for each in reviews] for one in JUDGED
    }
    most = max(max(each) for each in sums.values())
    if not most:
        return None
    step = (WIDE - 2 * EDGE) / (len(reviews) - 1)

    def points(numbers: Sequence[int]) -> str:
        return " ".join(
            f"{EDGE + step * n:.0f},{HIGH - EDGE - (HIGH - 2 * EDGE) * number / most:.0f}"
            for n, number in enumerate(numbers)
        )

    which = (
        "" if len(answered) == len(now) else f" of the {counted(len(answered), 'question')} that all of them answered"
    )
    told = f"Findings in the last {len(reviews)} reviews{which}: " + listed(
        [f"{one} {numbers[0]:,} → {numbers[-1]:,}" for one, numbers in sums.items()]
    )
    return Trend(told, [Line(one, points(numbers)) for one, numbers in sums.items()])
