"""An answer as a Mermaid flowchart, for wikis and tickets. Names are written as character codes where they could be
anything else than letters."""

from collections.abc import Iterable

from rc2graph.access.paths import Path
from rc2graph.render.layout import caption, layout, style
from rc2graph.text import harmless, short

STYLES = {
    "user": "fill:#d7e8fa,stroke:#1f5f9e,color:#111",
    "role": "fill:#fdebc8,stroke:#a86400,color:#111",
    "team": "fill:#d9f2e3,stroke:#1d7a46,color:#111",
    "room": "fill:#eef7f1,stroke:#1d7a46,color:#111",
    "permission": "fill:#f2f2f2,stroke:#666,color:#111",
    "tierA": "fill:#f6c6c1,stroke:#a11d12,stroke-width:3px,color:#111",
    "tierB": "fill:#fbe3e0,stroke:#a11d12,stroke-dasharray:5 3,color:#111",
    "admin": "fill:#a11d12,stroke:#5c0f08,stroke-width:3px,color:#fff",
}


def mermaid(paths: Iterable[Path]) -> str:
    drawn = layout(paths)
    lines = ["flowchart LR"]
    for number, node in enumerate(drawn.nodes):
        lines.append(f'  n{number}["{_text(node.display_name)}<br/>{_text(caption(node))}"]:::{style(node)}')
    for line in drawn.lines:
        arrow = "-.->" if line.weak else "==>" if line.strong else "-->"
        lines.append(f'  n{line.start} {arrow}|"{_text(line.label)}"| n{line.end}')
    for number, left_out in enumerate(drawn.left_out):
        if left_out:
            lines.append(f'  more{number}["and {left_out} more"]')
    lines += [f"  classDef {name} {value}" for name, value in STYLES.items()]
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    """Mermaid reads `#NN;` as a character, and quotes, brackets, HTML and Markdown as its own."""
    return "".join(
        char if char.isalnum() or char in " _" else f"#{ord(char)};" for char in short(harmless(text), 60)
    )  # fmt: skip
