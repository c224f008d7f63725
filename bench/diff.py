"""How long comparing two snapshots takes, and how much memory: 100 000 accounts, 1 % of them changed.

    python -m bench.diff [--users 100000] [--changed 0.01]

Aim: memory that does not grow with the workspace, and less time than checking the two hashes takes twice over.
"""

import argparse
import tempfile
import time
from pathlib import Path

from bench.command import measured
from rc2graph.cli.terminal import say
from rc2graph.simulator.sized import sized
from tests.review import world_of
from tests.snapshots import World, snapshot


def changed(before: World, share: float) -> World:
    """Everybody signed in since; of that share a fifth each left, came, was switched off, renamed, or got a role."""
    after = before.copy()
    people = [id_ for id_, user in after.users.items() if user.active and user.username]
    some = people[:: max(int(1 / share), 1)]
    roles = [role for role in after.roles if len(role) > 16]
    after.grant(roles[0], "access-permissions")
    after.grant(roles[1], "manage-selected-settings")
    after.grant(roles[1], "change-setting-SMTP_Host")
    for id_ in people:
        after.change(id_, last_login="2026-07-02T08:00:00.000Z")
    for number, id_ in enumerate(some):
        held = after.users[id_].roles or ()
        match number % 5:
            case 0:
                after.users.pop(id_)
            case 1:
                after.user(f"new-{number}", "user", roles[0])
            case 2:
                after.change(id_, active=False)
            case 3:
                after.change(id_, username=f"renamed.{number}")
            case 4:
                after.change(id_, roles=tuple({*held, roles[number % len(roles)]}))
    after.members = {key: row for key, row in after.members.items() if key[1] in after.users}
    return after


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--changed", type=float, default=0.01)
    chosen = parser.parse_args()
    users = chosen.users
    with tempfile.TemporaryDirectory(prefix="rc2graph-bench-") as folder:
        began = time.perf_counter()
        before = world_of(sized(users, 120, max(users // 50, 20), users * 2, users * 9 // 2))
        files = [str(Path(folder) / name) for name in ("a.sqlite", "b.sqlite")]
        for file, world in zip(files, (before, changed(before, chosen.changed)), strict=True):
            snapshot(world, Path(file)).close()
        sizes = ", ".join(f"{Path(file).stat().st_size / 1e6:.0f} MB" for file in files)
        say(f"{users:,} accounts, {chosen.changed:.1%} changed: {sizes}, made in {time.perf_counter() - began:.0f} s")
        for form in (
            [files[0], files[0]],
            files,
            [*files, "--all"],
            [*files, "--json"],
            [*files, "--markdown", "--all"],
        ):
            words = [Path(word).name for word in form]
            done = measured("diff", *form)
            say(
                f"  {' '.join(words):<44} {done.seconds:.1f} s ({done.processor:.1f} of processor),"
                f" peak {done.peak:.0f} MB, {len(done.out) / 1e6:.1f} MB of output"
            )


if __name__ == "__main__":
    main()
