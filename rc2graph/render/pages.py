"""Pages that need nothing but themselves: opened offline they ask nothing of anybody.

Templates, styles and scripts lie in `pages/`. Whatever a template prints is made harmless and escaped. A page's own
policy lets its style sheet and its scripts through, by their hashes, and no request.
"""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rc2graph.text import harmless

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).with_name("pages")


def pieces(
    template: str,
    *,
    styles: Sequence[str],
    scripts: Sequence[str],
    filters: Mapping[str, Callable[..., Any]] | None = None,
    **values: Any,
) -> Iterator[str]:
    """A page, piece by piece. `styles`, `scripts`: files beside the template, without their ending."""
    css = "\n".join(_file(f"{name}.css") for name in ("theme", *styles))
    made = _environment()
    made.filters |= filters or {}
    made.globals |= values | {"css": css, "scripts": [_file(f"{name}.js") for name in scripts]}  # macros see them too
    return made.get_template(template).generate()


def theme() -> str:
    """The colours that every page shares, as custom properties of CSS: light, dark, and on paper."""
    return _file("theme.css")


def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, finalize=_finalized,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters |= {"hash": _hash, "kind": kind}
    return made


def _finalized(value: Any) -> Any:
    """Jinja escapes what comes of it, unless it is markup already."""
    return harmless(value) if type(value) is str else value


def kind(name: str) -> str:
    """The name of a style: tier A → tier-a"""
    return name.replace(" ", "-").lower()


@cache
def _file(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
