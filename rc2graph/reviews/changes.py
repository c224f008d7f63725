"""The differences between two snapshots in words: what each is called, in which columns, and what could not be told."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack

from rc2graph.catalogue import Catalogue, catalogue
from rc2graph.catalogue.notes import ReleaseNotes
from rc2graph.graph.escalations import hands_out, leading, ways
from rc2graph.graph.handed_out import Grant
from rc2graph.model import ROOM
from rc2graph.snapshot import Snapshot
from rc2graph.snapshot.changes import OTHERS, SECTIONS
from rc2graph.snapshot.compare import Brought, Change, Comparison, Granted, NotComparable, Reach, Step
from rc2graph.snapshot.reach import EscalationPath
from rc2graph.snapshot.store import Stored
from rc2graph.text import cell, counted, listed

log = logging.getLogger("rc2graph.reviews")

LARGE = 50_000_000
"""Bytes of a file that takes seconds to check and compare."""
TITLES = {
    "tierA": "Administrators, and who can become one",
    "accounts": "Accounts",
    "roles": "Roles",
    "assignments": "Roles that accounts hold",
    "grants": "Permissions that roles grant",
    "teams": "Teams",
    "memberships": "Team members",
    **{one.noun: (one.optional or one.noun).capitalize() for one in (ROOM, *OTHERS)},
}
NOUNS = {
    "tierA": "way to administrator", "accounts": "account", "roles": "role", "assignments": "role of an account",
    "grants": "grant", "teams": "team", "memberships": "membership",
    **{one.noun: one.table for one in (ROOM, *OTHERS)},
}  # fmt: skip
PLURALS = {"tierA": "ways to administrator", "assignments": "roles of accounts"}
STATES = {
    "partial": "read in part",
    "forbidden": "not permitted",
    "unsupported": "not offered by the server",
    "skipped": "left out",
}
DATASETS = {"members": "team members", "deactivatedMembers": "team members that are deactivated"}
DOUBTS = {
    "unnamed": "the server's list leaves out accounts without any name",
    "unsettled": "the members of a team could not be read completely",
    "mute": "the roles of an account were not visible",
}
_CHANGE = ("before", "after")
_BROUGHT = {
    "accounts": {"assignments": "roles", "memberships": "teams"},
    "roles": {"assignments": "accounts", "grants": "permissions"},
    "teams": {"memberships": "members", "rooms": "rooms"},
}


class Catalogued:
    """What the catalogue says of permissions, for a comparison: ways with the same permissions are one."""

    def __init__(self, known: Catalogue) -> None:
        self.known = known

    def tier(self, permission: str) -> str | None:
        entry = self.known.entry(permission)
        return entry.tier if entry else None

    def leading(self, permissions: Sequence[str]) -> Iterable[str]:
        return leading(self.known, permissions)

    def ways(self, permissions: Sequence[str], grants: Iterable[Granted]) -> Iterable[EscalationPath]:
        found: dict[object, EscalationPath] = {}
        given = [Grant(role, name, id_, bool(there)) for role, name, id_, there in grants]
        for (id_, key), edge in ways(self.known, permissions, given).items():
            needed = tuple(sorted({id_, *(edge.needs or ())}))
            way = EscalationPath(needed, "A" if key is None else "B", edge.condition, edge.how, hands_out(key))
            found.setdefault(way.key, way)
        return found.values()


def compared(before: Snapshot, after: Snapshot) -> Comparison:
    """Compare, with one catalogue for both, as it holds at the server's release in `after`: neither what the catalogue
    learnt since nor what a new release of the server asks is a change of somebody's access."""
    return Comparison.made(before, after, _judge(after))


class Diff(Comparison):
    """A comparison of two files, which are open as long as it is."""

    files: tuple[Stored, Stored]

    def close(self) -> None:
        super().close()
        self.before.close()
        self.after.close()


def between(files: tuple[Stored, Stored]) -> Diff:
    """What `compared` finds in two files, earlier and later. Errors: those of `Snapshot.open` and `Comparison.made`."""
    with ExitStack() as opened:
        for file in files:
            if not file.whole and file.path.stat().st_size > LARGE:
                log.info("checking %s", file.path)
        first, second = (opened.enter_context(Snapshot.open(file.path, check=not file.whole)) for file in files)
        found = Diff.made(first, second, _judge(second))
        found.files = files
        opened.pop_all()
    return found


def _judge(after: Snapshot) -> Catalogued:
    return Catalogued(catalogue().at(after.meta.get("version")))


# ---- rows ----


def columns(section: str) -> tuple[str, ...]:
    return _TABLES[section][0]


def rows(found: Comparison, section: str, most: int | None = None) -> Iterator[tuple[object, ...]]:
    """Cells of a section's table, in its order. Edges that came or went with a thing are told in the thing's row."""
    if section == "tierA":
        yield from map(_reach, found.tier_a(most))
    elif section == "grants":
        judge = _judge(found.after)
        yield from (_grant(change, judge) for change in found.changes(section, most, folded=True))
    else:
        cells = _TABLES[section][1]
        yield from (cells(change) for change in found.changes(section, most, folded=True))


def summary(found: Comparison) -> Iterator[tuple[str, str, int, str]]:
    """What, which change, how many, and how many of these came or went with something else."""
    for one in found.counts:
        along = one.with_node and one.section != "tierA"
        verb = "came" if one.what in ("gained", "joined") else "went"
        with_node = f"{one.with_node:,} of them {verb} with an account, role or team" if along else ""
        yield TITLES[one.section], one.what, one.total, with_node


def _reach(one: Reach) -> tuple[object, ...]:
    return (
        one.account.name, one.state, f"{one.what} tier {one.tier}" if one.tier else one.what,
        " + ".join(one.permissions), _through(one), one.condition,
    )  # fmt: skip


def _through(one: Reach) -> str:
    if one.goes_with == "account":
        return "; ".join([*_roles(one.through, ""), "the account is new" if _came(one.what) else "the account is gone"])
    if one.through and not any(step.because for step in one.through):
        why = "now possible, through what other roles grant" if _came(one.what) else "no longer possible"
        return "; ".join([*_roles(one.through, ""), why])
    return "; ".join(_roles(one.through, one.what))


def _roles(through: Iterable[Step], what: str) -> list[str]:
    words = _BECAUSE.get(what, {})
    told: dict[tuple[str, str | None], list[str]] = {}
    for step in through:
        told.setdefault((step.role.name, step.because if what else None), []).append(step.permission)
    many = len({step.permission for step in through}) > 1
    return [
        role + (f" for {listed(permissions)}" if many else "") + (f" ({words[because]})" if because in words else "")
        for (role, because), permissions in told.items()
    ]


_BECAUSE: dict[str, dict[str | None, str]] = {
    "gained": {
        "assigned": "the account got the role", "granted": "the role got the permission",
        "both": "the role got the permission, the account the role", None: "as before",
    },
    "lost": {
        "assigned": "the account lost the role", "granted": "the role lost the permission",
        "both": "the role lost the permission, the account the role", None: "as before",
    },
}  # fmt: skip


def _came(what: str) -> bool:
    return what in ("gained", "became administrator")


def _called(change: Change) -> str:
    return f"{change.property} changed" if change.what == "changed" else change.what


def _values(change: Change) -> tuple[str, str]:
    """Both values as text; none where the word for the change says it."""
    if change.property is None or (isinstance(change.after, bool) and change.what != "changed"):
        return "", ""
    return cell(change.before), cell(change.after)


def _with_it(section: str, brought: dict[str, Brought] | None) -> str:
    return "; ".join(
        f"{_BROUGHT[section][edge]}: {', '.join(some.names)}"
        + (f" and {some.count - len(some.names):,} more" if some.count > len(some.names) else "")
        for edge, some in (brought or {}).items()
        if some.count
    )


def _node(section: str) -> Callable[[Change], tuple[object, ...]]:
    return lambda one: (one.thing.name, _called(one), *_values(one), _with_it(section, one.brought))


def _grant(one: Change, judge: Catalogued) -> tuple[object, ...]:
    permission = one.other.id if one.other else ""
    new = {"gained": "the permission is new", "lost": "the permission is gone"}[one.what]
    tier = judge.tier(permission)
    return one.thing.name, one.what, permission, tier, new if one.goes_with == "permission" else ""


def _assignment(one: Change) -> tuple[object, ...]:
    return one.thing.name, one.what, one.other.name if one.other else ""


def _edge(one: Change) -> tuple[object, ...]:
    return one.thing.name, one.other.name if one.other else "", _called(one), *_values(one)


_TABLES: dict[str, tuple[tuple[str, ...], Callable[[Change], tuple[object, ...]]]] = {
    "tierA": (("account", "state", "change", "by", "through", "only if"), lambda one: ()),
    "accounts": (("account", "change", *_CHANGE, "with it"), _node("accounts")),
    "roles": (("role", "change", *_CHANGE, "with it"), _node("roles")),
    "assignments": (("account", "change", "role"), _assignment),
    "grants": (("role", "change", "permission", "tier", ""), lambda one: ()),
    "teams": (("team", "change", *_CHANGE, "with it"), _node("teams")),
    "memberships": (("team", "account", "change", *_CHANGE), _edge),
    "rooms": (("room", "team", "change", *_CHANGE), _edge),
    **{one.noun: ((one.table, "change", *_CHANGE, "with it"), _node(one.noun)) for one in OTHERS},
}


# ---- what could not be told ----


def verdict(found: Comparison) -> str:
    """The answer in a sentence."""
    if found.different:
        total = sum(count.total for count in found.counts)
        return f"{counted(total, 'difference')}." + (" Not everything could be compared." if found.in_doubt else "")
    if found.in_doubt:
        return "No difference was found, but not everything could be compared: this is no proof that nothing changed."
    return "No difference."


def notes(found: Comparison) -> Iterator[str]:
    """What is not comparable and what is not visible, a line each."""
    for one in found.not_comparable:
        yield f"Not comparable: {_doubt(one)}"
    for hidden in found.not_visible:
        names = ", ".join(hidden.names) + (", …" if hidden.count > len(hidden.names) else "")
        things = _things(hidden.section, hidden.count)
        yield f"Not visible {hidden.side}: {hidden.property} of {things} ({names}); no change is derived from it."
    for note in ReleaseNotes(found.after.meta.get("version")).general():
        yield f"Note: {note}"


def _doubt(one: NotComparable) -> str:
    where = "earlier" if one.side == "before" else "later"
    if one.what in DOUBTS:
        text = f"{DOUBTS[one.what]} in the {where} snapshot."
    else:
        why = f" ({one.why})" if one.why else ""
        text = f"{DATASETS.get(one.what, one.what)}, {STATES[one.state or 'skipped']} in the {where} snapshot{why}."
    if one.only_in_other:
        other = "later" if one.side == "before" else "earlier"
        things = [_things(section, one.only_in_other[section]) for section in SECTIONS if section in one.only_in_other]
        text += f" Only the {other} one holds {listed(things)}; that is neither new nor gone."
    return text


def _things(section: str, count: int) -> str:
    return f"{count:,} {PLURALS[section]}" if count != 1 and section in PLURALS else counted(count, NOUNS[section])
