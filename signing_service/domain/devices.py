"""What a browser calls itself, in words that its owner knows it by."""

from __future__ import annotations

BROWSERS = (
    ("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"),
    ("CriOS", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
"""The first that is named counts: most claim to be some of those that stand after them."""

SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
    ("Windows", "Windows"), ("Macintosh", "Mac"), ("Linux", "Linux"),
)  # fmt: skip

UNKNOWN = "？"


def device_named(agent: str) -> str:
    """``Chrome · Windows`` of a User-Agent (RFC 9110, 10.1.5); the names are the same in every language."""
    found = [next((name for mark, name in known if mark in agent), "") for known in (BROWSERS, SYSTEMS)]
    return " · ".join(name for name in found if name) or UNKNOWN
