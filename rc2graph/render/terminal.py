"""Answers as lines and trees on a terminal."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rc2graph.access.account import Account
from rc2graph.access.paths import IF_ALLOWED, Edge, Node, Path
from rc2graph.access.why import Answer
from rc2graph.render.layout import caption, style
from rc2graph.text import counted, harmless, listed

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.tree import Tree

COLOURS = {"user": "bold", "admin": "bold red", "tierA": "red", "tierB": "yellow"}
SHOWN = 20
"""Paths in words; the tree has them all."""


def shown(found: Answer | Account) -> Iterator["RenderableType"]:
    """What is printed, one after the other."""
    yield from _answer(found) if isinstance(found, Answer) else _account(found)


def _answer(answer: Answer) -> Iterator["RenderableType"]:
    from rich.text import Text

    yield Text(harmless(answer.headline), "bold")
    if answer.paths:
        yield Text(f"{counted(len(answer.paths), 'path')}{', shortest first' if len(answer.paths) > 1 else ''}:")
        for number, path in enumerate(answer.paths[:SHOWN], 1):
            yield _item(f"{number}.", path.describe(), "  ")
            for text in path.details():
                yield _item("  ", text, "  ")
        if len(answer.paths) > SHOWN:
            yield Text(f"… and {len(answer.paths) - SHOWN} more: --json has them all.")
        yield Text()
        yield tree(answer.paths)
        yield Text()
    yield from _remarks([one.describe() for one in answer.almost], "Short of it: ")
    yield from _remarks(answer.remarks)
    yield Text(harmless(f"Examined: {answer.examined}, as of {answer.as_of or 'no finished load'}."))
    yield from _remarks(answer.not_visible, "Not visible: ")


def _account(account: Account) -> Iterator["RenderableType"]:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    yield Text(harmless(account.headline), "bold")
    about = [account.person.name, f"id {account.person.id}", f"last login {account.person.last_login or 'not visible'}"]
    yield Text(harmless(", ".join(part for part in about if part)))
    yield Text()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Blast radius", title_justify="left", title_style="bold")
    table.add_column("what")
    table.add_column("how much", overflow="fold")
    for what, how_much in account.radius():
        table.add_row(Text(harmless(what)), Text(harmless(how_much)))
    yield table
    yield tree(account.paths)
    yield Text()
    for path in account.ways[:SHOWN]:
        yield _item("•", path.describe(), "  ")
        for text in path.details():
            yield _item("  ", text, "  ")
    yield from _remarks([one.describe() for one in account.almost], "Short of administrator: ")
    yield from _remarks(account.remarks)
    yield Text(harmless(f"As of {account.as_of or 'no finished load'}."))
    yield from _remarks(account.not_visible, "Not visible: ")


def tree(paths: Iterable[Path]) -> "Tree":
    """All paths from one person, what they share drawn once."""
    from rich.text import Text
    from rich.tree import Tree

    branches: dict[tuple[object, ...], Tree] = {}
    root: Tree | None = None
    for path in paths:
        at: tuple[object, ...] = (path.start,)
        if root is None:
            root = Tree(Text(harmless(path.start.display_name), "bold"))
        branch = branches.setdefault(at, root)
        for edge, node in zip(path.edges, path.nodes[1:], strict=True):
            at = (*at, edge, node)
            if at not in branches:
                name = "administrator" if node.is_administrator else node.display_name
                label = Text(harmless(name), COLOURS.get(style(node), ""))
                label.append(harmless(f"  {', '.join(_beside(node, edge))}".rstrip()), "dim")
                branches[at] = branch.add(label)
            branch = branches[at]
    return root or Tree("")


def _beside(node: Node, edge: Edge) -> list[str]:
    told = [] if node.is_administrator else [caption(node)]
    told += ["owner"] if edge.held.get("owner") else []
    told += [f"with {listed(list(edge.needs))}"] if edge.needs else []
    if edge.condition == IF_ALLOWED:
        return [*told, f"if {IF_ALLOWED}"]
    return told + (["under a condition"] if edge.condition else [])


def _remarks(texts: Iterable[str], label: str = "Note: ") -> Iterator["RenderableType"]:
    for text in texts:
        yield _item(label.rstrip(), text, "")


def _item(label: str, text: str, before: str) -> "RenderableType":
    """A label, and a text that is folded beside it."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(before + label), Text(harmless(text)))
    return grid
