"""`python -m voltape` is the command `voltape`."""

from voltape.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
