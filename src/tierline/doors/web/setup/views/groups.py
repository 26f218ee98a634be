"""Groups: on which tier they stand and who works in them."""

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tierline.core.kernel.errors import TierlineError
from tierline.core.kernel.text import whole_number
from tierline.desk.people import operations, queries
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import needs
from tierline.doors.web.said import say
from tierline.doors.web.setup.forms import GroupChangeForm, GroupForm, JoinForm
from tierline.doors.web.setup.frame import setup_page, show, status_for

PLACE = "setup:groups"


@needs(Right.SETUP)
@require_http_methods(["GET", "POST"])
def groups(request: SignedInRequest) -> HttpResponse:
    """All groups, and the form for a new one."""
    desks = {desk.pk: desk for desk in queries.desks(request.actor)}
    form = GroupForm(request.POST or None, desks=[(pk, desk.name) for pk, desk in desks.items()])
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            group = operations.create_group(
                actor=request.actor,
                desk=desks[typed["desk"]],
                key=form.key,
                name=typed["name"],
                tier=typed["tier"],
                email=typed["email"],
            )
        except TierlineError as problem:
            show(form, problem)
        else:
            say(request, _("%(name)s is there. Put people into it.") % {"name": group.name})
            return HttpResponseRedirect(reverse("setup:group", args=[group.pk]))
    context = {"groups": queries.groups(request.actor), "form": form}
    return setup_page(request, "setup/groups.html", PLACE, context, status=status_for(form))


@needs(Right.SETUP)
@require_http_methods(["GET", "POST"])
def group(request: SignedInRequest, group_id: int) -> HttpResponse:
    """One group: its members, its name and tier."""
    found = queries.group(request.actor, group_id)
    now: dict[str, object] = {"name": found.name, "tier": found.tier, "email": found.email, "active": found.active}
    form = GroupChangeForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        operations.change_group(actor=request.actor, group_id=group_id, **form.cleaned_data)
        say(request, _("Saved."))
        return HttpResponseRedirect(reverse("setup:group", args=[group_id]))
    members = queries.members(request.actor, group_id)
    inside = {person.pk for person in members}
    others = [person for person in queries.staff(request.actor) if person.pk not in inside]
    join = JoinForm(people=[(person.pk, person.name) for person in others])
    context = {"group": found, "members": members, "join": join, "form": form}
    return setup_page(request, "setup/group.html", PLACE, context, status=status_for(form))


@needs(Right.SETUP)
@require_POST
def join(request: SignedInRequest, group_id: int) -> HttpResponse:
    """Put a person into a group."""
    return _move(request, group_id, joins=True)


@needs(Right.SETUP)
@require_POST
def leave(request: SignedInRequest, group_id: int) -> HttpResponse:
    """Take a person out of a group."""
    return _move(request, group_id, joins=False)


def _move(request: SignedInRequest, group_id: int, *, joins: bool) -> HttpResponse:
    found = queries.group(request.actor, group_id)
    given = request.POST.get("person", "")
    person = queries.person(request.actor, whole_number(given) or 0)
    verb = operations.join_group if joins else operations.leave_group
    verb(actor=request.actor, person_id=person.pk, group_id=found.pk)
    names = {"person": person.name, "group": found.name}
    say(request, (_("%(person)s is in %(group)s.") if joins else _("%(person)s has left %(group)s.")) % names)
    return HttpResponseRedirect(reverse("setup:group", args=[group_id]))
