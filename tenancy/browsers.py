"""What a browser calls itself, in two words that its owner recognises: `Firefox, Windows`. A guess, never a proof."""

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def in_words(user_agent: str) -> str:
    """The browser and the system; the agent's own first word where neither is known; empty when it said nothing."""
    known = [next((word for mark, word in kind if mark in user_agent), "") for kind in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, known)) or user_agent.partition(" ")[0][:40]
