"""What an exception of the driver means to a person: what failed, why, and the next step; never the password."""

from collections.abc import Iterator
from contextlib import contextmanager

from rc2graph.config import GraphTarget
from rc2graph.errors import GraphError, UsageError
from rc2graph.graph import driver_errors
from rc2graph.secret import without


class WriteRefusedError(GraphError):
    """Somebody who came to read would have written."""


class RejectedError(GraphError):
    """A person's own query that the database does not take: a mistake in it."""


class TooLargeError(GraphError):
    """A transaction that the server ended for its size: it needs more memory or time than one may. Smaller ones fit."""

    slow = False
    """It was the time."""


def too_old(target: GraphTarget, version: str) -> GraphError:
    return GraphError(
        f"{target} is too old.",
        f"It is version {version}; the statements need 5.26 (LTS) or newer.",
        "Upgrade it, or unset NEO4J_URI for the embedded graph.",
    )


@contextmanager
def translated(target: GraphTarget, *also: type[Exception], asked: bool = False) -> Iterator[None]:
    from neo4j.exceptions import DriverError, Neo4jError

    kinds: tuple[type[Exception], ...] = (DriverError, Neo4jError, *also)
    try:
        yield
    except kinds as error:
        raise explained(error, target, asked=asked) from error


# What a server's code means: what failed, why, and the next step. All but the cluster's own were seen on a server.
_MEANINGS: dict[str, tuple[str, str, str]] = {
    "Security.Unauthorized": (
        "{target} does not accept the password.",
        "The user is '{username}'.",
        "Check NEO4J_USERNAME and NEO4J_PASSWORD.",
    ),
    "Security.AuthenticationRateLimit": (
        "{target} has closed the account '{username}' for a moment.",
        "There were too many attempts with a wrong password.",
        "Wait some seconds, then check NEO4J_USERNAME and NEO4J_PASSWORD.",
    ),
    "Security.CredentialsExpired": (
        "{target} wants a new password first.",
        "The user '{username}' still has the one it was made with.",
        "Change it in Neo4j Browser or cypher-shell, and set NEO4J_PASSWORD.",
    ),
    "Security.Forbidden": (
        "{target} does not let '{username}' do this.",
        "{message}",
        "Have the privilege granted, or set another NEO4J_USERNAME.",
    ),
    "Database.DatabaseNotFound": (
        "{target} has no database '{database}'.",
        "{message}",
        "Correct NEO4J_DATABASE, or unset it for the user's own default.",
    ),
    "General.DatabaseUnavailable": (
        "The database of {target} is not available.",
        "{message}",
        "Wait until it has started, or look into the server's log.",
    ),
}
_READ_ONLY = (
    "The database of {target} takes no writes.",
    "{message}",
    "Write to the leader of the cluster (a neo4j:// address finds it), or have read-only mode switched off.",
)
_MEANINGS |= dict.fromkeys(
    ("General.WriteOnReadOnlyAccessDatabase", "General.ForbiddenOnReadOnlyDatabase", "Cluster.NotALeader"), _READ_ONLY
)


_TOO_LARGE = {
    "General.MemoryPoolOutOfMemoryError": "db.memory.transaction.max",
    "General.TransactionOutOfMemoryError": "db.memory.transaction.max",
    "General.OutOfMemoryError": "server.memory.heap.max_size",
    "Transaction.TransactionTimedOut": "db.transaction.timeout",
    "Transaction.TransactionTimedOutClientConfiguration": "db.transaction.timeout",
}
"""Codes of a transaction that was ended for its size, and the setting behind each where the server names none. We set
no timeout, so what the server takes for the client's is its own."""
LANGUAGES = "Cypher 5 and Cypher 25"
_OF_LANGUAGE = ("Statement.SyntaxError", "Procedure.ProcedureNotFound", "Statement.UnsupportedOperationError")
"""Codes for what the server's language does not have, or does not have any more: it is settled when a statement is
read, whatever the graph holds."""
_OF_OTHERS = ("DeadlockDetected", "LockAcquisitionTimeout", "LockClientStopped", "MaximumTransactionLimitReached")


def explained(error: Exception, target: GraphTarget, *, asked: bool = False) -> GraphError | UsageError:
    """What a driver's exception means to a person, what failed first. `asked`: the query is the person's own."""
    from neo4j import exceptions as driver

    message = without(str(getattr(error, "message", None) or error), target.password)
    code = (getattr(error, "code", None) or "").split(".", 2)[-1]
    if target.is_embedded and "read only database" in message:
        code = "Statement.AccessMode"  # ArcadeDB has no code of its own for it (engines.md §5.9)
    if code == "Statement.AccessMode":
        return WriteRefusedError("This would write.", f"{target} is open for reading only; nothing was changed.")
    if code in _MEANINGS and not target.is_embedded:
        known = {"target": target, "username": target.username, "database": target.database or "", "message": message}
        failure = GraphError(*(text.format(**known) for text in _MEANINGS[code]))
        if code == "Security.Unauthorized" and target.password != target.password.strip():
            failure.why += " The password begins or ends with a blank."
        return failure
    said = driver_errors.without_statement(message)
    told = said or (driver_errors.silent_engine(target.home) if target.is_embedded else "The server does not say why.")
    match error:
        case _ if code in _TOO_LARGE and not target.is_embedded:
            named = driver_errors.setting_in(message) or _TOO_LARGE[code]
            said = "It took longer than it may." if "timeout" in named else told
            ended = TooLargeError(
                f"{target} ends a transaction that is too large for it.",
                f"{said} The setting is {named}.",
                f"Have {named} raised in the server's configuration; then repeat this.",
            )
            ended.slow = "timeout" in named
            return ended
        case _ if target.is_embedded and "heap budget" in message:
            return GraphError(
                f"{target} has too little memory for this.",
                told,
                "Give its engine more than half of this machine's, with ARCADEDB_NATIVE_ISOLATE_ARGS=-Xmx4g or what "
                "there is, or set NEO4J_URI.",
            )
        case driver.UnsupportedServerProduct():
            return too_old(target, "older than 4.4, or no Neo4j at all")
        case driver.IncompleteCommit():
            return GraphError(
                f"{target} went away in the middle of a write.",
                "Whether its last part was still written is not known; nothing of it is half there.",
                "Check that it runs, then repeat this: what was written is found.",
            )
        case driver.ServiceUnavailable() | driver.SessionExpired() | driver.ConnectionPoolError():
            return GraphError(
                f"{target} does not answer.",
                driver_errors.no_answer(error),
                driver_errors.next_step(error, target.uri or ""),
            )
        case driver.ConfigurationError() | ValueError():
            return UsageError("NEO4J_URI cannot be used.", message, "Write it like bolt://localhost:7687")
        case driver.ClientError() if asked:
            kind = RejectedError if target.is_embedded or code.startswith("Statement.") else GraphError
            return kind(f"{target} rejects the query.", message)
        case driver.ConstraintError():
            return GraphError(
                f"{target} does not take the data.",
                said or "A constraint stands in the way; the engine does not say which.",
                "Repeat this; if it stays, drop the constraint that is not rc2graph's.",
            )
        case driver.ClientError() if not target.is_embedded and code.startswith(_OF_LANGUAGE):
            return GraphError(
                f"{target} does not understand a statement of rc2graph.",
                f"{told.partition(': expected ')[0].rstrip('.')}. All statements are in what {LANGUAGES} have in "
                "common; this database speaks another language, or leaves something out.",
                "In Neo4j Browser or cypher-shell: SHOW DATABASES YIELD name, defaultLanguage; where it names another "
                f"language: ALTER DATABASE {target.database or 'neo4j'} SET DEFAULT LANGUAGE CYPHER 25; then repeat "
                "this. If it stays, report it, with the server's version.",
            )
        case driver.ClientError():
            return GraphError(f"{target} rejects a statement.", told, "Repeat this; if it stays, report it.")
        case driver.TransientError() if code.endswith(_OF_OTHERS) and not target.is_embedded:
            return GraphError(f"{target} is too busy.", told, "Repeat this when others have ended.")
        case driver.TransientError() if target.is_embedded and not driver_errors.scarce(message):
            return GraphError(f"{target} failed.", told, "Repeat this.")  # nobody else is in it
        case _ if target.is_embedded and (limit := driver_errors.scarce(message)):
            return GraphError(f"{target} failed.", *limit)
        case _ if target.is_embedded and not asked:
            return GraphError(f"{target} failed.", told, "Make room on the disk, or check it; then repeat this.")
        case _:
            return GraphError(f"{target} failed.", told, "Repeat this; look into the server's log if it stays.")
