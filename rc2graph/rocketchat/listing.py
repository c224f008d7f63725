"""Read one list to its end and prove it: a state machine that says what to ask next and judges each answer.

One call with `count=0` brings everything where the server allows it (the default, rocketchat.md §3.1). Otherwise pages,
and each page begins with the last row of the page before: where that row is not there any more, rows were deleted or
added in between, and the list is read anew rather than believed. (One deleted and one added leave the total as it was,
and skip a row.) A list is complete only when its distinct rows are as many as its total says.

That holds for an order in which rows do not change places: `_id` where we may ask for it, else the order in which the
database holds them (rocketchat.md §3.3).
"""

from dataclasses import dataclass

PAGE = 100
"""The server's own upper limit (rocketchat.md §3.1)."""
TRIES = 3
"""So many times a list is read anew when it moves or does not add up."""
COMPLETE, LAST, ANEW = "complete", "last ", "anew: "
"""What the ledger notes of a page."""


@dataclass
class Listing:
    """`first_look`: number of the first try; every further try is one higher. `blind`: a page came without overlap,
    as one row a page cannot have one; such a list must come out the same twice. `in_pages`: it does not come as a
    whole, so no further try asks for that."""

    first_look: int
    look: int = 0
    received: int = 0
    total: int | None = None
    last: str | None = None
    paged: bool = False
    largest: int = 0
    blind: bool = False
    in_pages: bool = False
    distinct: int = 0
    complete: bool = False
    exhausted: bool = False
    why: str = ""

    def __post_init__(self) -> None:
        self.look = self.look or self.first_look
        self.paged = self.paged or self.in_pages

    def next(self) -> dict[str, int] | None:
        """Parameters of the next request, or None when there is nothing left to ask."""
        if self.complete or self.exhausted:
            return None
        if not self.paged:
            return {"count": 0, "offset": 0}
        return {"count": PAGE, "offset": self.received - self._overlap}

    @property
    def _overlap(self) -> int:
        return 1 if self.received and self.largest > 1 else 0

    def accept(
        self,
        first: str | None,
        last: str | None,
        rows: int,
        new: int,
        total: int,
        *,
        proof: bool = True,
        again: bool = False,
    ) -> str:
        """Judge a page: its first and last id, its rows, how many of them were `new` in this look, its total;
        `proof`: it shows the account that asks, with its roles; `again`: the try before brought the very same rows.
        Returns the note for the ledger."""
        if self.total is not None and total != self.total:
            return self._anew(f"its total went from {self.total} to {total} between two pages")
        if self._overlap and first != self.last:
            return self._anew("rows moved between two pages")
        self.blind |= bool(self.received and not self._overlap)
        self.received += rows - self._overlap
        self.distinct += new
        self.total, self.last, self.paged = total, last, True
        self.largest = max(self.largest, rows)
        if self.distinct == self.received == total:
            if not proof:
                return self._anew("it does not show the account of the token with its roles")
            if self.blind and not again:
                return self._anew("one row a page proves nothing by itself")
            self.complete = True
            return COMPLETE
        if not new or self.received >= total:
            return self._anew(f"{self.distinct} rows do not fit a total of {total}")
        return f"{LAST}{last}"

    def refused(self) -> bool:
        """A 400, or a whole list that a gateway gave up on: True where paging may still help (old servers fail on
        `count=0`, rocketchat.md §3.1)."""
        if self.paged:
            return False
        self.paged = self.in_pages = True
        return True

    def _anew(self, why: str) -> str:
        self.why = why
        if self.look - self.first_look + 1 >= TRIES:
            self.exhausted = True
        else:
            self.look += 1
            self.received, self.distinct, self.total, self.last, self.largest = 0, 0, None, None, 0
            self.paged, self.blind = self.in_pages, False
        return f"{ANEW}{why}"
