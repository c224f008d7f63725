"""Cartography with a data model of the same nodes and properties: its own loading, then its cleanup.

    PYTHON -m bench.contenders.cartography FIRST.sqlite CHANGED.sqlite [--same-graph]

PYTHON is of an environment of its own that has `cartography` and nothing of ours; snapshots are read as plain SQLite.
Users carry the ids of their roles and teams (`one_to_many`), and edges have no properties: its shortest way, which
writes less than rc2graph does. `--same-graph`: memberships with roles, owner, joined and added by, as rc2graph writes
them, in the way that its documentation names for edges with properties of their own, `load_matchlinks()`.
"""

import json
import logging
import os
import sqlite3
import sys
import time
from collections import Counter
from dataclasses import dataclass, make_dataclass

import neo4j
from cartography.client.core.tx import load, load_matchlinks
from cartography.graph.job import GraphJob
from cartography.models.core.common import PropertyRef
from cartography.models.core.nodes import CartographyNodeProperties, CartographyNodeSchema
from cartography.models.core.relationships import (
    CartographyRelProperties,
    CartographyRelSchema,
    LinkDirection,
    OtherRelationships,
    SourceNodeMatcher,
    TargetNodeMatcher,
    make_source_node_matcher,
    make_target_node_matcher,
)

WORKSPACE = "acme"
TAG = PropertyRef("lastupdated", set_in_kwargs=True)
COLUMNS = {
    "role": ("name", "description", "scope", "room_scoped", "built_in", "mandatory2fa", "dangling", "fingerprint"),
    "team": (
        "name", "private", "created_at", "created_by_id", "room_id", "member_rows", "orphan_rows", "fingerprint",
    ),
    "user": (
        "username", "name", "emails", "email_verified", "active", "type", "service_account", "federated", "home_server",
        "last_login", "reason", "fingerprint",
    ),
}  # fmt: skip
TRUTHS = {"room_scoped", "built_in", "mandatory2fa", "dangling", "private", "email_verified", "active"}
TRUTHS |= {"service_account", "federated"}


def properties(name, columns, searched):
    fields = [("id", PropertyRef, PropertyRef("id")), ("lastupdated", PropertyRef, TAG)]
    fields += [(one, PropertyRef, PropertyRef(one, extra_index=one == searched)) for one in columns]
    return make_dataclass(name, fields, bases=(CartographyNodeProperties,), frozen=True)()


@dataclass(frozen=True)
class RelProperties(CartographyRelProperties):
    lastupdated: PropertyRef = TAG


def edge(name, target, matcher, direction, label):
    fields = [
        ("target_node_label", str, target),
        ("target_node_matcher", TargetNodeMatcher, make_target_node_matcher(matcher)),
        ("direction", LinkDirection, direction),
        ("rel_label", str, label),
        ("properties", RelProperties, RelProperties()),
    ]
    return make_dataclass(name, fields, bases=(CartographyRelSchema,), frozen=True)()


IN_WORKSPACE = edge(
    "InWorkspace",
    "RCWorkspace",
    {"id": PropertyRef("WORKSPACE_ID", set_in_kwargs=True)},
    LinkDirection.INWARD,
    "RESOURCE",
)
HAS_ROLE = edge("HasRole", "RCRole", {"id": PropertyRef("roles", one_to_many=True)}, LinkDirection.OUTWARD, "HAS_ROLE")
MEMBER_OF = edge(
    "MemberOf", "RCTeam", {"id": PropertyRef("teams", one_to_many=True)}, LinkDirection.OUTWARD, "MEMBER_OF"
)


def schema(label, columns, *, inside=True, edges=()):
    fields = [
        ("label", str, label),
        ("properties", CartographyNodeProperties, properties(f"{label}Properties", columns, columns[0])),
    ]
    if inside:
        fields.append(("sub_resource_relationship", CartographyRelSchema, IN_WORKSPACE))
    if edges:
        fields.append(("other_relationships", OtherRelationships, OtherRelationships(list(edges))))
    return make_dataclass(f"{label}Schema", fields, bases=(CartographyNodeSchema,), frozen=True)()


SPACE = schema("RCWorkspace", ("name",), inside=False)
SCHEMAS = {
    "role": schema("RCRole", COLUMNS["role"]),
    "team": schema("RCTeam", COLUMNS["team"]),
    "user": schema("RCUser", COLUMNS["user"], edges=(HAS_ROLE, MEMBER_OF)),
}
MEMBER = ("roles", "owner", "joined_at", "added_by_id")
LINK = make_dataclass(
    "MemberLink",
    [
        ("source_node_label", str, "RCUser"),
        ("source_node_matcher", SourceNodeMatcher, make_source_node_matcher({"id": PropertyRef("user")})),
        ("target_node_label", str, "RCTeam"),
        ("target_node_matcher", TargetNodeMatcher, make_target_node_matcher({"id": PropertyRef("team")})),
        ("direction", LinkDirection, LinkDirection.OUTWARD),
        ("rel_label", str, "MEMBER_OF"),
        (
            "properties",
            CartographyRelProperties,
            make_dataclass(
                "MemberProperties",
                [
                    ("lastupdated", PropertyRef, TAG),
                    ("_sub_resource_label", PropertyRef, PropertyRef("_sub_resource_label", set_in_kwargs=True)),
                    ("_sub_resource_id", PropertyRef, PropertyRef("_sub_resource_id", set_in_kwargs=True)),
                    *((one, PropertyRef, PropertyRef(one)) for one in MEMBER),
                ],
                bases=(CartographyRelProperties,),
                frozen=True,
            )(),
        ),
    ],
    bases=(CartographyRelSchema,),
    frozen=True,
)()
SCOPE = {"_sub_resource_label": "RCWorkspace", "_sub_resource_id": WORKSPACE}
SAME_GRAPH = "--same-graph" in sys.argv
if SAME_GRAPH:
    SCHEMAS["user"] = schema("RCUser", COLUMNS["user"], edges=(HAS_ROLE,))
WRITES = Counter()
consume = neo4j.Result.consume


def counting(self):
    """Every statement of Cartography ends in `consume()`: how much each wrote."""
    summary = consume(self)
    WRITES["properties"] += summary.counters.properties_set
    return summary


neo4j.Result.consume = counting


def rows(file):
    """Users, roles and teams as dicts, in memory, as Cartography takes them."""
    db = sqlite3.connect(file)
    found = {}
    for table, columns in COLUMNS.items():
        found[table] = []
        for row in db.execute(f"SELECT id, {', '.join(columns)} FROM {table} ORDER BY id"):  # noqa: S608 - our names
            one = dict(zip(("id", *columns), row, strict=True))
            for name in TRUTHS & one.keys():
                one[name] = None if one[name] is None else bool(one[name])
            if "emails" in one:
                one["emails"] = json.loads(one["emails"]) if one["emails"] else None
            found[table].append(one)
    of = {one["id"]: one for one in found["user"]}
    for one in found["user"]:
        one["roles"], one["teams"] = [], []
    for user, role in db.execute("SELECT user_id, role_id FROM has_role"):
        of[user]["roles"].append(role)
    found["member"] = []
    for user, team, roles, owner, *rest in db.execute(f"SELECT user_id, team_id, {', '.join(MEMBER)} FROM member"):  # noqa: S608
        of[user]["teams"].append(team)
        held = json.loads(roles) if roles else None, None if owner is None else bool(owner), *rest
        found["member"].append({"user": user, "team": team, **dict(zip(MEMBER, held, strict=True))})
    return found


def sync(session, found, tag):
    """Seconds of a load with its cleanup."""
    began = time.perf_counter()
    load(session, SPACE, [{"id": WORKSPACE, "name": "Acme"}], lastupdated=tag)
    for table in ("role", "team", "user"):
        load(session, SCHEMAS[table], found[table], lastupdated=tag, WORKSPACE_ID=WORKSPACE)
    if SAME_GRAPH:
        load_matchlinks(session, LINK, found["member"], lastupdated=tag, **SCOPE)
        GraphJob.from_matchlink(LINK, "RCWorkspace", WORKSPACE, tag).run(session)
    for table in ("user", "team", "role"):
        given = {"UPDATE_TAG": tag, "WORKSPACE_ID": WORKSPACE}
        GraphJob.from_node_schema(SCHEMAS[table], given).run(session)
    return time.perf_counter() - began


def main():
    logging.basicConfig(level=logging.ERROR)
    first, changed = (rows(file) for file in sys.argv[1:3])
    auth = (os.environ["NEO4J_USERNAME"], os.environ["NEO4J_PASSWORD"])
    told = {}
    with (
        neo4j.GraphDatabase.driver(os.environ["NEO4J_URI"], auth=auth, notifications_min_severity="OFF") as driver,
        driver.session() as session,
    ):
        for tag, (name, found) in enumerate(
            (("first", first), ("at once", first), ("same", first), ("changed", changed))
        ):
            WRITES.clear()
            told[name] = sync(session, found, tag)
            told[f"{name} properties"] = WRITES["properties"]
        count = "MATCH (u:RCUser) OPTIONAL MATCH (u)-[e]->() RETURN count(DISTINCT u) AS users, count(e) AS edges"
        told |= dict(session.run(count).single(strict=True))
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
