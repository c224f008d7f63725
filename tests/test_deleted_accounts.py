"""An account that was deleted is gone from the graph, whichever list of users the server has.

Its row in a team stays behind on the server, and `users.listTeams` answers for it as for a living one
(rocketchat.md §4.4, §6.3). Below 6.8 there is only `users.list`, which leaves out whoever has no username, name and
address.
"""

from pathlib import Path

import pytest

from tests.engines import Engine
from tests.moved import earlier, ground


@pytest.mark.parametrize("version", ["6.7.0", "8.6.1"])
def test_i14_a_deleted_administrator_does_not_stay_active(engine: Engine, tmp_path: Path, version: str) -> None:
    with ground(engine.target, tmp_path, version=version) as found:
        case = found.case()
        world = earlier()
        case.source = found.source(world, "case")
        world.assign("carl", "admin")  # a member of vault, who is active
        assert case.run().code == 0
        deleted = {world.delete_user(name) for name in ("carl", "olaf")}  # olaf is not active, and in two teams
        for _ in range(2):
            assert case.run().code == 0
            fresh = found.source(world, "fresh")
            fresh.path.unlink(missing_ok=True)
            fresh.collect()
            assert case.says() == found._alone(fresh.path, "fresh")
        assert deleted
