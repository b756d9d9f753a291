"""``verify.html``: the whole check in one file that opens from a disk or a stick, with no network and nothing beside it.

Keys and status lists are written into it when it is made. Its policy allows the scripts and the style by their hashes
and nothing else: no address, no frame, no form that goes anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from signing_service.attest.code_keys import CodeKeys
from verify_portal.offline_words import words_of
from verify_portal.pages import STATIC
from verify_portal.templates import templates_in

MODULES = ("code.js", "status-list.js", "qr-reader.js", "offline.js")
"""In the order in which they need one another."""
STYLES = ("tokens.css", "portal.css", "offline.css")
DECODER = "vendor/jsQR.js"

_IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./([\w.-]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)


def single_file(origin: str, keys: CodeKeys, lists: Mapping[int, bytes], lang: str) -> bytes:
    """The file for readers of ``lang`` (zh or en), with the keys and the status lists, by number, as they are now."""
    style, script, decoder = _style(), _script(), _read(DECODER)
    kept = {
        "keys": keys.to_json(),
        "lists": {str(number): base64.b64encode(token).decode() for number, token in lists.items()},
    }
    page = (
        templates_in(lang)
        .get_template("single.html")
        .render(
            host=(urlsplit(origin).hostname or origin).lower(),
            origin=origin.rstrip("/"),
            policy=_policy(style, decoder, script),
            style=Markup(style),  # noqa: S704  our own files, and hashed in the policy
            script=Markup(script),  # noqa: S704
            decoder=Markup(decoder),  # noqa: S704
            words_json=as_json(words_of(lang)),
            kept_json=as_json(kept),
        )
    )
    return page.encode()


def as_json(value: Any) -> Markup:
    """JSON that may stand in a script element: nothing in it ends the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704  no < is left in it


def _policy(style: str, *scripts: str) -> str:
    hashes = " ".join(_hash(script) for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src {_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _script() -> str:
    """The modules in one, each in a scope of its own, for a file from a disk may import nothing."""
    parts = ["const modules = {};"]
    for name in MODULES:
        source = _read(name)
        exported = _EXPORT.findall(source)
        body = _EXPORT.sub("", _IMPORT.sub(r'const \1 = modules["\2"];', source))
        parts.append(f'modules["{name}"] = (() => {{\n{body}\nreturn {{ {", ".join(exported)} }};\n}})();')
    return "\n".join(parts)


def _style() -> str:
    drawn = base64.b64encode((STATIC / "guilloche.svg").read_bytes()).decode()
    whole = "\n".join(_read(name) for name in STYLES)
    return whole.replace('url("guilloche.svg")', f'url("data:image/svg+xml;base64,{drawn}")')


def _read(name: str) -> str:
    text = (STATIC / name).read_text(encoding="utf-8")
    if "</script" in text.lower() or "</style" in text.lower():
        msg = f"{name} would end the element that it is put into"
        raise ValueError(msg)
    return text
