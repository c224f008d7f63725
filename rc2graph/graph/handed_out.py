"""What somebody reaches who may hand out roles: the union of what all roles but admin grant (permissions.md §2.2).

`assign-roles` gives them to oneself, `create-user` to a new account with a password of choice. A way exists as soon as
that union, with what the person holds already, has a tier A permission or all parts of a tier B combination, in one
role or spread over several. Whoever has something through admin is administrator already; so what the union lacks can
only come from a role id that no role carries: it cannot be handed out, but an account may still have it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from rc2graph.catalogue import Alternative, Entry
from rc2graph.text import display_name, short

TIER_B = "roles-with-tier-b"
"""`key` of a way through a combination; that through a tier A permission has the alternative's own."""
NAMED = 10
"""Roles that a reason names at most."""
LONGEST = 60
"""Characters of a role's name in a reason."""


class EscalationPath(NamedTuple):
    """The properties of an edge; those of tier A have no `needs`."""

    needs: tuple[str, ...] | None
    how: str
    condition: str | None


Key = tuple[str, str | None]
"""Permission, and `key` of the alternative; None for tier A."""


class Grant(NamedTuple):
    """A role other than admin grants a permission. `assignable`: there is such a role, so that it can be handed out."""

    role: str
    name: str | None
    permission: str
    assignable: bool


class Target(NamedTuple):
    """What has to be held together to become administrator, however it was got."""

    tier: str
    permissions: tuple[str, ...]
    how: str
    condition: str | None


class Reached(NamedTuple):
    """A target, and the fewest roles that give what has to be handed out for it, each with its permissions."""

    target: Target
    roles: tuple[tuple[str, tuple[str, ...]], ...]


class HandedOut:
    """The ways that open by handing out roles. `direct`: all others, each is a target; `givers`: permissions that hand
    out roles."""

    def __init__(self, direct: Mapping[Key, EscalationPath], givers: Iterable[str], grants: Iterable[Grant]) -> None:
        self._targets = _targets(direct, frozenset(givers))
        of_targets = {id_ for target in self._targets for id_ in target.permissions}
        known = [grant for grant in grants if grant.permission in of_targets]
        self._only_held = frozenset(grant.permission for grant in known if not grant.assignable)
        self._names = _names(grant for grant in known if grant.assignable)
        self._order = {id_: n for n, id_ in enumerate(sorted(self._names, key=lambda id_: (self._names[id_], id_)))}
        self._gives: dict[str, set[str]] = defaultdict(set)
        """Permission → the roles that give it, of those that can be handed out."""
        for grant in known:
            if grant.assignable:
                self._gives[grant.permission].add(grant.role)

    def ways(self, giver: Entry, alternative: Alternative) -> Iterator[tuple[str, EscalationPath]]:
        """The plainest ways of whoever holds `giver`: one for each condition and what they must have besides."""
        found: dict[tuple[frozenset[str], str | None], list[Reached]] = defaultdict(list)
        for target in self._targets:
            others = set(target.permissions) - {giver.id}
            given, needs = others & self._gives.keys(), frozenset(others - self._gives.keys())
            if given and needs <= self._only_held:
                if not alternative.to_oneself:  # a new account holds nothing that no role of it gives
                    given = set(target.permissions) & self._gives.keys()
                reached = Reached(target, self._fewest(given))
                found[needs, _both(alternative.condition, target.condition)].append(reached)
        for (needs, condition), group in found.items():
            plainer = {(less, alternative.condition) for less, _ in found if less <= needs}
            plainer |= {(less, condition) for less, _ in found if less < needs}
            if not (plainer - {(needs, condition)}) & found.keys():
                best = min(group, key=self._rank)
                how = self._how(alternative, best, group)
                plain = not needs and condition == alternative.condition
                yield _key(alternative, best.target, plain=plain), EscalationPath(tuple(sorted(needs)), how, condition)

    def _rank(self, reached: Reached) -> tuple[object, ...]:
        """The plainest first: few roles, few permissions."""
        roles, target = [self._order[role] for role, _ in reached.roles], reached.target
        return len(roles), target.tier, len(target.permissions), target.permissions, roles

    def _fewest(self, given: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The fewest roles that together give all of these, first by name. Of the roles that give the same of it one
        is enough, so that there is little to try."""
        left, gives = set(given), defaultdict[str, set[str]](set)
        for id_ in left:
            for role in self._gives[id_]:
                gives[role].add(id_)
        first: dict[frozenset[str], str] = {}
        for role in sorted(gives, key=self._order.__getitem__):
            first.setdefault(frozenset(gives[role]), role)
        chosen = next(
            some
            for number in range(1, len(left) + 1)
            for some in combinations(first.values(), number)
            if left.issubset(set().union(*(gives[role] for role in some)))
        )
        shared = []
        for role in chosen:
            shared.append((role, tuple(sorted(gives[role] & left))))
            left -= gives[role]
        return tuple(shared)

    def _how(self, alternative: Alternative, best: Reached, group: list[Reached]) -> str:
        """In steps: which roles are handed out here, and what is done with them."""
        roles = [f"the role {self._names[role]}, which grants {' and '.join(ids)}" for role, ids in best.roles]
        with_ = "that" if len(roles) == 1 else "them"
        text = f"{alternative.hands_out} {', and '.join(roles)}. With {with_}: {best.target.how}"
        alone = [reached.roles[0] for reached in group if len(reached.roles) == 1]
        others = {role for _, ids in alone for role in set.intersection(*(self._gives[id_] for id_ in ids))}
        others -= {role for role, _ in best.roles}
        if others:
            names = [self._names[role] for role in sorted(others, key=self._order.__getitem__)]
            more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
            text += f" Other roles that give all it takes: {', '.join(names[:NAMED])}{more}."
        return text


def _targets(direct: Mapping[Key, EscalationPath], givers: frozenset[str]) -> list[Target]:
    """Permissions that need each other are one target: told by the one that hands out roles, else by the first."""
    found: dict[tuple[tuple[str, ...], str | None], Target] = {}
    for id_, key in sorted(direct, key=lambda key: (key[0] not in givers, key[0], key[1] or "")):
        way = direct[id_, key]
        permissions = tuple(sorted({id_, *(way.needs or ())}))
        found.setdefault((permissions, way.condition), Target("B" if key else "A", permissions, way.how, way.condition))
    return list(found.values())


def _names(grants: Iterable[Grant]) -> dict[str, str]:
    """What each role is called in a reason, so that no two are called the same."""
    names: dict[str, str] = {}
    for grant in grants:
        names[grant.role] = max(names.get(grant.role, ""), (grant.name or "").strip())
    shown = {id_: short(name or id_, LONGEST) for id_, name in names.items()}
    times = Counter(shown.values())
    return {id_: display_name(short(id_, LONGEST), name, alone=times[name] == 1) for id_, name in shown.items()}


def _both(own: str | None, other: str | None) -> str | None:
    """Both conditions, and none twice."""
    if own is None or other is None:
        return own or other
    return other if own in other else f"{own}; {other}"


def _key(alternative: Alternative, target: Target, *, plain: bool) -> str:
    """`plain`: the one way that takes nothing else, whichever target is behind it today."""
    key = alternative.key if target.tier == "A" else TIER_B
    return key if plain else f"{key}:{'+'.join(target.permissions)}"
