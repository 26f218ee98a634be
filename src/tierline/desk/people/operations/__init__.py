"""The verbs on people, desks, groups and organisations."""

from .access import set_desk_roles, set_roles
from .accounts import (
    create_first_administrator,
    create_person,
    ensure_requester,
    mark_mail_failed,
    set_active,
    set_phone,
    set_preferences,
)
from .certificates import Evidence, record_certificate, remind_of_certificate, withdraw_certificate
from .on_call import plan_rotation, take_over_on_call
from .signing_in import (
    change_password,
    check_password_strength,
    forget_failed_sign_ins,
    note_failed_sign_in,
    set_password,
)
from .skills import change_skill, create_skill, link_skills, record_language, record_skill, unlink_skills
from .structure import (
    change_group,
    change_organisation,
    create_desk,
    create_group,
    create_organisation,
    join_group,
    leave_group,
    name_account_manager,
)
from .tokens import admit_by_token, issue_token, revoke_token
from .working_time import (
    cancel_absence,
    lift_day,
    plan_day,
    plan_week,
    record_absence,
    set_capacity,
)

__all__ = [
    "Evidence",
    "admit_by_token",
    "cancel_absence",
    "change_group",
    "change_organisation",
    "change_password",
    "change_skill",
    "check_password_strength",
    "create_desk",
    "create_first_administrator",
    "create_group",
    "create_organisation",
    "create_person",
    "create_skill",
    "ensure_requester",
    "forget_failed_sign_ins",
    "issue_token",
    "join_group",
    "leave_group",
    "lift_day",
    "link_skills",
    "mark_mail_failed",
    "name_account_manager",
    "note_failed_sign_in",
    "plan_day",
    "plan_rotation",
    "plan_week",
    "record_absence",
    "record_certificate",
    "record_language",
    "record_skill",
    "remind_of_certificate",
    "revoke_token",
    "set_active",
    "set_capacity",
    "set_desk_roles",
    "set_password",
    "set_phone",
    "set_preferences",
    "set_roles",
    "take_over_on_call",
    "unlink_skills",
    "withdraw_certificate",
]
