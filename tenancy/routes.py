"""Routes in words, for people who read the access log. Each app says its own in `SAID` of its urls module."""

from importlib import import_module


def route_in_words(name: str) -> str:
    """`coordination:patient` -> "the overview"; the name, readable, of a route that is no more and stands in old rows."""
    space, _, short = name.partition(":")
    try:
        said = import_module(f"{space}.urls").SAID
    except (ImportError, ValueError, AttributeError):
        said = {}
    return str(said.get(short) or short.replace("_", " ") or name)
