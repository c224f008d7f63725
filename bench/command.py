"""One command of rc2graph, measured from its start to its end."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile

WATCHED = """
import resource, sys
from rc2graph.cli import main
try:
    main()
finally:
    used = resource.getrusage(resource.RUSAGE_SELF)
    peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024
    sys.stderr.write(f"\\n{used.ru_utime + used.ru_stime} {peak}\\n")
"""
"""Not `ru_maxrss`, which counts what the parent held when it forked."""


@dataclass(frozen=True)
class Measured:
    """`seconds` from start to end, `processor` of these, `peak` memory in MB; `out` what it said, `code` its exit;
    `began`: epoch seconds."""

    seconds: float
    processor: float
    peak: float
    out: str
    code: int
    began: float


def measured(*words: str | Path, env: Mapping[str, str] | None = None, codes: tuple[int, ...] = (0,)) -> Measured:
    """Run `rc2graph` with these words. Ends the benchmark where the command ends with another code."""
    with TemporaryFile("w+") as out, TemporaryFile("w+") as err:
        run = partial(subprocess.run, stdout=out, stderr=err, check=False)
        at, began = time.time(), time.perf_counter()
        done = run([sys.executable, "-c", WATCHED, *map(str, words)], env={**os.environ, **(env or {})})
        seconds = time.perf_counter() - began
        out.seek(0)
        err.seek(0)
        told = err.read()
        if done.returncode not in codes:
            raise SystemExit(f"rc2graph {' '.join(map(str, words))} ended with {done.returncode}:\n{told[-2000:]}")
        processor, peak = (float(word) for word in told.split()[-2:])
        return Measured(seconds, processor, peak, out.read(), done.returncode, at)
