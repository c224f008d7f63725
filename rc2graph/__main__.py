"""`python -m rc2graph`."""

from rc2graph.cli import main

if __name__ == "__main__":
    main()
