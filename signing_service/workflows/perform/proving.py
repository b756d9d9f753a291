"""自检 and 归档: our own output is validated as a stranger would, and only then is it archived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from signing_service.domain.documents import DocumentKind, PadesLevel, SealedPdf, Sha256, SignatoryRole, sha256_of
from signing_service.pipeline.archive import archive
from signing_service.pipeline.prove import prove
from signing_service.storage import documents, sealings
from signing_service.workflows.perform.piece import Piece, each
from signing_service.workflows.workshop import Workshop


def prove_and_archive(shop: Workshop, pieces: Sequence[Piece]) -> None:
    to_prove: list[Piece] = []

    def look(piece: Piece) -> None:
        if piece.turn_to(piece.effect.template).state in (documents.VOID, documents.ARCHIVED):
            piece.done += 1
        else:
            to_prove.append(piece)

    each(pieces, look)
    asked: dict[str, dict[SignatoryRole, PadesLevel]] = {}
    with shop.database.reading() as connection:
        ids = [piece.row.document_id for piece in to_prove if piece.row]
        for (document_id, role), one in sealings.of_documents(connection, ids).items():
            asked.setdefault(document_id, {})[role] = one.level
    each(to_prove, lambda piece: _prove(shop, piece, asked))


def _prove(shop: Workshop, piece: Piece, asked: Mapping[str, Mapping[SignatoryRole, PadesLevel]]) -> None:
    row, sealed = piece.turn_to(piece.effect.template), piece.as_it_stands(shop.blobs)
    if not isinstance(sealed, SealedPdf):
        msg = f"{row.number}: nothing is sealed that could be proven"
        raise TypeError(msg)
    now = shop.clock()
    excused = frozenset(SignatoryRole(role) for role in piece.dossier.facts.get("excused", ()))
    proven = prove(
        sealed,
        shop.address_of(row),
        shop.anchors,
        shop.intermediates,
        now,
        asked.get(row.document_id, {}),
        excused if row.kind is DocumentKind.FORM else frozenset(),
    )
    archived = archive(proven, _Tray(piece.papers), now)
    piece.archived = archived
    piece.done += 1


class _Tray:
    """Takes what is to be stored; ``saving`` stores it, with that of others, before any row says that it is there."""

    def __init__(self, papers: dict[Sha256, bytes]) -> None:
        self._papers = papers

    def put(self, data: bytes) -> Sha256:
        name = sha256_of(data)
        self.put_all({name: data})
        return name

    def put_all(self, named: Mapping[Sha256, bytes]) -> None:
        self._papers.update(named)

    def get(self, name: Sha256) -> bytes:
        return self._papers[name]

    def __contains__(self, name: object) -> bool:
        return name in self._papers
