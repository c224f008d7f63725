"""The point where a list stands, read back from the ledger: what makes a killed run go on where it was."""

from rc2graph.rocketchat.listing import ANEW, COMPLETE, LAST, TRIES, Listing
from rc2graph.snapshot import Collection

REFUSED, GONE, FORBIDDEN, UNKNOWN, THERE = "refused", "gone", "forbidden", "unknown", "still there"
UNANSWERED = "unanswered: "
"""Notes of answers that carry no rows: 400 for this one list; the team does not exist any more; a permission is
missing; the server does not know the route; a team exists that the list of teams does not show; no answer came, and
why."""


def listing(file: Collection, route: str, base: int, subject: str = "") -> Listing:
    """The list of `route` (of `subject`) in the pass that begins at `base`."""
    stands = Listing(base + 1)
    for page in file.pages(route, subject=subject):
        if not base < page.look <= base + TRIES:
            continue
        note = page.note or ""
        if page.look != stands.look:
            stands = Listing(base + 1, look=page.look, in_pages=stands.in_pages)
        if page.status >= 400:
            stands.paged = stands.in_pages = True
            over = note in (REFUSED, GONE, FORBIDDEN, UNKNOWN) or note.startswith(UNANSWERED)
            stands.exhausted, stands.why = over, note
        elif note.startswith(ANEW):
            stands = Listing(base + 1, look=min(page.look + 1, base + TRIES), in_pages=stands.in_pages)
            stands.exhausted, stands.why = page.look == base + TRIES, note.removeprefix(ANEW)
        else:
            stands.blind |= bool(stands.received) and page.offset == stands.received
            stands.received, stands.total, stands.paged = page.offset + page.rows, page.total, True
            stands.largest = max(stands.largest, page.rows)
            stands.last = note.removeprefix(LAST) if note.startswith(LAST) else None
            stands.complete = note == COMPLETE
    stands.distinct = stands.received
    return stands
