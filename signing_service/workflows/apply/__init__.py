"""How the register is changed: one file a subject, one function a kind of change, all in the step's own transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from signing_service.workflows import (
    changes,
    changes_of_fire,
    changes_of_permits,
    changes_of_projects,
    changes_of_reviews,
)
from signing_service.workflows.apply.case import Case
from signing_service.workflows.apply.employment import begin_employment, end_employment
from signing_service.workflows.apply.enterprises import take_in
from signing_service.workflows.apply.fire import record_fire_result
from signing_service.workflows.apply.forms import void_forms
from signing_service.workflows.apply.keys_and_seals import give_key, take_seals_away
from signing_service.workflows.apply.licences import put_in_force, set_status
from signing_service.workflows.apply.matching import (
    confirm_archive,
    enter_backfilled,
    finish_exchange,
    recheck_licences,
    retire_former_number,
)
from signing_service.workflows.apply.permits import (
    end_permit,
    enter_early_sections,
    enter_permit,
    extend_start,
    record_resumption,
    record_start,
    record_stop,
    release_leaders,
    replace_former_permit,
)
from signing_service.workflows.apply.persons import end_employment_with, rekey_person, switch_employment
from signing_service.workflows.apply.projects import (
    change_project,
    enter_project,
    remove_project,
    reserve_project_no,
    void_all_forms,
)
from signing_service.workflows.apply.qualifications import cancel_overtaken, list_staff, record_change
from signing_service.workflows.apply.reviews import (
    appoint_experts,
    ask_for_changes,
    enter_early_pass,
    fail_review,
    fix_sheet_list,
    give_sheets_back,
    give_up_review,
    open_round,
    pass_review,
    release_sheets,
    submit_sheets,
)
from signing_service.workflows.apply.sections import (
    ask_trading_centre,
    call_back_from_trading_centre,
    change_section,
    lock_leader,
    put_section_out,
    reserve_section_no,
    send_section_code,
    set_section_state,
    take_section_on,
    void_section_code,
)
from signing_service.workflows.procedure import Change

APPLIED_BY: Mapping[type, Callable[[Connection, Sequence[tuple[Any, Case]], datetime], None]] = {
    changes.VoidForm: void_forms,
    changes.PutLicenceInForce: put_in_force,
    changes.SetLicenceStatus: set_status,
    changes.BeginEmployment: begin_employment,
    changes.EndEmployment: end_employment,
    changes.EnterBackfilled: enter_backfilled,
    changes.ConfirmArchive: confirm_archive,
    changes.RetireFormerNumber: retire_former_number,
    changes.FinishExchange: finish_exchange,
    changes.RecheckLicences: recheck_licences,
    changes.EndEmploymentWith: end_employment_with,
    changes.SwitchEmployment: switch_employment,
    changes.RekeyPerson: rekey_person,
    changes.GiveKey: give_key,
    changes.TakeSealsAway: take_seals_away,
    changes_of_projects.ReserveProjectNo: reserve_project_no,
    changes_of_projects.EnterProject: enter_project,
    changes_of_projects.ChangeProject: change_project,
    changes_of_projects.RemoveProject: remove_project,
    changes_of_projects.VoidAllForms: void_all_forms,
    changes_of_projects.ReserveSectionNo: reserve_section_no,
    changes_of_projects.PutSectionOut: put_section_out,
    changes_of_projects.SetSectionState: set_section_state,
    changes_of_projects.TakeSectionOn: take_section_on,
    changes_of_projects.ChangeSection: change_section,
    changes_of_projects.LockLeader: lock_leader,
    changes_of_projects.SendSectionCode: send_section_code,
    changes_of_projects.VoidSectionCode: void_section_code,
    changes_of_projects.AskTradingCentre: ask_trading_centre,
    changes_of_projects.CallBackFromTradingCentre: call_back_from_trading_centre,
    changes_of_fire.RecordFireResult: record_fire_result,
    changes.TakeIn: take_in,
    changes.ListStaff: list_staff,
    changes.RecordChange: record_change,
    changes.CancelOvertaken: cancel_overtaken,
    changes_of_reviews.SubmitSheets: submit_sheets,
    changes_of_reviews.ReleaseSheets: release_sheets,
    changes_of_reviews.GiveSheetsBack: give_sheets_back,
    changes_of_reviews.FixSheetList: fix_sheet_list,
    changes_of_reviews.GiveUpReview: give_up_review,
    changes_of_reviews.AppointExperts: appoint_experts,
    changes_of_reviews.AskForChanges: ask_for_changes,
    changes_of_reviews.OpenRound: open_round,
    changes_of_reviews.PassReview: pass_review,
    changes_of_reviews.FailReview: fail_review,
    changes_of_reviews.EnterEarlyPass: enter_early_pass,
    changes_of_permits.EnterPermit: enter_permit,
    changes_of_permits.ReplaceFormerPermit: replace_former_permit,
    changes_of_permits.ExtendStart: extend_start,
    changes_of_permits.RecordStart: record_start,
    changes_of_permits.RecordStop: record_stop,
    changes_of_permits.RecordResumption: record_resumption,
    changes_of_permits.EndPermit: end_permit,
    changes_of_permits.EnterEarlySections: enter_early_sections,
    changes_of_permits.ReleaseLeaders: release_leaders,
}


def apply_all(connection: Connection, changed: Sequence[tuple[Change, Case]], now: datetime) -> None:
    """What the steps change, those of one kind together, in the order in which the kinds are met."""
    kinds: dict[type, list[tuple[Change, Case]]] = {}
    for change, case in changed:
        kinds.setdefault(type(change), []).append((change, case))
    for kind, members in kinds.items():
        APPLIED_BY[kind](connection, members, now)
