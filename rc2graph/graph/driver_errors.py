"""Say why a graph failed, in the words of a person: neither the driver's, nor our own Cypher, nor names of classes."""

import re
import shutil
import socket
import ssl
from pathlib import Path

from rc2graph import tls
from rc2graph.files import MORE_FILES, TOO_MANY
from rc2graph.tls import causes

TLS = tls.Settings(
    address="NEO4J_URI",
    trusted="with SSL_CERT_FILE=FILE (PEM) in the environment",
    trusted_file="with SSL_CERT_FILE",
    without_one="Look into the server's log. rc2graph has no client certificate to show: have it let this machine in "
    "without one",
)
NO_TLS = "that port does not speak TLS"
MAY_WANT = "it ends the connection once TLS is agreed: it may want a certificate from its clients"

FEWEST_FILES = 256
"""Open files that the embedded engine may need; with 100 it fails."""
_NO_MEMORY = ("graal_create_isolate", "failed to map segment", "Cannot allocate memory", "OutOfMemory")
_OF_CLASSES = re.compile(r"^[^:]*failed[^:]*: |^Failed [^:]*: |[\w.]+(Exception|Error): | \(caused by .*")


def no_answer(error: BaseException) -> str:
    """Why nobody answers, or does not any more. The driver keeps the system's own reason somewhere below."""
    for cause in causes(error):
        match cause:
            case ssl.SSLError() if found := _of_tls(error, cause):
                return f"{found[0][0].upper()}{found[0][1:]}."
            case ssl.SSLError():
                return "The connection broke off."
            case socket.gaierror():
                return "Its name cannot be resolved."
            case TimeoutError():
                return "It did not answer in time."
            case ConnectionRefusedError():
                return "The connection was refused."
            case OSError() if cause.strerror and not isinstance(cause, ConnectionError):
                return f"{cause.strerror}."
    text = " ".join(str(cause) for cause in causes(error))
    if "HTTP" in text:
        return "What listens there is a web server; the Bolt port is another one, usually 7687."
    if "handshake" in text:
        return "What listens there closes the connection at once."
    return "The connection broke off." if _lost(error, text) else "The connection failed."


def next_step(error: BaseException, uri: str) -> str:
    """What to do about a server that does not answer at `uri`."""
    scheme, _, host = uri.partition("://")
    plain = scheme.partition("+")[0]
    for cause in causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                return (
                    f"{TLS.certificate(cause)[1]} Or write {plain}+ssc://{host}, which accepts any certificate: the "
                    "connection is encrypted, but whoever stands in between can pose as the server and read the "
                    "password."
                )
            case ssl.SSLError() if found := _of_tls(error, cause):
                if found[0] != NO_TLS:
                    return found[1]
                return (
                    f"Check the port. Where the server has no TLS, write {plain}://{host}: then the password crosses "
                    "the network as it is."
                )
    if "+" in scheme:
        return "Check that it runs, its address and port, and whether TLS is switched on there."
    return f"Check that it runs, its address and port, and whether it wants TLS ({plain}+s://{host})."


def _of_tls(error: BaseException, cause: ssl.SSLError) -> tuple[str, str] | None:
    """What went wrong with TLS, and the step that fits; None where it was agreed and the connection broke off later.

    With TLS 1.3 a client's certificate is missed only after TLS is agreed, with the first words of Bolt, and often
    nothing says why."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        return TLS.certificate(cause)
    if _before_tls(error):
        return TLS.handshake(cause) or (NO_TLS, "")
    reason, step = TLS.wants_certificate()
    if "certificate required" in str(cause).lower().replace("_", " "):
        return reason, step
    return (MAY_WANT, step) if any("handshake" in str(one) for one in causes(error)) else None


def _before_tls(error: BaseException) -> bool:
    """Whether TLS was never agreed: the driver has an error of its own for that."""
    return any(type(one).__name__ == "BoltSecurityError" for one in causes(error))


def engine_words(error: Exception | str) -> str:
    """ "Query failed: com.arcadedb.exception.X: Syntax error …" → "Syntax error …"."""
    return _OF_CLASSES.sub("", str(error))


def without_statement(message: str) -> str:
    """A server's words about a statement of ours, without the statement: "" where they were nothing else."""
    first = engine_words(message.strip().partition("\n")[0]).partition("//")[0].strip()
    if not first or re.fullmatch(r"Error executing \w+ (command|query):?", first):
        return ""
    return first if first.endswith((".", "!", "?")) else f"{first}."


def scarce(error: object) -> tuple[str, str] | None:
    """Which limit of this process the embedded engine ran into, and what to do about it; None where it was none. The
    engine itself says of neither limit that it is one."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return None
    if any(word in str(error) for word in _NO_MEMORY):
        most = resource.getrlimit(resource.RLIMIT_AS)[0]
        if most == resource.RLIM_INFINITY:
            return "Its engine gets no memory from this machine.", "Give the machine more, or set NEO4J_URI."
        return (
            f"Its engine gets no memory: this process may have {most / 1e9:,.1f} GB of addresses (ulimit -v), and the "
            "engine reserves more than it uses.",
            "Lift that limit with: ulimit -v unlimited, or set NEO4J_URI.",
        )
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if files < FEWEST_FILES:
        return f"{TOO_MANY} The limit is {files} (ulimit -n).", MORE_FILES
    return None


def setting_in(message: str) -> str:
    """The server's setting that it names as the limit that was reached, or ""."""
    found = re.search(r"\b(?:db|dbms|server)\.memory\.[\w.]*\w", message)
    return found[0] if found else ""


def silent_engine(home: Path) -> str:
    """ArcadeDB does not say why it could not write; that the disk is full is the first thing to look for."""
    said = "Its engine could not write, and does not say why. The disk may be full, or a quota used up"
    try:
        return f"{said}; {shutil.disk_usage(home).free / 1e9:,.1f} GB are free."
    except OSError:
        return f"{said}."


def _lost(error: BaseException, text: str) -> bool:
    from neo4j.exceptions import SessionExpired

    broken = any(isinstance(cause, ConnectionError) for cause in causes(error))
    return broken or isinstance(error, SessionExpired) or "defunct" in text or "closed" in text
