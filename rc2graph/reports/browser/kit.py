"""Write the folder: style sheet, favourites, guide, and the page to begin with."""

from pathlib import Path

from rc2graph.files import new_files, new_folder
from rc2graph.graph.statements import folder as cypher
from rc2graph.reports.browser.favourites import favourites, zipped
from rc2graph.reports.browser.links import Browser
from rc2graph.reports.browser.pages import guide, index

STYLE, FAVOURITES, GUIDE, INDEX = FILES = ("rc2graph.grass", "favourites.zip", "guide.html", "index.html")


def style() -> str:
    return (cypher() / "browser" / STYLE).read_text(encoding="utf-8")


def write_kit(folder: Path, browser: Browser, workspace: str, *, guide_url: str, overwrite: bool) -> int:
    """Write the files, and say how many statements they have. Errors: `UsageError`."""
    found = favourites()
    paths = {name: folder / name for name in FILES}
    with new_files(paths.values(), overwrite=overwrite, another="another folder with --dir") as files:
        new_folder(folder)
        files.open(paths[STYLE]).write(style())
        files.open(paths[FAVOURITES]).buffer.write(zipped(found, workspace))
        files.open(paths[GUIDE]).write(guide(workspace, found))
        files.open(paths[INDEX]).write(index(browser, workspace, found, guide_url))
    return len(found)
