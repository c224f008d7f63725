"""One list, read to its end and proven, while rows come and go: it is never called complete with a row missing."""

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rc2graph.rocketchat.listing import COMPLETE, LAST, PAGE, TRIES, Listing


@dataclass
class Server:
    """A list of rows behind `count` and `offset`, that changes before some of its answers."""

    rows: list[str]
    upper: int = 100
    infinite: bool = True
    default: int = 50
    ordered: bool = True
    shuffle: random.Random | None = None
    refuses: bool = False
    """400 on `count=0`."""
    script: dict[int, list[tuple[str, int]]] = field(default_factory=dict)
    asked: list[tuple[int, int]] = field(default_factory=list)
    always: set[str] = field(default_factory=set)
    """Rows that were there from the first answer to the last."""

    def __post_init__(self) -> None:
        self.always = set(self.rows)
        self.new = 0

    def change(self, kind: str, where: int) -> None:
        if kind in ("delete", "replace") and self.rows:
            gone = self.rows.pop(where % len(self.rows))
            self.always.discard(gone)
        if kind in ("insert", "replace"):
            self.new += 1
            self.rows.append(f"{where % 1000:03}-new-{self.new}")
            if self.ordered:
                self.rows.sort()

    def page(self, count: int, offset: int) -> tuple[list[str], int] | None:
        self.asked.append((count, offset))
        lie = short = 0
        for kind, where in self.script.get(len(self.asked), ()):
            if kind == "lie":
                lie = where % 3 - 1
            elif kind == "short":
                short = 1 + where % 3
            else:
                self.change(kind, where)
        if self.refuses and count == 0:
            return None
        rows = self.shuffle.sample(self.rows, len(self.rows)) if self.shuffle else self.rows
        size = min(
            count or (10**9 if self.infinite else self.default), 10**9 if count == 0 and self.infinite else self.upper
        )
        found = rows[offset : offset + size]
        return found[: max(len(found) - short, 0)], max(len(self.rows) + lie, 0)


def read(server: Server) -> tuple[Listing, set[str]]:
    """Ask until the listing has had enough; what it held complete is what its last look brought."""
    listing, looks = Listing(1), {}
    for _ in range(2_000):
        ask = listing.next()
        if ask is None:
            return listing, looks.get(listing.look, set())
        answer = server.page(**ask)
        if answer is None:
            if not listing.refused():
                listing.exhausted = True
            continue
        rows, total = answer
        look, have = listing.look, looks.setdefault(listing.look, set())
        new = len(set(rows) - have)
        have |= set(rows)
        again = look - 1 in looks and looks[look - 1] == have and len(have) == total
        first, last = (rows[0], rows[-1]) if rows else (None, None)
        listing.accept(first, last, len(rows), new, total, again=again)
    raise AssertionError("it never ends")


def names(number: int) -> list[str]:
    return [f"{n:03}" for n in range(number)]


@pytest.mark.parametrize("upper", [1, 2, 3, 50, 99, 100])
@pytest.mark.parametrize("size", [0, 1, 2, 3, 49, 50, 51, 99, 100, 101, 199, 200, 230])
@pytest.mark.parametrize("refuses", [False, True])
def test_i1_a_list_at_rest_is_read_completely(upper, size, refuses):
    server = Server(names(size), upper=upper, default=min(50, upper), infinite=False, refuses=refuses)
    listing, rows = read(server)
    assert listing.complete
    assert rows == set(names(size))
    assert listing.distinct == listing.total == size


@pytest.mark.parametrize("size", [0, 1, 50, 5000])
def test_one_call_is_enough_where_the_server_gives_everything(size):
    server = Server(names(size))
    listing, rows = read(server)
    assert listing.complete
    assert len(rows) == size
    assert server.asked == [(0, 0)]


def test_each_page_begins_with_the_last_row_of_the_page_before():
    server = Server(names(250), infinite=False)
    read(server)
    assert server.asked == [(0, 0), (PAGE, 49), (PAGE, 148), (PAGE, 247)]


@pytest.mark.parametrize("upper", [1, 2, 3, 10])
@pytest.mark.parametrize("ordered", [True, False])
def test_i1_a_deleted_and_an_added_row_leave_the_total_as_it_was_and_are_noticed(upper, ordered):
    """The trap: the total agrees, the rows are as many as it says, and one that was there all the time is missing."""
    for when in range(1, 14):
        for which in range(10):
            script = {when: [("delete", which), ("insert", 999)]}
            server = Server(names(10), upper=upper, default=upper, infinite=False, ordered=ordered, script=script)
            listing, rows = read(server)
            assert not listing.complete or server.always <= rows
            assert listing.complete or upper == 1  # one change is over soon; one row a page needs two tries alike


@pytest.mark.parametrize("lie", [0, 2])  # one too few, one too many
def test_i1_a_total_that_is_wrong_once_is_asked_again(lie):
    for when in (1, 2, 3):
        server = Server(names(7), upper=3, default=3, infinite=False, script={when: [("lie", lie)]})
        listing, rows = read(server)
        assert listing.complete
        assert rows == set(names(7))


def test_i1_a_total_that_is_always_more_than_the_rows_is_never_complete():
    for infinite in (True, False):
        script = {n: [("lie", 2)] for n in range(100)}
        listing, _ = read(Server(names(7), upper=3, default=3, infinite=infinite, script=script))
        assert listing.exhausted
        assert not listing.complete
        assert "7 rows do not fit a total of 8" in listing.why


def test_i1_short_pages_are_gone_on_from_where_they_ended():
    script = {n: [("short", n)] for n in range(1, 40, 2)}
    listing, rows = read(Server(names(40), upper=6, default=6, infinite=False, script=script))
    assert not listing.complete or rows == set(names(40))


def test_i1_a_list_without_any_order_is_complete_only_by_all_its_rows():
    for seed in range(200):
        server = Server(names(6), upper=3, default=3, infinite=False, ordered=False, shuffle=random.Random(seed))
        listing, rows = read(server)
        assert not listing.complete or rows == set(names(6))
    server = Server(names(300), ordered=False, shuffle=random.Random(1))
    assert read(server)[0].complete  # one call needs no order


def test_it_gives_up_after_so_many_tries():
    script = {n: [("delete", 0), ("insert", 999)] for n in range(200)}
    listing, _ = read(Server(names(30), upper=5, default=5, infinite=False, script=script))
    assert listing.exhausted
    assert listing.look == TRIES
    assert listing.why == "rows moved between two pages"


def test_what_must_be_in_a_list_is_part_of_its_proof():
    listing = Listing(1)
    for _ in range(TRIES):
        listing.accept("a", "b", 2, 2, 2, proof=False)
    assert listing.exhausted


def test_the_ledger_is_told_what_a_page_meant():
    listing = Listing(1)
    assert listing.accept("a", "b", 2, 2, 3) == f"{LAST}b"
    assert listing.accept("b", "c", 2, 1, 3) == COMPLETE


changes = st.tuples(st.sampled_from(["delete", "insert", "replace", "lie", "short"]), st.integers(0, 999))


@settings(max_examples=300, deadline=None)
@given(
    size=st.integers(0, 14),
    upper=st.sampled_from([1, 2, 3, 5, 100]),
    infinite=st.booleans(),
    refuses=st.booleans(),
    ordered=st.booleans(),
    script=st.dictionaries(st.integers(1, 20), st.lists(changes, max_size=3), max_size=6),
)
def test_i1_never_complete_while_a_row_that_was_there_all_the_time_is_missing(
    size, upper, infinite, refuses, ordered, script
):
    # a total that is too small is the server's own word that there is no more: only where it wavers can it be noticed
    script = {n: [c for c in made if c[0] != "lie" or c[1] % 3 == 2] for n, made in script.items()}
    server = Server(
        names(size),
        upper=upper,
        default=min(50, upper),
        infinite=infinite,
        refuses=refuses,
        ordered=ordered,
        script=script,
    )
    listing, rows = read(server)
    if listing.complete:
        assert server.always <= rows
        assert len(rows) == listing.total
