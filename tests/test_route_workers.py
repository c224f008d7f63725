"""One thread a route: its requests go one after another, while whoever sent them does something else."""

import threading
import time

from rc2graph.rocketchat.answer import Answer
from rc2graph.rocketchat.route_workers import RouteWorkers

SOON = 10.0


def test_requests_that_wait_for_their_turn_go_one_by_one_in_order():
    flying, most, order = [0], [0], []

    def request(number):
        def ask():
            flying[0] += 1
            most[0] = max(most[0], flying[0])
            time.sleep(0.002)
            order.append(number)
            flying[0] -= 1
            return Answer()

        return ask

    with RouteWorkers() as lanes:
        for number in range(5):
            lanes.send("teams.members", number, request(number))
        assert lanes.sent("teams.members") == 5
        assert not lanes.idle
        taken = [lanes.take(SOON) for _ in range(5)]
        assert lanes.idle
        assert lanes.sent("teams.members") == 0
    assert [done.ticket for _, done in taken] == order == [0, 1, 2, 3, 4]
    assert most == [1]


def test_the_next_request_goes_without_the_answer_before_being_taken():
    gone = threading.Event()

    def second():
        gone.set()
        return Answer()

    with RouteWorkers() as lanes:
        lanes.send("teams.members", 1, Answer)
        lanes.send("teams.members", 2, second)
        assert gone.wait(SOON), "nobody has taken the first answer"


def test_routes_do_not_wait_for_each_other():
    release = threading.Event()

    def slow():
        release.wait(SOON)
        return Answer()

    with RouteWorkers() as lanes:
        lanes.send("teams.members", "slow", slow)
        lanes.send("users.listTeams", "quick", Answer)
        assert lanes.take(SOON)[1].ticket == "quick"
        release.set()
        assert lanes.take(SOON)[1].ticket == "slow"


def test_after_the_end_nothing_is_asked_that_was_still_waiting():
    """A run that fails asks no more, whatever had been sent ahead."""
    under_way, release, asked = threading.Event(), threading.Event(), []

    def first():
        under_way.set()
        release.wait(SOON)
        return Answer()

    with RouteWorkers() as lanes:
        lanes.send("teams.members", 1, first)
        lanes.send("teams.members", 2, lambda: asked.append(2))
        assert under_way.wait(SOON)
        worker = next(thread for thread in threading.enumerate() if thread.name == "teams.members")
    release.set()
    worker.join(SOON)
    assert not worker.is_alive()
    assert asked == []
