"""Neo4j Browser as the place to look at the graph: a style sheet, favourites, a guide and a page of links.

Only `?cmd=edit` links, `:param` and text to copy work in every Browser; a dropped style sheet, dropped favourites and
guides work up to version 5. So the page has it all, and what a Browser cannot take is missed by nobody.
"""

from rc2graph.reports.browser.kit import FILES, write_kit
from rc2graph.reports.browser.links import Browser, browser_of

__all__ = ["FILES", "Browser", "browser_of", "write_kit"]
