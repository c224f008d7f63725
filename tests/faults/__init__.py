"""The simulator with any misfortune on demand: what no verb shows, and no user needs."""

from typing import Any

from rc2graph.simulator import Simulator as Plain
from rc2graph.simulator.answers import Answer
from rc2graph.simulator.routes import Request
from tests.faults.script import Fault, Faults, Hook

__all__ = ["Fault", "Simulator"]


class Simulator(Plain):
    """A server to which things happen, as a script says."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.faults = Faults()

    def add(self, *faults: Fault) -> None:
        self.faults.add(*faults)

    def before(self, nth: int, hook: Hook, *, route: str | None = None) -> None:
        """Run `hook(workspace)` before the nth request (to `route`, or of all) is answered."""
        self.faults.before(nth, hook, route=route)

    def asked(self, request: Request, inside: bool) -> tuple[Answer, tuple[str, ...]]:
        for hook in self.faults.hooks_for(request):
            with self.workspace.lock:
                hook(self.workspace)
        struck = self.faults.due(request)
        kinds = tuple(fault.kind for fault in struck)
        answer = next((made for fault in struck if (made := fault.replacement(request)) is not None), None)
        if answer is None and inside and "neighbour-429" in kinds:
            self.limiter.exhaust(request.route, request.ip, request.now)
            answer = self.api.answer(request, limit_anyway=True)
        if answer is None:
            answer, _ = super().asked(request, inside)
        for fault in struck:
            answer = fault.spoil(answer)
        return answer, kinds
