"""Where the published schemas are: they are others' data, are read where they lie, and are not part of this project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lxml import etree

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "VALIDATION_SCHEMAS"
"""Environment variable that names the folder; without it a folder shared/schemas is looked for above the checkout."""


def validation_report_schema() -> etree.XMLSchema:
    """ETSI TS 119 102-2; skips the test where the schema is not at hand."""
    named = os.environ.get(FOLDER)
    folders = [Path(named)] if named else [parent / "shared" / "schemas" for parent in (ROOT, *ROOT.parents)]
    for folder in folders:
        if (folder / "vr.xsd").exists():
            return etree.XMLSchema(etree.parse(str(folder / "vr.xsd")))
    pytest.skip(f"not run on this machine: vr.xsd of TS 119 102-2 is not here, name its folder with {FOLDER}")
