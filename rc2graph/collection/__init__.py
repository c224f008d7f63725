"""Read a workspace into a snapshot, completely, and prove it.

Lists are read side by side, then the members of each team, then the teams of accounts that are not active, which
`teams.members` hides (rocketchat.md §6.2). What does not add up is read a second time, with a permission check in
between: a permission that was lost for a moment answers 200 and empty, which looks like nobody. Only what two passes
agree on is believed; what one alone had the time to ask is *unconfirmed* (`hidden_members`). The order of things:

    check → first pass → [check → second pass] → [vanished members, one by one] → roles → check

Nothing that the server has shown is dropped: passes are merged, the latest wins.
"""

from rc2graph.collection.collector import Collected, collect
from rc2graph.collection.previous_state import NoPreviousState, PreviousState
from rc2graph.collection.progress import Progress

__all__ = ["Collected", "NoPreviousState", "PreviousState", "Progress", "collect"]
