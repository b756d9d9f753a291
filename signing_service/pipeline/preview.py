"""A designer changes a template and sees the page: its sample, drawn exactly as a real document would be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pypdfium2
from watchfiles import watch as watch_files

from signing_service.domain.dates import SHANGHAI
from signing_service.domain.documents import TemplateId
from signing_service.domain.errors import Problem
from signing_service.pipeline.fonts import Fonts
from signing_service.pipeline.render import render
from signing_service.pipeline.templates import Template, all_templates, load

DPI = 110

SAMPLE_MOMENT = datetime(2026, 11, 22, 10, 0, tzinfo=SHANGHAI)
"""When samples are made, so that a preview is the same every time."""


def preview(template: Template, fonts: Fonts, out: Path, dpi: int = DPI) -> list[Path]:
    """Draw the sample of ``template`` into the folder ``out``: the PDF, then a PNG for each page, in that order."""
    rendered = render(template, template.sample(), fonts, SAMPLE_MOMENT)
    folder = out / str(template.template_id)
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("page-*.png"):
        stale.unlink()
    pdf = folder / f"{template.template_id.name}.pdf"
    pdf.write_bytes(rendered.data)
    return [pdf, *_pages(rendered.data, folder, dpi)]


def _pages(data: bytes, folder: Path, dpi: int) -> list[Path]:
    paths = []
    document = pypdfium2.PdfDocument(data)
    try:
        for number, page in enumerate(document, 1):
            path = folder / f"page-{number}.png"
            page.render(scale=dpi / 72).to_pil().save(path)
            paths.append(path)
    finally:
        document.close()
    return paths


def watch(root: Path, fonts: Fonts, out: Path) -> Iterator[str]:
    """Draw every template, then again whatever is changed below ``root``, until interrupted.

    One line is yielded for each template drawn or refused; a mistake in a template is told and waited out. A change
    of the shared style draws everything again.
    """
    for which in all_templates(root):
        yield _drawn(root, which, fonts, out)
    for changes in watch_files(root):
        for which in touched(root, (Path(path) for _, path in changes)):
            yield _drawn(root, which, fonts, out)


def touched(root: Path, paths: Iterator[Path]) -> list[TemplateId]:
    """The templates that a change of ``paths`` concerns."""
    changed = {path.resolve() for path in paths}
    every = all_templates(root)
    if any(path.parent == root.resolve() and path.suffix == ".toml" for path in changed):
        return every
    return [which for which in every if any((root / str(which)).resolve() in path.parents for path in changed)]


def _drawn(root: Path, which: TemplateId, fonts: Fonts, out: Path) -> str:
    try:
        pdf, *pages = preview(load(root, which), fonts, out)
    except Problem as problem:
        return f"{which}: {problem.zh}"
    except ValueError as error:
        return f"{which}: sample.json: {error}"
    return f"{which}: {len(pages)} page(s) -> {pdf.parent}"
