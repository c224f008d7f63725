"""A Rocket.Chat server made up in memory: the same answers and the same limits.

It knows nothing of the rest of rc2graph, so that reader and simulator cannot agree on a mistake.
"""

from .company import demo_company
from .limiter import Limiter
from .server import Simulator
from .sized import sized
from .workspace import Workspace

__all__ = ["Limiter", "Simulator", "Workspace", "demo_company", "sized"]
