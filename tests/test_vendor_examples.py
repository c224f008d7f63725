"""The answers that Rocket.Chat itself publishes as examples are read without error and without loss."""

import io
import json
from pathlib import Path

import pytest

from rc2graph.errors import CredentialsError
from rc2graph.model import Membership, Room
from rc2graph.rocketchat import answer, mapping
from rc2graph.rocketchat.endpoints import ALL, INFO, ME, ROOMS
from rc2graph.rocketchat.failure import Refused
from tests.test_client import direct, http, raw_server

EXAMPLES = json.loads((Path(__file__).parent / "data" / "vendor_examples.json").read_text())["answers"]
ENDPOINTS = {endpoint.route: endpoint for endpoint in ALL if endpoint is not INFO}
LISTS = sorted(set(ENDPOINTS) - {ME.route, ROOMS.route})


def read(route, example):
    endpoint = ENDPOINTS[route]
    make = endpoint.mapper({"teamId": "t", "userId": "u"})
    return answer.read(io.BytesIO(json.dumps(example).encode()), endpoint.array, make, None)


def test_every_route_that_is_read_has_an_example():
    assert set(EXAMPLES) == set(ENDPOINTS)


@pytest.mark.parametrize("route", LISTS)
def test_every_row_is_read_and_keeps_what_it_says(route):
    [example] = EXAMPLES[route]["200"]
    raw = example[ENDPOINTS[route].array]
    rows = list(read(route, example).rows)
    assert len(rows) == len(raw) > 0
    for row, given in zip(rows, raw, strict=True):
        about = given.get("user", given)
        if isinstance(row, Membership) and "isOwner" in given:
            assert (row.team_id, row.owner) == (given["_id"], given["isOwner"])
            continue
        assert (row.user_id if isinstance(row, Membership) else row.id) == about["_id"]
        for key, field in FIELDS.items():
            if key in given and hasattr(row, field):
                value = getattr(row, field)
                assert (list(value) if isinstance(value, tuple) else value) == given[key], key
        for key in ("username", "name"):
            if key in about and hasattr(row, key):
                assert getattr(row, key) == about[key]
        if "emails" in given:
            assert list(row.emails) == [entry["address"] for entry in given["emails"]]
            assert row.email_verified is all(entry["verified"] for entry in given["emails"])
        if "createdBy" in given:
            assert given["createdBy"]["_id"] in (getattr(row, "created_by_id", None), getattr(row, "added_by_id", None))


FIELDS = {
    "roles": "roles",
    "active": "active",
    "type": None,
    "lastLogin": "last_login",
    "reason": "reason",
    "description": "description",
    "scope": "scope",
    "protected": "built_in",
    "mandatory2fa": "mandatory2fa",
    "roomId": "room_id",
    "numberOfUsers": "member_rows",
    "createdAt": "created_at",
}
FIELDS = {key: field for key, field in FIELDS.items() if field}


def test_a_room_is_read_where_it_is_of_a_team():
    [example] = EXAMPLES[ROOMS.route]["200"]
    [given] = example["rooms"]
    assert list(read(ROOMS.route, example).rows) == [Room(given["_id"])]
    of_team = {**example, "rooms": [{**given, "teamId": "t", "teamMain": True}]}
    assert list(read(ROOMS.route, of_team).rows) == [
        Room(given["_id"], "t", "animalGeography", "p", True, False, 1, False, True, False)
    ]


def test_the_caller_is_read():
    [example] = EXAMPLES["me"]["200"]
    caller = mapping.caller(read("me", example).fields)
    assert (caller.id, caller.username, caller.roles) == ("aobEdbYhXfu5hkeqG", "example", ("user", "admin"))


def test_lists_that_have_a_total_agree_with_it():
    for route in ("users.list", "users.listByStatus", "teams.listAll", "teams.members", "rooms.adminRooms"):
        answered = read(route, EXAMPLES[route]["200"][0])
        assert len(answered.rows) == answered.total


@pytest.mark.parametrize(
    ("route", "status"),
    [(route, status) for route in sorted(EXAMPLES) for status in EXAMPLES[route] if status != "200"],
)
def test_published_errors_are_typed(route, status):
    """A 401 of 6.x says no `success` (rocketchat.md §1.3)."""
    for example in EXAMPLES[route][status]:
        with raw_server(http(json.dumps(example).encode(), f"{status} Oops")) as (url, _):
            client = direct(url)
            with pytest.raises(CredentialsError if status == "401" else Refused):
                client.ask(ENDPOINTS[route], {"teamId": "t", "userId": "u"})
            client.close()
