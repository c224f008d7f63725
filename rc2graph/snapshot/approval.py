"""Which accounts that are not active were never approved, and which were deactivated (rocketchat.md §4.2).

The list of users tells neither, but for those that wrote a reason on registering. Behind it two more are read:

    PENDING    who is in it waits for approval: the server sets that when an account is made, and never again
    INACTIVE   who was not in the first, and is in this one, was deactivated: it was there when the first was read, and
               still is not active

Who is in neither was approved, switched on or deleted meanwhile. All of it counts only of the same pass, and only where
both lists are whole.
"""

A_PASS = 10
"""The tries of the lists of one pass are numbered within so many: those of the second begin behind it."""
PENDING, INACTIVE = "pending_approval", "deactivated"
"""Subjects of their pages in the ledger."""
UNKNOWN = "unknown"
"""The note of a page that shows that the server does not know the first list."""

ASKED = "approval"
"""A key in `meta`: the collection asked, or said itself why it could not. Earlier releases did neither."""
IN_QUESTION = "{u}.active = 0 AND coalesce({u}.reason, '') = ''"
"""Accounts, `{u}`, that the list of users tells nothing more of."""
_OF_USERS = "route = 'users.listByStatus' AND subject"
_IN_A_WHOLE_LIST = f"""EXISTS (SELECT 1 FROM inactive WHERE inactive.id = {{u}}.id AND inactive.pending = {{pending}}
  AND inactive.look / {A_PASS} = {{u}}.look / {A_PASS} AND inactive.look IN
  (SELECT look FROM ledger WHERE {_OF_USERS} = '{{subject}}' AND note = 'complete'))"""
IS_PENDING = _IN_A_WHOLE_LIST.format(u="{u}", pending=1, subject=PENDING)
IS_DEACTIVATED = _IN_A_WHOLE_LIST.format(u="{u}", pending=0, subject=INACTIVE)
NOT_TOLD = f"{IN_QUESTION} AND NOT {IS_PENDING} AND NOT {IS_DEACTIVATED}"

TOLD = f"""(EXISTS (SELECT 1 FROM ledger WHERE {_OF_USERS} = '{PENDING}')
  AND NOT EXISTS (SELECT 1 FROM ledger WHERE {_OF_USERS} = '{PENDING}' AND note = '{UNKNOWN}'))"""
"""Whether the server was asked, and is one that can tell."""
STATUS = f"""
UPDATE user SET status = CASE WHEN {IS_PENDING} THEN 'pending' WHEN {IS_DEACTIVATED} THEN 'deactivated' END
  WHERE {IN_QUESTION} AND {TOLD};
DROP TABLE IF EXISTS inactive;
""".format(u="user")
"""Run behind what follows from the list of users alone. A server that cannot tell leaves it at that."""
