"""What is printed for machines is what machines read."""

import json

import pytest

from rc2graph.cli.terminal import print_json


def test_json_has_no_number_that_json_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    """A statement of a person's own may return them, and no reader but Python's takes NaN."""
    print_json({"rows": [{"share": float("nan"), "of": (float("-inf"), 1.5, 2, None, True)}]})

    def refused(text: str) -> object:
        raise AssertionError(f"{text} is no JSON")

    told = json.loads(capsys.readouterr().out, parse_constant=refused)
    assert told == {"rows": [{"share": "nan", "of": ["-inf", 1.5, 2, None, True]}]}
