"""An answer is read as it comes: rows are mapped one by one, and only a whole answer that says success counts."""

import gzip
import io
import json
from contextlib import suppress
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc2graph.model import Membership, Permission, Role, Room, Team, User
from rc2graph.rocketchat.answer import Broken, read
from rc2graph.rocketchat.mapping import Malformed
from rc2graph.rocketchat.spool import IN_MEMORY, Spool


class Drops(io.BytesIO):
    """A body that comes byte by byte."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(1, size) if size else 0)


def parsed(payload, array="rows", make=dict):
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return read(io.BytesIO(body), array, make, None)


def test_rows_are_mapped_and_everything_else_is_kept_as_fields():
    answer = parsed({"total": 2, "rows": [{"a": 1}, {"a": 2}], "count": 2, "success": True}, make=lambda row: row["a"])
    assert list(answer.rows) == [1, 2]
    assert answer.fields == {"total": 2, "count": 2, "success": True}
    assert answer.total == 2


def test_the_order_of_keys_does_not_matter():
    answer = parsed(b'{"success":true,"rows":[{"a":{"b":[1,{"c":null}]}}],"total":1}')
    assert list(answer.rows) == [{"a": {"b": [1, {"c": None}]}}]


def test_it_is_read_the_same_byte_by_byte():
    body = json.dumps({"rows": [{"name": "Zoë 🚀", "x": [[]]}], "success": True}, ensure_ascii=False).encode()
    assert list(read(Drops(body), "rows", dict, None).rows) == [{"name": "Zoë 🚀", "x": [[]]}]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"<!DOCTYPE html><html></html>",
        b'{"rows":[{"a":1}],"success":true',
        b'{"rows":[{"a":1}',
        b'{"rows":[{"a":1},],"success":true}',
        b'{"rows":[],"success":true}{"rows":[]}',
        b'{"rows":[],"success":true} garbage',
        b'{"rows":["\xff\xfe"],"success":true}',
        b'{"rows":[{"a":NaN}],"success":true}',
        gzip.compress(b'{"rows":[],"success":true}', mtime=0),
    ],
)
def test_what_is_no_whole_json_counts_for_nothing(body):
    with pytest.raises((Broken, Malformed)):
        parsed(body)


@pytest.mark.parametrize(
    "payload",
    [
        [],
        "text",
        None,
        {},
        {"success": True},
        {"rows": []},
        {"rows": [], "success": False},
        {"rows": [], "success": "true"},
        {"rows": [], "success": 1},
        {"rows": {}, "success": True},
        {"rows": None, "success": True},
        {"rows": [1], "success": True},
        {"rows": [[]], "success": True},
        {"rows": [None], "success": True},
    ],
)
def test_json_of_another_shape_than_promised_is_malformed(payload):
    with pytest.raises(Malformed):
        parsed(payload)


@pytest.mark.parametrize("total", ["2", None, True, 2.5, -1, 2**60, [2]])
def test_a_total_that_is_no_count_is_no_total(total):
    assert parsed({"rows": [], "total": total, "success": True}).total is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode()))
def test_no_body_breaks_the_reader_with_anything_else(body):
    with suppress(Broken, Malformed):
        parsed(body)


@given(
    st.lists(st.dictionaries(st.text(max_size=4), json_values.filter(lambda v: "NaN" not in repr(v)), max_size=3)),
    st.integers(0, 200),
)
def test_a_body_cut_anywhere_never_counts(rows, cut):
    body = json.dumps({"rows": rows, "success": True}).replace("Infinity", "1").replace("NaN", "1").encode()
    cut = min(cut, len(body) - 1)
    with pytest.raises((Broken, Malformed)):
        parsed(body[:cut])


@pytest.mark.parametrize(
    "value", [2**63 - 1, 1 - 2**63, 1e308, -0.0, 0.1, True, None, "", " ", [[], {}], {"": {"a": [1, "1"]}}]
)
def test_a_row_says_what_the_json_says(value):
    assert [repr(row) for row in parsed({"rows": [{"a": value}], "success": True}).rows] == [repr({"a": value})]


@pytest.mark.parametrize(
    "figure",
    ["1e999", "-1e999", "NaN", "-Infinity", "9" * 19, "9" * 400, "-" + "9" * 400, "9" * 5_000, "01", "1."],
)
@pytest.mark.parametrize("place", ['{"rows":[{"a":%s}],"success":true}', '{"rows":[],"total":%s,"success":true}'])
def test_a_figure_that_none_has_counts_for_nothing(place, figure):
    with pytest.raises(Broken):
        parsed((place % figure).encode())


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        (b'{"rows":[{"a":1}],"rows":[{"a":2}],"success":true}', [{"a": 1}, {"a": 2}]),
        (b'{"rows":[],"total":1,"total":[],"success":true}', []),
        (rb'{"rows":[{"a":"\ud83d\ude00"}],"success":true}', [{"a": "😀"}]),
        (rb'{"rows":[{"a":"\ud800"}],"success":true}', [{"a": "?"}]),
    ],
)  # fmt: skip
def test_no_row_is_lost_where_a_key_is_there_twice_or_a_letter_by_half(body, rows):
    assert list(parsed(body).rows) == rows


@pytest.mark.parametrize("spelt", ["se/cret", r"se\/cret", r"\u0073e/cret", r"s\u0065\u002fcret"])
def test_i8_a_token_that_is_echoed_is_cut_out_however_it_is_spelt(spelt):
    body = b'{"rows":[{"a":"x %s x"}],"success":true}' % spelt.encode()
    assert list(read(io.BytesIO(body), "rows", dict, None, "se/cret").rows) == [{"a": "x … x"}]


def test_an_answer_is_read_as_it_comes():
    """Rows are mapped before the last byte is there, so memory does not grow with their number."""
    body = io.BytesIO(b'{"rows":[' + b",".join([b'{"a":1}'] * 60_000) + b'],"success":true}')
    places = []
    answer = read(body, "rows", lambda row: places.append(body.tell()), None)
    assert len(answer.rows) == 60_000
    assert places[0] < 100_000 < places[-1]
    answer.rows.close()


def test_nesting_does_not_exhaust_the_stack():
    deep = b'{"rows":[{"a":' + b"[" * 50_000 + b"]" * 50_000 + b'}],"success":true}'
    assert len(parsed(deep, make=lambda row: "seen").rows) == 1


def test_many_rows_wait_in_a_file_without_a_name(tmp_path):
    spool = Spool(tmp_path)
    for number in range(IN_MEMORY * 2 + 5):
        spool.append(number)
    assert list(tmp_path.iterdir()) == []
    assert len(spool) == IN_MEMORY * 2 + 5
    assert spool.first == 0
    assert list(spool) == list(spool) == list(range(IN_MEMORY * 2 + 5))
    spool.close()


def test_rows_come_out_of_the_file_as_they_went_in(tmp_path):
    rows = [
        User("u", "ana", emails=("a@example.test",), active=False, roles=()), Role("r", scope="Users"), Permission("p"),
        Team("t", private=True, member_rows=3), Membership("t", "u", ("owner",), True), Room("x", "t", main=True),
    ]  # fmt: skip
    spool = Spool(tmp_path)
    for number in range(IN_MEMORY):
        spool.append(rows[number % len(rows)])
    assert list(islice(spool, len(rows))) == rows
    assert spool.first == rows[0]
    spool.close()


@pytest.mark.parametrize("end", [b"", b'],"success":false}', b'],"success":true,"x":', b"],"])
def test_a_large_answer_that_does_not_count_leaves_no_file_open(end):
    """An open temporary file would be a warning, and warnings are errors here."""
    with pytest.raises((Broken, Malformed)):
        parsed(b'{"rows":[' + b",".join([b'{"a":1}'] * (IN_MEMORY + 1)) + end)


def test_a_row_that_is_malformed_leaves_no_file_open_even_after_success():
    rows = b",".join([b'{"a":1}'] * (IN_MEMORY + 1))
    with pytest.raises(Malformed):
        parsed(b'{"success":true,"rows":[' + rows + b",7]}")
