"""A Rocket.Chat of a given size in a process of its own, so that who reads it has a processor for himself.

    with served(5_000, 60, 300, 12_500, 20_000) as source:
        measured("collect", "--snapshot", file, env=source.environment)
        source.requests()      # what was asked since the last time

Its reader is not limited. `latency`: seconds that every answer takes besides, as by a network.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rc2graph.simulator.sized import sized
from tests.faults import Fault, Simulator


@dataclass(frozen=True)
class Source:
    process: "subprocess.Popen[str]"
    url: str
    user_id: str
    token: str

    @property
    def environment(self) -> dict[str, str]:
        return {"ROCKETCHAT_URL": self.url, "ROCKETCHAT_USER_ID": self.user_id, "ROCKETCHAT_AUTH_TOKEN": self.token}

    def requests(self) -> list[tuple[float, str]]:
        """When each came (epoch seconds), and its path with the query; and forget them."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("requests\n")
        self.process.stdin.flush()
        return [(at, path) for at, path in json.loads(self.process.stdout.readline())]


@contextmanager
def served(*size: int, latency: float = 0.0) -> Iterator[Source]:
    """`size`: users, roles, teams, assignments, memberships."""
    process = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", "bench.source", *map(str, size), str(latency)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        yield Source(process, *json.loads(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()


def main() -> None:
    users, roles, teams, assignments, memberships = map(int, sys.argv[1:-1])
    simulator = Simulator(sized(users, roles, teams, assignments, memberships))
    if latency := float(sys.argv[-1]):
        simulator.add(Fault("slow", seconds=latency, times=-1))
    with simulator:
        sys.stdout.write(json.dumps([simulator.url, *simulator.credentials]) + "\n")
        sys.stdout.flush()
        for _ in sys.stdin:
            asked = [
                (one.at / 1000, f"{_path(one.route)}{'?' + one.query if one.query else ''}") for one in simulator.log
            ]
            simulator.log.clear()
            sys.stdout.write(json.dumps(asked) + "\n")
            sys.stdout.flush()


def _path(route: str) -> str:
    return "/api/info" if route == "info" else f"/api/v1/{route}"


if __name__ == "__main__":
    main()
