"""Organisations, persons, support groups on their tiers, skills, certificates, working time and access."""

from .accounts import (
    ApiToken,
    ApiTokenQuerySet,
    Desk,
    Membership,
    Organisation,
    Person,
    PersonManager,
    PersonQuerySet,
    SignInAttempt,
    SupportGroup,
)
from .skills import Certificate, CertificateReminder, PersonLanguage, PersonSkill, Skill, SkillLink
from .working_time import Absence, DatedShift, OnCallPlace, OnCallRotation, OnCallSwap, Shift

__all__ = [
    "Absence",
    "ApiToken",
    "ApiTokenQuerySet",
    "Certificate",
    "CertificateReminder",
    "DatedShift",
    "Desk",
    "Membership",
    "OnCallPlace",
    "OnCallRotation",
    "OnCallSwap",
    "Organisation",
    "Person",
    "PersonLanguage",
    "PersonManager",
    "PersonQuerySet",
    "PersonSkill",
    "Shift",
    "SignInAttempt",
    "Skill",
    "SkillLink",
    "SupportGroup",
]
