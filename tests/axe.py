"""axe-core, which finds what keeps people with a screen reader or a keyboard out of a page: from the npm registry."""

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests import engines

VERSION = "4.14.1"
PART = "package/axe.min.js"


def script() -> str:
    """The script, fetched once. Skips where there is no npm, or RC2GRAPH_REQUIRE_BROWSER=1 makes that a failure."""
    kept = engines._cache() / f"axe-{VERSION}.min.js"
    if not kept.is_file():
        npm = shutil.which("npm")
        try:
            if npm is None:
                raise OSError("there is no npm")
            with tempfile.TemporaryDirectory() as folder:
                subprocess.run(
                    [npm, "pack", "-s", f"axe-core@{VERSION}"], cwd=folder, check=True, capture_output=True, timeout=120
                )
                with tarfile.open(next(Path(folder).glob("*.tgz"))) as packed:
                    content = packed.extractfile(PART)
                    assert content
                    kept.parent.mkdir(parents=True, exist_ok=True)
                    kept.write_bytes(content.read())
        except (OSError, subprocess.SubprocessError) as error:
            if os.environ.get("RC2GRAPH_REQUIRE_BROWSER") == "1":
                pytest.fail(f"RC2GRAPH_REQUIRE_BROWSER=1, but no axe-core: {error}", pytrace=False)
            engines._missing["AXE-CORE"] = str(error)
            pytest.skip(f"no axe-core: {error}")
    return kept.read_text(encoding="utf-8")


def violations(chrome: Any) -> dict[str, list[str]]:
    """Rule → the elements of the page that break it, in light and in the dark."""
    found = dict[str, list[str]]()
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": features})
        chrome.execute_script(script())
        chrome.set_script_timeout(60)
        for rule, elements in chrome.execute_async_script("""
            const done = arguments[0];
            axe.run().then(({violations}) => done(violations.map(one => [one.id, one.nodes.map(node => node.html)])))
        """):
            found.setdefault(rule, []).extend(elements)
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    return found
