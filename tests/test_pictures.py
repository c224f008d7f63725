"""The terminal pictures in docs/images are what the commands print; `python -m bench.pictures` draws them anew."""

import re
import xml.etree.ElementTree as ET

import pytest

from bench.pictures import IMAGES, SHOTS, Shot, alike, drawn, printed

pytest.importorskip("arcadedb", exc_type=ImportError)


def lines(svg: str) -> list[str]:
    """What a reader of the picture reads, line by line."""
    found: dict[float, list[tuple[float, str]]] = {}
    for text in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):
        place = found.setdefault(float(text.get("y", 0)), [])
        place.append((float(text.get("x", 0)), text.text or ""))
    whole = ("".join(words for _, words in sorted(parts)) for _, parts in sorted(found.items()))
    return [" ".join(line.split()) for line in whole if line.strip()]


@pytest.fixture(scope="module")
def outputs() -> dict[str, str]:
    return printed()


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_the_picture_is_what_the_command_prints(shot: Shot, outputs: dict[str, str]) -> None:
    kept = (IMAGES / f"{shot.name}.svg").read_text(encoding="utf-8")
    assert lines(kept) == lines(drawn(shot, outputs[shot.name])), "python -m bench.pictures draws it anew"
    assert {shot.line, f"$ {shot.line}"} <= set(lines(kept)), "as title, and as typed"


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_the_same_output_makes_the_same_bytes(shot: Shot, outputs: dict[str, str]) -> None:
    assert drawn(shot, outputs[shot.name]) == drawn(shot, outputs[shot.name])


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_a_picture_loads_nothing(shot: Shot) -> None:
    kept = (IMAGES / f"{shot.name}.svg").read_text(encoding="utf-8")
    assert "@font-face" not in kept
    assert not re.search(r"<script|<image|<foreignObject|\bhref=|\burl\((?!#)", kept)


def test_what_differs_from_run_to_run_is_left_out() -> None:
    told = "answers at http://127.0.0.1:41065 as a Rocket.Chat would; done in 12.4 s of 2026-07-12T08:00:00.000Z"
    assert (
        alike(told)
        == "answers at http://127.0.0.1:3000 as a Rocket.Chat would; done in … s of 2026-07-12T08:00:00.000Z"
    )


def test_every_terminal_picture_is_made_by_the_script() -> None:
    drawn = {path.stem for path in IMAGES.glob("*.svg") if not path.stem.startswith("performance-")}
    assert drawn == {shot.name for shot in SHOTS}
