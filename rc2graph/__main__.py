"""`python -m rc2graph`."""

from rc2graph.cli import main

main()
