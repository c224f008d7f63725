"""Raw rows in, model rows out. What is absent is not visible, and never turns into "no"."""

from dataclasses import fields

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rc2graph.model import Membership, Permission, Role, Room, Team, User
from rc2graph.rocketchat import mapping
from rc2graph.rocketchat.mapping import LONGEST_NAME, LONGEST_TEXT, Malformed

ROW = {
    "_id": "dGx7cN5bRk3YfLq9E",
    "username": "olaf.old",
    "name": "Olaf Old",
    "emails": [{"address": "olaf@example.test", "verified": False}],
    "type": "user",
    "roles": ["user", "66a1f0c2d3e4b5a697880001"],
    "status": "offline",
    "active": False,
    "lastLogin": "2025-01-20T09:30:00.000Z",
    "avatarETag": "MEhPLkenJqs3jTJP5",
    "reason": "I am new",
    "federated": True,
    "settings": {"profile": {"secret": "x"}},
}


def by_status(**row):
    return mapping.user({"_id": "u", **row}, by_status=True)


def by_list(**row):
    return mapping.user({"_id": "u", **row}, by_status=False)


def test_a_full_user_row():
    assert mapping.user(ROW, by_status=True) == User(
        id="dGx7cN5bRk3YfLq9E",
        username="olaf.old",
        name="Olaf Old",
        emails=("olaf@example.test",),
        email_verified=False,
        verified_emails=(),
        active=False,
        type="user",
        service_account=False,
        federated=True,
        home_server=None,
        last_login="2025-01-20T09:30:00.000Z",
        reason="I am new",
        roles=("user", "66a1f0c2d3e4b5a697880001"),
    )


TWO = [{"address": "a@x.test", "verified": True}, {"address": "b@x.test", "verified": False}]
VALUES = (
    (mapping.user, {"by_status": True}, {"reason": "I am new"}, {"reason": "I am new"}),
    (mapping.member, {"team_id": "t"}, {"createdBy": {"_id": "c", "username": "x"}}, {"added_by_id": "c"}),
    (mapping.user, {"by_status": True}, {"emails": TWO}, {"verified_emails": ("a@x.test",)}),
    (mapping.room, {}, {"teamId": "t", "usersCount": 7}, {"users_count": 7}),
    (mapping.room, {}, {"teamId": "t", "abacAttributes": [{"key": "k", "values": []}]}, {"attribute_controlled": True}),
)
"""By which function, what a row says, and what is made of it. A new property has its line here."""


@pytest.mark.parametrize(("make", "given", "row", "made"), VALUES, ids=[str(made) for *_, made in VALUES])
def test_a_value_is_taken_from_its_key(make, given, row, made):
    found = make({"_id": "x", "user": {"_id": "u"}, **row}, **given)
    assert {name: getattr(found, name) for name in made} == made
    for key in {*row} - {"teamId"}:
        null = make({"_id": "x", "user": {"_id": "u"}, **row, key: None}, **given)
        assert [getattr(null, name) for name in made] == [None] * len(made), "not visible, and not empty"


def test_i12_of_a_row_with_nothing_but_an_id_nothing_is_known():
    empty = by_list()
    assert {name.name for name in fields(User) if getattr(empty, name.name) not in (None, ())} == {"id", "unlisted"}
    assert empty.unlisted is False, "which is found when the snapshot is finished"


@pytest.mark.parametrize("key", ["username", "name", "emails", "active", "type", "lastLogin", "reason", "roles"])
def test_i12_a_key_that_is_absent_or_null_is_unknown_and_not_empty(key):
    absent = mapping.user({name: value for name, value in ROW.items() if name != key}, by_status=True)
    null = mapping.user({**ROW, key: None}, by_status=True)
    assert absent == null
    assert getattr(absent, {"lastLogin": "last_login"}.get(key, key)) is None


@pytest.mark.parametrize("called", ["", " ", "\u00a0\t"])
def test_an_empty_name_names_nothing_so_that_the_id_is_shown(called):
    assert mapping.role({"_id": "r", "name": called}).name is None
    assert mapping.team({"_id": "t", "name": called, "type": 1}).name is None
    assert (by_list(username=called, name=called).username, by_list(name=called).name) == (None, None)


def test_i12_an_empty_value_is_known_to_be_empty():
    assert by_status(roles=[]).roles == ()
    assert by_status(emails=[]).emails == ()
    assert by_status(active=False).active is False


def test_i12_federated_is_unknown_where_only_users_list_exists():
    """`users.listByStatus` shows the flag, so absent there means no; `users.list` never shows it
    (rocketchat.md §4.1)."""
    assert by_status().federated is False
    assert by_list().federated is None
    assert by_list(username="@mia:matrix.example.test").home_server == "matrix.example.test"


@pytest.mark.parametrize(
    ("kind", "service"), [("bot", True), ("app", True), ("user", False), ("other", False), (None, None)]
)
def test_bots_and_apps_are_service_accounts(kind, service):
    assert by_status(type=kind).service_account is service


@pytest.mark.parametrize(
    ("flags", "verified"),
    [([True], True), ([True, True], True), ([True, False], False), ([None], None), ([True, None], None), ([], None)],
)
def test_i12_verified_means_every_address(flags, verified):
    emails = [
        {"address": f"{n}@x.test", **({} if flag is None else {"verified": flag})} for n, flag in enumerate(flags)
    ]
    assert by_status(emails=emails).email_verified is verified


@pytest.mark.parametrize(
    ("flags", "verified"),
    [([True, False], ("0@x.test",)), ([False], ()), ([], ()), ([True, None], None), (["yes"], None), (None, None)],
)
def test_i12_each_address_is_verified_or_not_or_none_of_them_says(flags, verified):
    emails = flags and [
        {"address": f"{n}@x.test", **({} if flag is None else {"verified": flag})} for n, flag in enumerate(flags)
    ]
    assert by_status(emails=emails).verified_emails == verified


@pytest.mark.parametrize(
    ("username", "home"),
    [
        ("@mia:matrix.example.test", "matrix.example.test"),
        ("@mia:host:8448", "host:8448"),
        ("mia", None),
        ("@mia", None),
        ("mia:host", None),
    ],
)
def test_the_home_server_is_in_the_username(username, home):
    assert by_status(username=username).home_server == home


def test_the_bridge_named_federated_accounts_without_the_at_sign():
    """Only where the account is known to be federated: anybody may have a colon in the name."""
    bridged = {"username": "marcos:matrix.example.com"}
    assert by_status(**bridged, federated=True).home_server == "matrix.example.com"
    assert by_status(username="@mia:host:8448", federated=True).home_server == "host:8448"
    for unknown in (by_status(**bridged), by_status(**bridged, federated=False), by_list(**bridged)):
        assert unknown.home_server is None
    for nowhere in ("marcos", ":host", "marcos:", "@marcos"):
        assert by_status(username=nowhere, federated=True).home_server is None


def test_without_emails_leaves_only_the_addresses_out():
    shown = mapping.without_emails(mapping.user(ROW, by_status=True))
    assert (shown.emails, shown.verified_emails, shown.email_verified) == (None, None, False)
    assert shown.username == "olaf.old"


def test_i12_a_role_from_old_data():
    assert mapping.role({"_id": "x"}) == Role("x")
    assert mapping.role({"_id": "o", "scope": "Subscriptions", "protected": False}) == Role(
        "o", scope="Subscriptions", room_scoped=True, built_in=False
    )


def test_a_permission_and_a_setting_permission():
    assert mapping.permission({"_id": "p", "roles": ["a", "a", "b"]}) == Permission("p", roles=("a", "b"))
    assert mapping.permission({"_id": "change-setting-X_Y", "level": "settings", "settingId": "X_Y"}) == Permission(
        "change-setting-X_Y", setting_id="X_Y", roles=None
    )
    assert mapping.permission({"_id": "change-setting-Z", "level": "settings", "roles": []}).setting_id == "Z"


def test_a_half_created_team_has_no_room():
    row = {"_id": "t", "name": "n", "type": 1, "createdBy": {}, "roomId": "", "numberOfUsers": 0}
    assert mapping.team(row) == Team("t", "n", private=True, member_rows=0)


@pytest.mark.parametrize(
    ("roles", "seen", "owner"),
    [(None, None, False), ([], (), False), (["owner"], ("owner",), True), (["member"], ("member",), False)],
)
def test_a_member_without_the_roles_key_was_added_plainly_and_is_no_owner(roles, seen, owner):
    row = {
        "user": {"_id": "u", "settings": {"x": 1}},
        "createdAt": "2025-03-04T09:12:44.120Z",
        "createdBy": {"_id": "a"},
    }
    if roles is not None:
        row["roles"] = roles
    assert mapping.member(row, team_id="t") == Membership(
        "t", "u", seen, owner, "2025-03-04T09:12:44.120Z", "a", None, None
    )


@pytest.mark.parametrize(("row", "owner"), [({"isOwner": True}, True), ({"isOwner": False}, False), ({}, None)])
def test_i12_of_a_deactivated_member_only_ownership_is_seen(row, owner):
    seen = mapping.team_of_user({"_id": "t", **row}, user_id="u")
    assert (seen.owner, seen.roles, seen.joined_at, seen.added_by_id) == (
        owner,
        ("owner",) if owner else None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-07-11T15:02:11.482Z", "2026-07-11T15:02:11.482Z"),
        ("2026-07-11T15:02:11Z", "2026-07-11T15:02:11.000Z"),
        ("2026-07-11T17:02:11.482+02:00", "2026-07-11T15:02:11.482Z"),
        ("2026-07-11", "2026-07-11T00:00:00.000Z"),
        ("0999-01-02T03:04:05Z", "0999-01-02T03:04:05.000Z"),
        ({"$date": 1783929637000}, "2026-07-13T08:00:37.000Z"),
    ],
)
def test_instants_are_utc_with_milliseconds_and_sort_as_text(written, instant):
    assert by_status(lastLogin=written).last_login == instant


@pytest.mark.parametrize(
    "written",
    [
        *("yesterday", "", 1783929637000, [], {}, True, {"$date": "x"}, {"$date": 10**400}, {"$date": 1e20}),
        *({"$date": float("nan")}, {"$date": -1e18}, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
    ],
)
def test_i12_what_is_no_date_is_not_visible(written):
    assert by_status(lastLogin=written, name="Olaf") == User(
        "u", name="Olaf", federated=False, unreadable=("lastLogin",)
    )


@pytest.mark.parametrize("rows", [-1, 2**63, 10**30, "3", 2.0, True])
def test_i12_a_number_of_users_that_is_no_count_is_not_visible(rows):
    assert mapping.team({"_id": "t", "numberOfUsers": rows}) == Team("t", unreadable=("numberOfUsers",))


@pytest.mark.parametrize("identity", [None, "", 7, {"$oid": "x"}, [], "x" * (LONGEST_NAME + 1)])
def test_a_row_without_an_id_is_malformed(identity):
    for make in (mapping.role, mapping.permission, mapping.team, mapping.caller):
        with pytest.raises(Malformed):
            make({"_id": identity})
    with pytest.raises(Malformed):
        mapping.member({"user": {"_id": identity}}, team_id="t")
    with pytest.raises(Malformed):
        mapping.member({}, team_id="t")


@pytest.mark.parametrize("roles", ["admin", {"0": "admin"}, [1], [None], [["admin"]], ["x" * (LONGEST_NAME + 1)]])
def test_i12_roles_that_are_no_list_of_ids_are_not_visible_and_not_empty(roles):
    assert by_status(roles=roles) == User("u", federated=False, unreadable=("roles",))
    assert mapping.permission({"_id": "p", "roles": roles}) == Permission("p", roles=None, unreadable=("roles",))
    with pytest.raises(Malformed):  # nothing is known of what the token may see
        mapping.caller({"_id": "u", "roles": roles})
    member = mapping.member({"user": {"_id": "u"}, "roles": roles}, team_id="t")
    assert member == Membership("t", "u", unreadable=("roles",)), "nor is it said that they are no owner"


USER_KEYS = ("username", "name", "emails", "active", "type", "federated", "lastLogin", "reason", "roles")


@pytest.mark.parametrize("key", USER_KEYS)
def test_i12_one_value_of_another_kind_hides_no_other(key):
    """Each value in turn is an object, which none of them is: it is not visible, the others are."""
    whole, found = mapping.user(ROW, by_status=True), mapping.user({**ROW, key: {"a": 1}}, by_status=True)
    assert found.unreadable == (key,)
    hidden = {"lastLogin": ["last_login"], "emails": ["emails", "email_verified", "verified_emails"],
              "type": ["type", "service_account"]}  # fmt: skip
    differs = {about.name for about in fields(User) if getattr(found, about.name) != getattr(whole, about.name)}
    assert differs == {*hidden.get(key, [key]), "unreadable"}
    assert all(getattr(found, name) is None for name in differs - {"unreadable"})


def test_i12_the_same_of_every_other_kind_of_row():
    odd = {"a": 1}
    role = dict.fromkeys(("name", "description", "scope", "protected", "mandatory2fa"), odd)
    assert mapping.role({"_id": "x", **role}) == Role("x", unreadable=tuple(role))
    assert mapping.permission({"_id": "change-setting-X", "level": "settings", "settingId": odd, "roles": []}) == (
        Permission("change-setting-X", setting_id="X", roles=(), unreadable=("settingId",))
    )
    team = dict.fromkeys(("name", "roomId", "type", "createdAt", "createdBy"), "x") | {"name": 7, "roomId": 7}
    assert mapping.team({"_id": "t", "numberOfUsers": 2, **team}) == Team("t", member_rows=2, unreadable=tuple(team))
    member = {"user": {"_id": "u", "username": 7}, "createdAt": odd, "createdBy": 7}
    assert mapping.member(member, team_id="t") == (
        Membership("t", "u", owner=False, unreadable=("createdAt", "createdBy"))
    )
    assert mapping.team_of_user({"_id": "t", "isOwner": "x"}, user_id="u") == (
        Membership("t", "u", unreadable=("isOwner",))
    )
    keys = ("name", "fname", "t", "archived", "ro", "teamMain", "abacAttributesRedacted", "abacAttributes")
    room = dict.fromkeys(keys, odd)
    assert mapping.room({"_id": "r", "teamId": "t", **room}) == Room("r", "t", unreadable=tuple(room))


def test_a_row_without_an_id_is_named_by_what_else_it_says():
    with pytest.raises(Malformed, match=r"a row without _id \(username 'olaf'\)"):
        by_status(_id={"$oid": "x"}, username="olaf")


def test_hostile_text_is_cut_and_mended():
    assert by_status(name="x" * 10_000_000).name == "x" * (LONGEST_NAME - 1) + "…"
    assert len(by_status(reason="x" * 10_000_000).reason) == LONGEST_TEXT
    assert by_status(name="half \ud83d pair").name == "half \ufffd pair"
    assert by_status(name="nul\0byte").name == "nul\ufffdbyte"
    assert by_status(name="\u202e" + "name").name == "\u202ename"  # no text of a person is changed for its looks


def test_what_is_private_is_not_in_the_model():
    said = repr(mapping.user(ROW, by_status=True))
    assert "secret" not in said
    assert "MEhPLkenJqs3jTJP5" not in said
    assert "offline" not in said


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["_id", "address", "verified", "$date"]) | st.text(max_size=3), inner, max_size=3
        )
    ),
    max_leaves=6,
)
KEYS = [
    *sorted({*ROW, "scope", "description", "protected", "mandatory2fa", "level", "settingId", "user", "createdBy"}),
    *("createdAt", "roomId", "numberOfUsers", "isOwner", "t", "fname", "archived", "usersCount", "ro", "teamMain"),
]
rows = st.dictionaries(st.sampled_from(KEYS), json_values, max_size=8)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(rows | rows.map(lambda row: {**row, "_id": "x"}))
def test_no_row_breaks_it_with_anything_but_malformed(row):
    makers = [
        lambda row: mapping.user(row, by_status=True),
        lambda row: mapping.user(row, by_status=False),
        mapping.role,
        mapping.permission,
        mapping.team,
        mapping.room,
        lambda row: mapping.room({**row, "teamId": "t"}),
        lambda row: mapping.member(row, team_id="t"),
        lambda row: mapping.member({"user": row, **row}, team_id="t"),
        lambda row: mapping.team_of_user(row, user_id="u"),
        mapping.caller,
    ]
    for make in makers:
        try:
            made = make(row)
        except Malformed:
            continue
        for about in fields(made):
            value = getattr(made, about.name)
            assert value is None or isinstance(value, str | bool | int | tuple)
            repr(value).encode()
