"""Why an access is worth a look, in a sentence, and how much: the one place where risk is judged.

high    a role: `admin`; one with a permission of tier A; a room role, which counts in every room
        a membership: a deactivated owner
medium  a role: one with a permission of tier B; `bot`; any where what it grants was not seen in full
        a membership: owner or moderator of a private team; a role that teams do not know
        either: of a guest, of a federated, never approved or deactivated account; a service account in a private team
low     everything else

The default roles of a guest, federated, never approved or deactivated account are low: everybody has them.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from rc2graph.graph.connect import WorkspaceGraph
from rc2graph.reviews.items import DEFAULT_ROLES, Access

HIGH, MEDIUM, LOW = "high", "medium", "low"
RISKS = (HIGH, MEDIUM, LOW)
TEAM_ROLES = ("owner", "moderator", "leader")
SHOWN = 3


@dataclass(frozen=True)
class Power:
    """What one role gives."""

    tier_a: frozenset[str] = frozenset()
    conditional: frozenset[str] = frozenset()
    """Those of tier A that suffice under a condition."""
    tier_b: tuple[str, ...] = ()
    everywhere: bool = False
    dangling: bool = False


class Risks:
    """Judges accesses of one workspace. `unseen`: what roles grant was not seen in full."""

    def __init__(self, graph: WorkspaceGraph, *, unseen: bool, default_roles: Collection[str] = DEFAULT_ROLES) -> None:
        self.unseen, self.default_roles = unseen, default_roles
        self.powers = {
            row["id"]: Power(
                frozenset(row["tierA"]),
                frozenset(row["tierAIf"]),
                tuple(row["tierB"]),
                bool(row["roomScoped"]),
                bool(row["dangling"]),
            )
            for row in graph.rows("decisions/role_powers")
        }

    def of(self, access: Access) -> tuple[str, str]:
        """The risk, and why."""
        facts = [*(self._role(access) if access.kind == "role" else _team(access)), *self._account(access)]
        worst = min((RISKS.index(risk) for risk, _ in facts), default=RISKS.index(LOW))
        return RISKS[worst], " ".join(f"{text}." for _, text in facts)

    def _role(self, access: Access) -> Iterator[tuple[str, str]]:
        power = self.powers.get(access.id, Power())
        if access.id == "admin":
            yield HIGH, "Administrator of the workspace"
        elif power.tier_a:
            for names, when in ((power.tier_a - power.conditional, ""), (power.conditional, ", under a condition")):
                if names:
                    yield HIGH, f"{_listed(tuple(sorted(names)))}: alone enough to become administrator{when}"
        elif power.tier_b:
            yield MEDIUM, f"{_listed(power.tier_b)}: a way to administrator with another permission or a condition"
        elif self.unseen:
            yield MEDIUM, "What the role grants was not seen in full"
        if power.everywhere:
            yield HIGH, "A room role on the account itself: it counts in every room"
        if access.id == "bot":
            yield MEDIUM, "The role bot reaches parts of the server that other accounts do not"
        if power.dangling:
            yield LOW, "No role has this id any more"
        if access.id in self.default_roles:
            yield LOW, "A role that everybody has"

    def _account(self, access: Access) -> Iterator[tuple[str, str]]:
        common = access.kind == "role" and access.id in self.default_roles
        risk = LOW if common else MEDIUM
        if access.person.pending:
            yield risk, "The account was never approved: this begins with the approval"
        elif access.person.active is False:
            owner = access.kind == "team" and access.owner
            yield HIGH if owner else risk, f"The account is {access.person.off}: this comes back when it is switched on"
        if access.person.federated:
            yield risk, "The account signs in at another server"
        if access.guest and access.id != "guest":
            yield risk, "A guest account"
        if access.person.service:
            yield MEDIUM if access.private else LOW, "A service account: whoever holds its token has this"


def _team(access: Access) -> Iterator[tuple[str, str]]:
    if access.owner:
        yield MEDIUM if access.private else LOW, f"Owner of a {_kind(access)} team"
    elif "moderator" in access.state:
        text = f"Moderator of a {_kind(access)} team, who can make themselves owner"
        yield MEDIUM if access.private else LOW, text
    elif access.private is not False:
        yield LOW, f"Member of a {_kind(access)} team"
    if unknown := [role for role in access.state if role not in TEAM_ROLES]:
        yield MEDIUM, f"{_listed(tuple(unknown))}: not a role that teams know"


def _kind(access: Access) -> str:
    return {True: "private", False: "public", None: "private or public (not visible)"}[access.private]


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
