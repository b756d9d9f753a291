"""二级建造师执业注册 (domain text, §9)."""

from __future__ import annotations

from signing_service.procedures.constructor.add import add
from signing_service.procedures.constructor.cancel import cancel, cancel_temporary
from signing_service.procedures.constructor.employer_change import employer_change, employer_change_temporary
from signing_service.procedures.constructor.force_cancel import (
    force_cancel_ent,
    force_cancel_ent_temporary,
    force_cancel_person,
    force_cancel_person_temporary,
)
from signing_service.procedures.constructor.id_change import id_change, id_change_temporary
from signing_service.procedures.constructor.initial import initial
from signing_service.procedures.constructor.name_change import name_change, name_change_temporary
from signing_service.procedures.constructor.renew import renew, renew_temporary

CONSTRUCTOR_PROCEDURES = (
    initial,
    add,
    renew,
    employer_change,
    name_change,
    id_change,
    cancel,
    force_cancel_person,
    force_cancel_ent,
    renew_temporary,
    employer_change_temporary,
    name_change_temporary,
    id_change_temporary,
    cancel_temporary,
    force_cancel_person_temporary,
    force_cancel_ent_temporary,
)
