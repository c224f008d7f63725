"""Commands in what is printed, each with the options that this one was given: so that they work when they are pasted.

Texts that name a next step come from all over the house, and say rc2graph load: without quotes, as an option that is
put in may need quotes itself. At the end of a line it pastes best. What was typed for the verb that speaks (`--home`,
`--neo4j-uri`, …) is put in where the text is printed. What is set in the environment holds for the next command as
well.
"""

import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import typer

from rc2graph.secret import looks_secret

CARRIED = (
    "url", "user_id", "token_file", "ca_bundle", "insecure_http",
    "neo4j_uri", "neo4j_username", "neo4j_database", "workspace", "home", "no_emails", "env_file",
)  # fmt: skip
"""Which Rocket.Chat, which graph, and what is not to be stored. Passwords are repeated nowhere."""
LISTS_WORKSPACES = "status"
"""Is told to people who named a workspace that is not there."""


class Typed:
    """What was typed for this process: options by their parameter, and which of them each verb takes."""

    given: ClassVar[dict[str, tuple[str, ...]]] = {}
    takes: ClassVar[dict[str, frozenset[str]]] = {}


def register(verb: str, options: Iterable[str]) -> None:
    """Note which of these options a verb takes."""
    Typed.takes[verb] = frozenset(CARRIED) & frozenset(options)


def note_typed(context: typer.Context, options: Mapping[str, Any]) -> None:
    """Note what stands on the command line of the verb that begins."""
    Typed.given = {}
    for param in context.command.params:
        value, source = options.get(param.name or ""), context.get_parameter_source(param.name or "")
        if param.name not in CARRIED or source is None or source.name != "COMMANDLINE" or value in ("", None, False):
            continue
        if value is True:
            Typed.given[param.name] = (param.opts[0],)
        elif not looks_secret(str(value)):
            Typed.given[param.name] = (param.opts[0], str(value))


def complete(text: str) -> str:
    """The text, in which every command of ours has the options that it needs and does not name itself."""
    if "url" in Typed.given:  # what was typed is what has to be corrected
        text = re.sub(r"ROCKETCHAT_URL\b(?! \(or --url\))", "--url", text)
    if not Typed.given or "rc2graph " not in text:
        return text
    return "\n".join(_of_line(line) for line in text.split("\n"))


def _of_line(line: str) -> str:
    verb = rf"rc2graph ({'|'.join(map(re.escape, Typed.takes))})(?![\w-])"
    return re.sub(rf"(?<!['\w]){verb}(?=((?:'[^']*'|.)*?)(?:rc2graph |[,;.] |$))", _with_options, line)


def _with_options(found: re.Match[str]) -> str:
    """The verb, and behind it what the `rest` of its command lacks."""
    verb, rest = found[1], found[2]
    words = [
        word
        for name, option in Typed.given.items()
        if name in Typed.takes[verb]
        and not re.search(rf"(?<!\S){re.escape(option[0])}(?![\w-])", rest)
        and not (name == "workspace" and verb == LISTS_WORKSPACES)
        for word in option
    ]
    return f"{found[0]} {shlex.join(words)}" if words else found[0]
