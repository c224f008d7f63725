"""Why no answer came: what went wrong below HTTP, the step that fits it, and whether asking again can help."""

import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass

import requests
import urllib3

CLOCK = "If the certificate is right, this machine's clock is not: it says {now}."
CA_BUNDLE = "with --ca-bundle FILE (PEM)"
CERTIFICATES = {
    9: ("its TLS certificate is not valid yet", "Look at the dates of the certificate. " + CLOCK),
    10: ("its TLS certificate has expired", "Have the server's administrator renew the certificate. " + CLOCK),
    18: ("its TLS certificate is self-signed", "Name that certificate, if you trust it, " + CA_BUNDLE + "."),
    19: (
        "its TLS certificate comes from a certificate authority that this machine does not know",
        "Name that authority's certificate, if you trust it, " + CA_BUNDLE + ".",
    ),
    20: (
        "nothing that this machine knows vouches for its TLS certificate: the server does not send the intermediate "
        "certificate, or an authority of your own issued it",
        "Have the server's administrator install the whole chain, or name your own authority " + CA_BUNDLE + ".",
    ),
    23: ("its TLS certificate was revoked", "Have the server's administrator install a new one."),
    62: (
        "its TLS certificate was issued for another name",
        "Set ROCKETCHAT_URL to a name that the certificate holds, or have the administrator add this one to it.",
    ),
}
"""By OpenSSL's numbers (X509_V_ERR_…): what is wrong, and the step that fits."""
CERTIFICATES |= {2: CERTIFICATES[20], 21: CERTIFICATES[20], 64: CERTIFICATES[62]}

HANDSHAKES = {
    "WRONG_VERSION_NUMBER RECORD_LAYER_FAILURE PACKET_LENGTH_TOO_LONG": (
        "that port does not speak TLS",
        "Check the scheme and the port of ROCKETCHAT_URL.",
    ),
    "CERTIFICATE_REQUIRED": (
        "the server wants a TLS client certificate, and rc2graph has none to send",
        "Have the administrator let GET requests to /api through without one from this machine, or set ROCKETCHAT_URL "
        "to an address that asks for none.",
    ),
    "HANDSHAKE_FAILURE ALERT_BAD_CERTIFICATE": (
        "the server broke the TLS handshake off: it wants a client certificate, which rc2graph has not, or shares no "
        "TLS version and cipher with this machine",
        "Ask the server's administrator which of the two it is.",
    ),
    "UNRECOGNIZED_NAME": (
        "the server has no TLS certificate for that name",
        "Check the host name in ROCKETCHAT_URL.",
    ),
    "PROTOCOL_VERSION UNSUPPORTED_PROTOCOL NO_PROTOCOLS NO_SHARED_CIPHER NO_CIPHERS DH_KEY_TOO_SMALL LEGACY_RENEG": (
        "the server and this machine share no TLS version or cipher",
        "Have the server's administrator turn on TLS 1.2 or newer.",
    ),
    "NO_CERTIFICATE_OR_CRL_FOUND [X509] PEM_LIB PEM_ROUTINES BAD_END_LINE BAD_BASE64": (
        "the file of certificate authorities holds no certificate in PEM form",
        "Name a PEM file with --ca-bundle; without it REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE are looked at.",
    ),
}
"""By words of OpenSSL, in one version or another."""

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
    chain = list(_chain(error))
    words = " ".join(str(each) for each in chain)
    for each in chain:
        match each:
            case ssl.SSLCertVerificationError():
                reason, step = CERTIFICATES.get(
                    each.verify_code, (f"its TLS certificate is not trusted ({each.verify_message.rstrip('.')})", "")
                )
                step = step or f"Have the server's administrator mend it, or name its authority {CA_BUNDLE}."
                return Unreachable(reason, step.format(now=time.strftime("%Y-%m-%d %H:%M %Z")), retryable=False)
            case socket.gaierror() if each.errno == socket.EAI_NONAME:
                return Unreachable("its name is not known", "Check the host name in ROCKETCHAT_URL.", no_such_name=True)
            case socket.gaierror():
                return Unreachable(
                    "its name could not be looked up, the name server did not answer",
                    "Check the network and the name server (DNS) of this machine, then run the same command again.",
                )
            case ssl.SSLError() if found := _handshake(str(each)):
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


def _handshake(words: str) -> tuple[str, str] | None:
    said = words.upper().replace(" ", "_")
    return next((found for keys, found in HANDSHAKES.items() if any(key in said for key in keys.split())), None)


def _tunnel(words: str) -> str:
    """What the proxy said to CONNECT, as http.client words it."""
    _, found, said = words.partition("Tunnel connection failed: ")
    return "".join(char for char in said[:40].partition("'")[0] if char.isprintable()) if found else ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """`error` and all that it wraps, in whatever way its library does that, the outermost first."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, BaseException) and not any(each is known for known in seen):
            seen.append(each)
            yield each
            waiting += [*each.args, getattr(each, "reason", None), each.__cause__, each.__context__]
