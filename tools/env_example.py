"""Writes .env.example from the settings themselves, so that the two cannot drift apart.

python tools/env_example.py            prints it
python tools/env_example.py --write    writes it
"""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from signing_service.settings import Settings  # noqa: E402 - found only after the line above

HEADER = """\
# 签署服务的全部设置。复制为 .env 并去掉需要修改的行首的 #；也可设为同名环境变量。未设置时取此处所列的值。
# Every setting of the signing service. Copy to .env and uncomment what you change, or set environment
# variables of the same names. What is not set has the value shown here.
"""


def env_example() -> str:
    """The text of .env.example: each setting with its meaning above it, commented out at its default."""
    prefix = str(Settings.model_config.get("env_prefix", ""))
    return HEADER + "".join(
        f"\n# {field.description}\n# {prefix.upper()}{name.upper()}={_shown(field.default)}\n"
        for name, field in Settings.model_fields.items()
    )


def _shown(value: Any) -> str:
    """A default as it is typed; a folder of this tree without the tree's own place."""
    if isinstance(value, Path) and value.is_relative_to(ROOT):
        return str(value.relative_to(ROOT))
    return str(value.value if isinstance(value, Enum) else "" if value is None else value)


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        (ROOT / ".env.example").write_text(env_example(), encoding="utf-8")
    else:
        sys.stdout.write(env_example())
