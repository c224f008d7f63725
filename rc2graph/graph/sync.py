"""The record of a finished run: one flat node, so that it can be read in any tool."""

import json
from typing import Any

from rc2graph.catalogue import catalogue
from rc2graph.graph.kinds import NODES
from rc2graph.graph.plan import Plan
from rc2graph.graph.proof import Proof
from rc2graph.model import EDGE_TYPES
from rc2graph.snapshot.shown import not_shown

_COUNTED = {**{name: name for name in NODES}, **{one.noun: one.name for one in EDGE_TYPES if one.noun}}
"""Prefix of the properties, and what they count."""


def sync_properties(plan: Plan) -> dict[str, Any]:
    """All properties of a `Sync` but its key and when it ended; what the snapshot does not know is absent."""
    meta = plan.snapshot.meta
    said = _list(meta.get("not_visible")) or []
    found: dict[str, Any] = {
        "startedAt": meta.get("started"),
        "state": plan.proof.state,
        "snapshotSha256": meta.get("sha256"),
        "contentSha256": plan.content if plan.proof == Proof.of(plan.snapshot) else None,
        "callerId": meta.get("caller_id"),
        "callerRoles": _list(meta.get("caller_roles")),
        "notVisible": [*said, *not_shown(plan.snapshot.db)],
        "catalogueVersion": catalogue().version,
    }
    if partial := _partial(plan.proof):
        found["notVisible"] = [*(found["notVisible"] or ()), *partial]
    for name, dataset in plan.proof.datasets.items():
        found |= {f"{name}State": dataset.state, f"{name}Fetched": dataset.fetched, f"{name}Total": dataset.total}
    for prefix, kind in _COUNTED.items():
        count = plan.counts[kind]
        found |= {f"{prefix}Added": count.added, f"{prefix}Changed": count.changed, f"{prefix}Closed": count.closed}
        if kind in ("users", "roles", "teams"):
            found[f"{prefix}Returned"] = count.returned
    return {key: value for key, value in found.items() if value is not None}


def _partial(proof: Proof) -> list[str]:
    """Why the run is not complete, and what to do: `status` and every answer say it."""
    return [f"{name}: {one.why}" for name, one in proof.incomplete.items() if not one.enough]


def _list(text: str | None) -> Any:
    return json.loads(text) if text else None
