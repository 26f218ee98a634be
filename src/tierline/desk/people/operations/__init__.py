"""The verbs on people, desks, groups and organisations."""

from .accounts import (
    create_first_administrator,
    create_person,
    ensure_requester,
    mark_mail_failed,
    set_active,
    set_preferences,
    set_roles,
)
from .signing_in import (
    change_password,
    check_password_strength,
    forget_failed_sign_ins,
    note_failed_sign_in,
    set_password,
)
from .skills import record_certificate, record_skill
from .structure import (
    change_group,
    create_desk,
    create_group,
    create_organisation,
    join_group,
    leave_group,
    name_account_manager,
)
from .tokens import admit_by_token, issue_token, revoke_token
from .working_time import plan_week, record_absence

__all__ = [
    "admit_by_token",
    "change_group",
    "change_password",
    "check_password_strength",
    "create_desk",
    "create_first_administrator",
    "create_group",
    "create_organisation",
    "create_person",
    "ensure_requester",
    "forget_failed_sign_ins",
    "issue_token",
    "join_group",
    "leave_group",
    "mark_mail_failed",
    "name_account_manager",
    "note_failed_sign_in",
    "plan_week",
    "record_absence",
    "record_certificate",
    "record_skill",
    "revoke_token",
    "set_active",
    "set_password",
    "set_preferences",
    "set_roles",
]
