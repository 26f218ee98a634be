"""Who may see what through which door, read from the code: rights, objects, addresses, endpoints, tools, commands.

Nothing is written down twice. A page says its right at its gate, an endpoint and a tool in their own lines; an address
that names an object the house does not know, or a table that belongs to nobody, is an error here and not a gap.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import PathView

from tierline.desk.people.rules import Right, Role, carries
from tierline.doors.api.v1 import api
from tierline.doors.cli.commands import COMMANDS
from tierline.doors.mcp.tools import TOOLS
from tierline.doors.web.vendor.views import LINK

SIGNED_IN, PUBLIC, MACHINE = "signed in", "nobody's", "the machine's account"
"""In place of a right: anybody who signed in, anybody at all (perhaps with a secret key), whoever keeps the machine."""

WORDS = frozenset({"item", "verb", "name", "what", "provider", "rest", "from_tier", "to_tier"})
"""Parts of addresses that name no object: words and tiers."""

OBJECTS = {
    "number": "ticket",
    "reference": "ticket",
    "ticket": "ticket",
    "attachment_id": "attachment",
    "message_id": "message",
    "evidence_id": "evidence",
    "handover_id": "handover",
    "recipe_id": "recipe",
    "article_id": "article",
    "problem_id": "problem",
    "known_error_id": "known error",
    "known_error": "known error",
    "issue_id": "known error",
    "fix_id": "fix",
    "major_id": "major incident",
    "case_id": "vendor case",
    "pack_id": "evidence pack",
    "vendor_id": "vendor",
    "access_id": "vendor link",
    "call_id": "call",
    "conversation_id": "conversation",
    "desk_id": "desk",
    "group_id": "group",
    "person_id": "person",
    "skill_id": "skill",
    "certificate_id": "certificate",
    "absence_id": "absence",
    "service_id": "service",
    "visit_id": "visit",
    "tool_id": "remote tool",
    "organisation_id": "organisation",
    "contract_id": "service contract",
    "change_id": "clock change",
    "mailbox_id": "mailbox",
    "hook_id": "mail hook",
    "outbound_id": "mail to send",
    "job_id": "background job",
    "source_id": "alert source",
    "system_id": "telephone system",
    "widget_id": "chat widget",
    "workspace_id": "workspace",
    "macro_id": "macro",
    "batch_id": "macro batch",
    "token": "mail subscription",
    "key": "secret key",
}
AT = {
    ("api", "number"): "article",
    ("api", "policy"): "policy or calendar",
    ("api", "change"): "clock change",
    ("setup", "message_id"): "received mail",
    ("setup", "rule_id"): "rule",
    ("setup", "key"): "policy or calendar",
    ("portal", "key"): "diagnostic bundle",
    ("account", "key"): "survey",
    ("vendor", "token"): "vendor link",
}
"""What a name stands for at one door, where that differs."""

KNOWN_HERE = "people who work here"
ARRANGED = "whoever arranges it in set-up"
NEVER = "nobody: no door shows it by itself"
TOLD = "whoever sees the ticket of the major incident; what was said outside: everybody who may ask for help"
THEMSELVES = "the person themselves"
PLAIN_TABLES = {
    **dict.fromkeys(("people.Desk", "people.SupportGroup", "people.Membership", "people.Person"), KNOWN_HERE),
    **dict.fromkeys(("people.Skill", "people.SkillLink", "people.PersonSkill", "people.PersonLanguage"), KNOWN_HERE),
    **dict.fromkeys(("people.Absence", "people.Shift", "people.DatedShift", "people.OnCallRotation"), KNOWN_HERE),
    **dict.fromkeys(("people.OnCallPlace", "people.OnCallSwap", "people.Certificate"), KNOWN_HERE),
    **dict.fromkeys(("people.Organisation", "catalogue.ServiceContract", "catalogue.Vendor"), KNOWN_HERE),
    **dict.fromkeys(("catalogue.Service", "catalogue.Product", "catalogue.Release", "catalogue.Component"), KNOWN_HERE),
    **dict.fromkeys(("routing.RoutingRule", "routing.SkillNeed", "routing.LearnedModel"), KNOWN_HERE),
    **dict.fromkeys(("diagnosis.Baseline", "diagnosis.Matcher", "workflows.Runbook", "economics.Rate"), KNOWN_HERE),
    **dict.fromkeys(("planning.Improvement", "escalation.Contract", "field.RemoteTool"), KNOWN_HERE),
    "vendors.Terms": KNOWN_HERE,
    **dict.fromkeys(("sla.BusinessCalendar", "sla.Policy", "sla.ClockChange", "sla.ClockMove"), ARRANGED),
    **dict.fromkeys(("intake.Mailbox", "intake.MailboxMessage", "intake.OutgoingServer"), ARRANGED),
    **dict.fromkeys(("intake.ConnectionTest", "intake.InboundHook", "intake.AwaitedMail"), ARRANGED),
    **dict.fromkeys(("intake.TrustedSender", "intake.LearnedRule", "intake.Acknowledgement"), ARRANGED),
    **dict.fromkeys(("workflows.Automation", "surveys.SurveyPlan"), ARRANGED),
    **dict.fromkeys(("alerts.AlertSource", "phone.PhoneSystem", "messengers.Workspace"), ARRANGED),
    **dict.fromkeys(("messengers.Member", "messengers.Heard", "chat.ChatWidget", "kernel.Trial"), ARRANGED),
    "kernel.JobProblem": ARRANGED,
    **dict.fromkeys(("people.ApiToken", "tickets.SavedView", "api.KeptAnswer", "major.Subscription"), THEMSELVES),
    "surveys.OptOut": "the person themselves; staff are told that it is so",
    **dict.fromkeys(("kernel.Blob", "kernel.CarriedFile", "kernel.Tally", "diagnosis.TicketNames"), NEVER),
    **dict.fromkeys(("diagnosis.RetentionDefault", "diagnosis.Rebuild"), ARRANGED),
    **dict.fromkeys(("people.CertificateReminder", "people.SignInAttempt"), NEVER),
    "timeline.TimelineEntry": "whoever sees its subject, entries to requesters apart",
    "intake.InboundMessage": "whoever handles the quarantine; one that became a message: whoever reads that",
    **dict.fromkeys(("major.MajorIncident", "major.Update"), TOLD),
    "major.ReviewAction": "whoever sees the ticket of its major incident",
}
"""Tables that follow no object with a rule of its own, and who is shown what is in them."""


@dataclass(frozen=True, slots=True, order=True)
class Way:
    """One way in: the object it names (or none), the door, what it asks, and how it is addressed."""

    object: str
    channel: str
    right: str
    address: str

    def open_to(self, role: str) -> bool:
        """Whether somebody with this role alone comes in; whether the object is there for them is the object's rule."""
        return self.right in (SIGNED_IN, PUBLIC) or (
            self.right not in (MACHINE, LINK) and carries([role], Right(self.right))
        )


def ways() -> list[Way]:
    """Every way in, in the order of the document. Raises LookupError for an address that names an unknown object."""
    found = {*_pages(get_resolver().url_patterns), *_endpoints(), *_tools(), *_commands()}
    return sorted(found)


def _pages(patterns: list[URLPattern | URLResolver], before: str = "", door: str = "") -> Iterator[Way]:
    for one in patterns:
        address = before + str(one.pattern)
        if isinstance(one, URLResolver):
            if one.namespace != "api":  # its endpoints say more of themselves than their addresses do
                yield from _pages(one.url_patterns, address, one.namespace or door)
        else:
            right = getattr(one.callback, "right", PUBLIC)
            plain = re.sub(r"<(\w+:)?(\w+)>", r"{\2}", address)
            yield Way(_object(door, list(one.pattern.converters)), door or "services", right, f"/{plain}")


def _endpoints() -> Iterator[Way]:
    for prefix, router in api._routers:  # noqa: SLF001 (the framework gives no other way to its own list)
        for path, view in router.path_operations.items():
            yield from _operations(f"/api/v1{prefix}{path}", view)


def _operations(address: str, view: PathView) -> Iterator[Way]:
    for one in view.operations:
        named = re.findall(r"{(?:\w+:)?(\w+)}", address)
        if one.include_in_schema:
            right = str((one.openapi_extra or {}).get("x-right", PUBLIC))
            yield Way(_object("api", named), "API", right, f"{one.methods[0]} {address}")


def _tools() -> Iterator[Way]:
    for tool in TOOLS:
        yield Way(_object("mcp", _named_by(tool.params)), "tools (MCP)", tool.right.value, tool.name)


def _named_by(params: type) -> list[str]:
    return [name for name in params.__annotations__ if name in OBJECTS]


def _commands() -> Iterator[Way]:
    for command in COMMANDS:
        yield Way("", "command line", MACHINE, f"tierline {command.name}")


def _object(door: str, parts: list[str]) -> str:
    """What an address is about: the last object it names, for that is what it shows."""
    named = [AT.get((door, part)) or OBJECTS[part] for part in parts if part not in WORDS]
    return named[-1] if named else ""


def tables() -> list[tuple[str, str]]:
    """Every table with whoever is shown what is in it. Raises LookupError for one that belongs to nobody."""
    return sorted((_label(one), _shown_to(one)) for one in _models())


def _models() -> list[type[Model]]:
    return [one for one in apps.get_models() if one.__module__.startswith("tierline.")]


def _shown_to(model: type[Model]) -> str:
    label = _label(model)
    if decides(model):
        return f"its own rule: `{decides(model)}`"
    if label in PLAIN_TABLES:
        return PLAIN_TABLES[label]
    owner = _owner(model)
    if owner is None:
        raise LookupError(f"{label} belongs to nothing with a rule of its own, and no line here says who sees it.")
    return f"whoever sees its {owner}"


def decides(model: type[Model]) -> str:
    """The rule by which rows of a model exist for somebody, if it has one of its own."""
    rows = model._default_manager.get_queryset()  # noqa: SLF001 (Django's documented way)
    return next((name for name in ("visible_to", "readable_by") if hasattr(rows, name)), "")


def _owner(model: type[Model]) -> str | None:
    """The nearest object with a rule of its own that the rows of a model point to."""
    waiting, seen = deque([model]), {model}
    while waiting:
        for target in _points_to(waiting.popleft()):
            if decides(target):
                return str(target._meta.verbose_name)  # noqa: SLF001 (Django's documented way)
            if target not in seen and _label(target) not in PLAIN_TABLES:
                waiting.append(target)
            seen.add(target)
    return None


def _points_to(model: type[Model]) -> list[type[Model]]:
    pointed = [field.related_model for field in model._meta.fields]  # noqa: SLF001 (Django's documented way)
    return [one for one in pointed if isinstance(one, type)]


def _label(model: type[Model]) -> str:
    return model._meta.label  # noqa: SLF001 (Django's documented way)


def document() -> str:
    """The reference page of all this, in Markdown."""
    return "\n".join([_INTRODUCTION, *_rights(), "", _WAYS, *_matrix(), "", _TABLES, *_kept(), ""])


_SHORT = {role: role.value.replace("_", " ") for role in Role}
_INTRODUCTION = """# Who may see and do what

Written by `./tierline access-matrix` from the code; a test holds it equal. What is denied answers byte for byte like
what is not there, at every door; tests ask every address for it. Roles can be given for
single desks: there those count.

## Rights by role

A role's own desks are meant: `visible_to` of a ticket decides which ones these are.
"""
_WAYS = """## Ways in

By object, door and right: `x` where the role comes in. Which objects are there for it is the rule of the object, below.
"""
_TABLES = """## Who is shown what is kept

Each table, and whose sight decides.

| table | shown to |
|---|---|"""


def _head(*first: str) -> list[str]:
    columns = (*first, *_SHORT.values())
    return ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]


def _rights() -> list[str]:
    rows = [_row(f"`{right}`", *("x" if carries([role], right) else "" for role in Role)) for right in Right]
    return [*_head("right"), *rows]


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _matrix() -> list[str]:
    grouped: dict[tuple[str, str, str], list[Way]] = {}
    for way in ways():
        grouped.setdefault((way.object, way.channel, way.right), []).append(way)
    lines = _head("object", "door", "asks")
    for (about, channel, right), some in grouped.items():
        lines.append(_row(about or "none", channel, right, *("x" if some[0].open_to(role) else "" for role in Role)))
    lines += ["", "| object | door | asks | addresses |", "|---|---|---|---|"]
    for (about, channel, right), some in grouped.items():
        lines.append(_row(about or "none", channel, right, ", ".join(f"`{way.address}`" for way in some)))
    return lines


def _kept() -> list[str]:
    return [_row(f"`{label}`", shown) for label, shown in tables()]
