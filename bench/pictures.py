"""Pictures of the terminal for the documents: real commands, run against the simulator, drawn by rich.

    python -m bench.pictures [--into docs/images]

Nothing is drawn by hand, and two runs write the same bytes. So the clock of each command stands at the present of the
made-up company, its workspace is called https://chat.example.org, and the two things that still differ from run to run
are left out: the port of the simulator, and how long something took. What a command says on stderr is in no picture.
"""

import argparse
import io
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import CONSOLE_SVG_FORMAT, Console
from rich.text import Text

from rc2graph.cli.terminal import say
from rc2graph.simulator import Simulator, demo_company
from rc2graph.simulator.workspace import NOW

CHECKOUT = Path(__file__).parents[1]
IMAGES = CHECKOUT / "docs" / "images"
COLUMNS = 100
WORKSPACE = "https://chat.example.org"


@dataclass(frozen=True)
class Shot:
    """A picture: what somebody types, and what has to be added so that it says the same here as there."""

    name: str
    typed: tuple[str, ...]
    added: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        return " ".join(("rc2graph", *self.typed))


SHOTS = (
    Shot("demo", ("demo",)),
    Shot("load", ("load",), ("--workspace", WORKSPACE)),
    Shot("why", ("why", "kurt.keys", "admin")),
    Shot("review", ("review", "becomes-administrator")),
)
"""In this order: the later ones ask the graph that `load` made."""

# The command itself, by a clock that stands.
STARTED = f"""
import datetime
class Standing(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp({NOW.timestamp()!r}, tz)
datetime.datetime = Standing
from rc2graph.cli import main
main()
"""
DIFFERENT = {r"(http://127\.0\.0\.1:)\d+": r"\g<1>3000", r"\b\d+\.\d s\b": "… s", rf" --workspace {WORKSPACE}": ""}

# As rich draws it, without the fonts that it would fetch from elsewhere.
FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def printed() -> dict[str, str]:
    """What each command prints on a terminal, with its colours, by the name of the picture."""
    found = {}
    with (
        tempfile.TemporaryDirectory(prefix="rc2graph-pictures-") as folder,
        Simulator(demo_company(), clock=lambda: NOW.timestamp() * 1000) as server,
    ):
        user_id, token = server.credentials
        environment = {
            **{name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ},
            "PYTHONPATH": str(CHECKOUT),
            "HOME": folder,
            "TZ": "UTC",
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "FORCE_COLOR": "1",
            "COLUMNS": str(COLUMNS),
            "ROCKETCHAT_URL": server.url,
            "ROCKETCHAT_USER_ID": user_id,
            "ROCKETCHAT_AUTH_TOKEN": token,
        }
        for shot in SHOTS:
            done = subprocess.run(  # noqa: S603 - our own command
                [sys.executable, "-c", STARTED, *shot.typed, *shot.added],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                encoding="utf-8",
                check=False,
                timeout=300,
            )
            if done.returncode:
                raise SystemExit(f"{shot.line} failed ({done.returncode}):\n{done.stderr}")
            found[shot.name] = alike(done.stdout)
    return found


def alike(text: str) -> str:
    """The same text for every run: without port and durations."""
    for pattern, instead in DIFFERENT.items():
        text = re.sub(pattern, instead, text)
    return text


def drawn(shot: Shot, output: str) -> str:
    """The picture, as SVG: the line that was typed, and below it the output."""
    console = Console(
        record=True, file=io.StringIO(), width=COLUMNS, force_terminal=True, color_system="truecolor", highlight=False
    )
    console.print(Text.assemble(("$ ", "bold green"), (shot.line, "bold")))
    console.print(Text.from_ansi(output.strip("\n")), soft_wrap=True)
    return console.export_svg(title=shot.line, unique_id=f"rc2graph-{shot.name}", code_format=FORMAT)


def pictures() -> dict[str, str]:
    """The SVGs by their file names."""
    outputs = printed()
    return {f"{shot.name}.svg": drawn(shot, outputs[shot.name]) for shot in SHOTS}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pictures", description="Draw docs/images/*.svg anew.")
    parser.add_argument("--into", type=Path, default=IMAGES)
    into: Path = parser.parse_args().into
    into.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures().items():
        (into / name).write_text(picture, encoding="utf-8", newline="\n")
        say(f"{into / name}: {len(picture) // 1024} kB")


if __name__ == "__main__":
    main()
