"""Why no answer came: what went wrong below HTTP, the step that fits it, and whether asking again can help."""

import socket
import ssl
from dataclasses import dataclass

import requests
import urllib3

from rc2graph import tls

TLS = tls.Settings(
    address="ROCKETCHAT_URL",
    trusted="with --ca-bundle FILE (PEM)",
    trusted_file="with --ca-bundle; without it REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE are looked at",
    without_one="Have the administrator let GET requests to /api through without one from this machine",
)

AGAIN = "Check ROCKETCHAT_URL, the network and the server, then run the same command again."


@dataclass(frozen=True)
class Unreachable:
    """`reason`: a clause that follows "cannot be reached:". `retryable`: asking again may help. `late`: it took too
    long, or broke off on the way, so a smaller question may be answered. `no_such_name`: believed when said twice."""

    reason: str
    next_step: str = AGAIN
    retryable: bool = True
    late: bool = False
    no_such_name: bool = False


def explained(error: Exception) -> Unreachable:
    """What `error`, raised by requests or anything below it, means."""
    chain = list(tls.causes(error))
    words = " ".join(str(each) for each in chain)
    for each in chain:
        match each:
            case ssl.SSLCertVerificationError():
                return Unreachable(*TLS.certificate(each), retryable=False)
            case socket.gaierror() if each.errno == socket.EAI_NONAME:
                return Unreachable("its name is not known", "Check the host name in ROCKETCHAT_URL.", no_such_name=True)
            case socket.gaierror():
                return Unreachable(
                    "its name could not be looked up, the name server did not answer",
                    "Check the network and the name server (DNS) of this machine, then run the same command again.",
                )
            case ssl.SSLError() if found := TLS.handshake(each):
                return Unreachable(*found, retryable=False)
            case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
                return Unreachable(
                    "it breaks the TLS connection off",
                    "Check the server and what stands in front of it (one that wants a client certificate may do this, "
                    "too), then run the same command again.",
                )
            case requests.exceptions.InvalidURL() | urllib3.exceptions.LocationParseError():
                return Unreachable("no host can have that name", "Check ROCKETCHAT_URL.", retryable=False)
            case urllib3.exceptions.ProxyError():
                return Unreachable(
                    "the proxy that HTTPS_PROXY names does not let the connection through"
                    + (f" ({said})" if (said := _tunnel(words)) else ""),
                    "Check HTTPS_PROXY, or spare this host with NO_PROXY, then run the same command again.",
                    retryable="407" not in words and "403" not in words,
                )
    if "CA certificate bundle" in words:
        return Unreachable(
            "the file of certificate authorities does not exist",
            "Check --ca-bundle, or REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE in the environment.",
            retryable=False,
        )
    if "\\x15\\x03" in words or "\x15\x03" in words:  # a TLS alert where a status line should be
        return Unreachable("that port speaks TLS", "Set ROCKETCHAT_URL to https://.", retryable=False)
    if "refused" in words.lower():
        return Unreachable("it refuses connections")
    late = [
        each for each in chain if isinstance(each, requests.Timeout | TimeoutError | urllib3.exceptions.TimeoutError)
    ]
    if any(not isinstance(each, urllib3.exceptions.NewConnectionError) for each in late):
        endless = next((f" ({each})" for each in late if str(each).startswith("the answer ")), "")
        connecting = any(isinstance(each, urllib3.exceptions.ConnectTimeoutError) for each in late)
        return Unreachable(f"it did not answer in time{endless}", late=not connecting)
    system = next((f" ({each.strerror})" for each in chain if isinstance(each, OSError) and each.strerror), "")
    return Unreachable(f"the connection failed{system}", late=any(_begun(each) for each in chain))


def _begun(error: BaseException) -> bool:
    """The connection broke while the body was on its way."""
    return isinstance(error, urllib3.exceptions.IncompleteRead | urllib3.exceptions.InvalidChunkLength)


def _tunnel(words: str) -> str:
    """What the proxy said to CONNECT, as http.client words it."""
    _, found, said = words.partition("Tunnel connection failed: ")
    return "".join(char for char in said[:40].partition("'")[0] if char.isprintable()) if found else ""
