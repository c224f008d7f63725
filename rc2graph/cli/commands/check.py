"""`rc2graph check`: who the token is, what it may see, and how long a load will take. Asks, changes nothing."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import typer

from rc2graph.cli import options as o
from rc2graph.cli.terminal import print_json, print_table, prose, release_texts, say
from rc2graph.text import harmless

if TYPE_CHECKING:
    from rc2graph.rocketchat.estimate import Estimate
    from rc2graph.rocketchat.preflight import Preflight
    from rc2graph.rocketchat.probe import Probe


@o.group
class CheckOptions(o.SourceOptions):
    """A person is waiting, who may have typed a wrong address."""

    retry_for: o.RetryFor = timedelta(seconds=15)


def register(app: typer.Typer) -> None:
    @app.command(short_help="Ask who the token is, what it may see, how long a load takes.")
    def check(
        source: CheckOptions,
        output: o.OutputOptions,
        logging: o.LogOptions,
    ) -> None:
        """Ask the server who the token is, what it may see, and how long a load will take.

        Example: rc2graph check --url https://chat.example.org
        """
        from rc2graph.rocketchat.client import Client
        from rc2graph.rocketchat.estimate import estimate
        from rc2graph.rocketchat.preflight import preflight
        from rc2graph.rocketchat.probe import probe

        client = Client.of(source.source())
        try:
            found = preflight(client)
            probed = probe(client, found)
            expected = estimate(client, probed)
        finally:
            client.close()
        if output.json:
            print_json(as_dict(str(client.address), found, probed, expected))
        elif not (logging.quiet and ready(found, probed, expected)):
            _show(str(client.address), found, probed, expected)
        found.require(expected.source)
        if probed.refused:
            raise probed.refused


def ready(found: "Preflight", probed: "Probe", expected: "Estimate") -> bool:
    """Whether a load with this token would begin."""
    return not found.missing(expected.source) and not probed.refused


def as_dict(url: str, found: "Preflight", probed: "Probe", expected: "Estimate") -> dict[str, Any]:
    from rc2graph.catalogue.notes import ReleaseNotes

    return {
        "url": url,
        "version": found.version,
        "release": ReleaseNotes(found.version).as_dict(),
        "caller": {
            "id": found.caller.id,
            "username": found.caller.username,
            "name": found.caller.name,
            "roles": found.caller.roles,
        },
        "source": expected.source.route,
        "permissions": [
            {"id": name, "needed": needed, "held": held, "cost": None if held else cost}
            for name, needed, held, cost in found.table(expected.source)
        ],
        "missing": found.missing(expected.source),
        "ready": ready(found, probed, expected),
        "refused": probed.refused and probed.refused.what,
        "partial": probed.partial,
        "limiter": {
            "limited": expected.limited,
            "calls": expected.limit if expected.limited else None,
            "seconds": expected.period if expected.limited else None,
        },
        "users": expected.users,
        "deactivated": expected.deactivated,
        "teams": expected.teams,
        "calls": expected.calls,
        "minutes": expected.minutes,
        "advice": expected.advice,
        "notes": found.notes,
        "warnings": found.warnings,
    }


def _show(url: str, found: "Preflight", probed: "Probe", expected: "Estimate") -> None:
    from rc2graph.rocketchat.preflight import roles_of

    roles = roles_of(found.caller)
    say(f"{url}: Rocket.Chat{harmless(f' {found.version}' if found.version else ', version not known')}")
    say(harmless(f"The token belongs to {found.caller.username} (id {found.caller.id}, roles: {roles})."))
    say(f"Users are read from {expected.source.route}.")
    say()
    print_table(
        ("permission", "", "held", "what lacking it costs"),
        [
            (
                name,
                "needed" if needed else "useful",
                "yes" if held else "MISSING" if needed else "no",
                "" if held else cost,
            )
            for name, needed, held, cost in found.table(expected.source)
        ],
    )
    for text in (
        *release_texts(found.version),
        *found.notes,
        *(f"Warning: {warning}" for warning in found.warnings),
        expected.limiter_text,
        expected.size_text,
        *expected.advice,
    ):
        prose(text)
    if found.missing(expected.source) or probed.refused:
        return
    for name, why in probed.partial.items():
        prose(f"A load will not see all of {name}: {why}. Next: {probed.steps[name]}")
    if probed.partial:
        prose("Ready, but a load will be partial (exit code 5):", "rc2graph load")
    else:
        say("Ready: rc2graph load")
