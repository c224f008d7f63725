"""What is wrong with a TLS connection, in the words of a person, and the step that fits it: for Rocket.Chat and Neo4j.

A reason is a clause that follows "cannot be reached:", or begins a sentence of its own with a capital.
"""

import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass

CLOCK = "If the certificate is right, this machine's clock is not: it says {now}."
CERTIFICATES = {
    9: ("its TLS certificate is not valid yet", "Look at the dates of the certificate. " + CLOCK),
    10: ("its TLS certificate has expired", "Have the server's administrator renew the certificate. " + CLOCK),
    18: ("its TLS certificate is self-signed", "Name that certificate, if you trust it, {trusted}."),
    19: (
        "its TLS certificate comes from a certificate authority that this machine does not know",
        "Name that authority's certificate, if you trust it, {trusted}.",
    ),
    20: (
        "nothing that this machine knows vouches for its TLS certificate: the server does not send the intermediate "
        "certificate, or an authority of your own issued it",
        "Have the server's administrator install the whole chain, or name your own authority {trusted}.",
    ),
    23: ("its TLS certificate was revoked", "Have the server's administrator install a new one."),
    62: (
        "its TLS certificate was issued for another name",
        "Set {address} to a name that the certificate holds, or have the administrator add this one to it.",
    ),
}
"""By OpenSSL's numbers (X509_V_ERR_…): what is wrong, and the step that fits."""
CERTIFICATES |= {2: CERTIFICATES[20], 21: CERTIFICATES[20], 64: CERTIFICATES[62]}

WANTS_CERTIFICATE = (
    "the server wants a TLS client certificate, and rc2graph has none to send",
    "{without_one}, or set {address} to an address that asks for none.",
)
HANDSHAKES = {
    "WRONG_VERSION_NUMBER RECORD_LAYER_FAILURE PACKET_LENGTH_TOO_LONG": (
        "that port does not speak TLS",
        "Check the scheme and the port of {address}.",
    ),
    "CERTIFICATE_REQUIRED": WANTS_CERTIFICATE,
    "HANDSHAKE_FAILURE ALERT_BAD_CERTIFICATE": (
        "the server broke the TLS handshake off: it wants a client certificate, which rc2graph has not, or shares no "
        "TLS version and cipher with this machine",
        "Ask the server's administrator which of the two it is.",
    ),
    "UNRECOGNIZED_NAME": (
        "the server has no TLS certificate for that name",
        "Check the host name in {address}.",
    ),
    "PROTOCOL_VERSION UNSUPPORTED_PROTOCOL NO_PROTOCOLS NO_SHARED_CIPHER NO_CIPHERS DH_KEY_TOO_SMALL LEGACY_RENEG": (
        "the server and this machine share no TLS version or cipher",
        "Have the server's administrator turn on TLS 1.2 or newer.",
    ),
    "NO_CERTIFICATE_OR_CRL_FOUND [X509] PEM_LIB PEM_ROUTINES BAD_END_LINE BAD_BASE64": (
        "the file of certificate authorities holds no certificate in PEM form",
        "Name a PEM file {trusted_file}.",
    ),
}
"""By words of OpenSSL, in one version or another."""


@dataclass(frozen=True)
class Settings:
    """How the settings of one connection are called: its `address`; what names a `trusted` certificate; `trusted_file`:
    the same, with what is looked at without it; `without_one`: who else may spare us a client certificate."""

    address: str
    trusted: str
    trusted_file: str
    without_one: str

    def certificate(self, error: ssl.SSLCertVerificationError) -> tuple[str, str]:
        """Why a certificate is not accepted, and the step that fits."""
        reason, step = CERTIFICATES.get(
            error.verify_code,
            (
                f"its TLS certificate is not trusted ({error.verify_message.rstrip('.')})",
                "Have the server's administrator correct it, or name its authority {trusted}.",
            ),
        )
        return reason, self._filled(step)

    def handshake(self, error: ssl.SSLError) -> tuple[str, str] | None:
        """Why there is no TLS, and the step that fits; None where OpenSSL says nothing that is known."""
        said = str(error).upper().replace(" ", "_")
        found = next((found for keys, found in HANDSHAKES.items() if any(key in said for key in keys.split())), None)
        return (found[0], self._filled(found[1])) if found else None

    def wants_certificate(self) -> tuple[str, str]:
        reason, step = WANTS_CERTIFICATE
        return reason, self._filled(step)

    def _filled(self, step: str) -> str:
        return step.format(
            now=time.strftime("%Y-%m-%d %H:%M %Z"), address=self.address, trusted=self.trusted,
            trusted_file=self.trusted_file, without_one=self.without_one,
        )  # fmt: skip


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and all that it wraps, in whatever way its library does that, the outermost first."""
    met: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and id(one) not in met:
            met.add(id(one))
            yield one
            waiting += [
                *one.args, getattr(one, "reason", None), one.__cause__, one.__context__, *getattr(one, "exceptions", ())
            ]  # fmt: skip
