"""The rounds: every dossier of a group does its next effect side by side with the others, until it is through or has to wait."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from signing_service.domain.documents import SignatoryRole
from signing_service.domain.dossier import Actor
from signing_service.storage import documents, dossiers, licences
from signing_service.storage.outbox import Performed, Run
from signing_service.workflows import effects, effects_of_sheets
from signing_service.workflows.engine import Event
from signing_service.workflows.perform.asking import ask_professionals, recall_professionals
from signing_service.workflows.perform.consents import ask_registered_persons, go_on_with_sheets
from signing_service.workflows.perform.drawing import draw
from signing_service.workflows.perform.making_keys import make_keys, withdraw_keys
from signing_service.workflows.perform.piece import Piece, each, is_away
from signing_service.workflows.perform.proving import prove_and_archive
from signing_service.workflows.perform.saving import save
from signing_service.workflows.perform.sealing import seal
from signing_service.workflows.perform.sheets import seal_sheets, stamp_sheets
from signing_service.workflows.workshop import Workshop


@dataclass(frozen=True, slots=True)
class WorkshopPerformer:
    """``worker.tasks.Performer``: finds each effect in its procedure's table and does it."""

    shop: Workshop

    def perform(self, runs: Sequence[Run]) -> list[Performed]:
        """Of a document that people hold one effect, of a licence every effect until it is issued."""
        pieces, unreadable = self._opened(runs)
        in_the_works = pieces
        while in_the_works:
            self._round(in_the_works)
            save(self.shop, [piece for piece in in_the_works if not piece.goes_on])
            in_the_works = [piece for piece in in_the_works if piece.goes_on]
        return [*unreadable, *(Performed(piece.run, piece.done, piece.problem) for piece in pieces)]

    def _opened(self, runs: Sequence[Run]) -> tuple[list[Piece], list[Performed]]:
        """What can be worked on, and what cannot even be read; that is found by opening each alone."""
        try:
            return self._open(runs), []
        except Exception as problem:  # noqa: BLE001 - the worker tells it and tries again
            if len(runs) == 1 or is_away(problem):
                return [], [Performed(run, 0, problem) for run in runs]
        parts = [self._opened([run]) for run in runs]
        return [piece for pieces, _ in parts for piece in pieces], [one for _, told in parts for one in told]

    def _open(self, runs: Sequence[Run]) -> list[Piece]:
        """What the store says of the dossiers, read at once."""
        numbers = [run.dossier for run in runs]
        with self.shop.database.reading() as connection:
            found = dossiers.load_all(connection, numbers)
            procedures = {
                number: self.shop.desk.catalogue.pinned(one.procedure, one.edition) for number, one in found.items()
            }
            situations = self.shop.desk.situations(connection, procedures, found, self.shop.clock())
            owing = {(due.dossier, due.line) for run in runs for due in run.effects}
            lines = dossiers.journal_lines(connection, owing)
            rows = documents.of_dossiers(connection, numbers)
            histories = documents.histories(connection, [row.document_id for of in rows.values() for row in of])
            reserved = licences.of_dossiers(connection, numbers)
        return [
            Piece(
                run=run,
                dossier=found[run.dossier],
                procedure=procedures[run.dossier],
                situation=situations[run.dossier],
                lines={line: told for (dossier, line), told in lines.items() if dossier == run.dossier},
                rows=rows.get(run.dossier, []),
                histories={row.document_id: histories.get(row.document_id, []) for row in rows.get(run.dossier, [])},
                licence=reserved.get(run.dossier),
            )
            for run in runs
        ]

    def _round(self, pieces: Sequence[Piece]) -> None:
        groups: dict[type, list[Piece]] = {}
        each(pieces, lambda piece: groups.setdefault(type(piece.effect), []).append(piece))
        for kind, group in groups.items():
            PERFORMERS[kind](self.shop, group)


def take_step(_shop: Workshop, pieces: Sequence[Piece]) -> None:
    """Belongs into the transaction that stores what the step closes."""

    def decide(piece: Piece) -> None:
        platform = piece.dossier.parties[SignatoryRole.PLATFORM]
        piece.event = Event(piece.effect.step, Actor(SignatoryRole.PLATFORM, platform, "platform"))
        piece.done += 1

    each(pieces, decide)


PERFORMERS: Mapping[type, Callable[[Workshop, Sequence[Piece]], None]] = {
    effects.RenderForm: draw,
    effects.RenderNotice: draw,
    effects.RenderLicence: draw,
    effects.RenderCopy: draw,
    effects.Seal: seal,
    effects.ProveAndArchive: prove_and_archive,
    effects.MakeKey: make_keys,
    effects.WithdrawKeys: withdraw_keys,
    effects.AskProfessionals: ask_professionals,
    effects.RecallProfessionals: recall_professionals,
    effects.TakeStep: take_step,
    effects_of_sheets.StampSheets: stamp_sheets,
    effects_of_sheets.SealSheets: seal_sheets,
    effects_of_sheets.AskRegisteredPersons: ask_registered_persons,
    effects_of_sheets.GoOnWithSheets: go_on_with_sheets,
}
