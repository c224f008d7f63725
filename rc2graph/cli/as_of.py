"""The option of verbs that can ask a day that has passed."""

from typing import Annotated

import typer

AsOf = Annotated[str, typer.Option("--as-of", help="Ask the newest snapshot of this day or before, such as 2026-06-01.")]  # fmt: skip  # noqa: E501
