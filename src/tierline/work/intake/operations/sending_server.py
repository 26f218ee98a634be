"""The outgoing server as people set it up: one at most, tested by a mail that really arrives."""

from django.conf import settings
from django.db import transaction

from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import one_line
from tierline.desk.people.rules import Right, require
from tierline.work.intake.errors import NotActive, SetElsewhere
from tierline.work.intake.models import ConnectionTest, OutgoingServer

from .addresses import is_address
from .known import forget
from .mailboxes import ServerSettings, fill_server

ONLY = 1


def set_outgoing_server(
    *, actor: Actor, given: ServerSettings, address: str, name: str, test_to: str
) -> ConnectionTest:
    """Keep the server and send a test mail through it; it is used from then on when that goes well.

    Raises NotFound without the right, SetElsewhere, Invalid.
    """
    require(actor, Right.SETUP)
    if settings.TIERLINE_SMTP is not None:
        raise SetElsewhere
    with transaction.atomic():
        server = OutgoingServer.objects.select_for_update().filter(pk=ONLY).first() or OutgoingServer(pk=ONLY)
        wrong = fill_server(server, given)
        for field, typed in (("address", address), ("test_to", test_to)):
            if not is_address(typed):
                wrong[field] = "This is no mail address."
        if wrong:
            raise Invalid(wrong)
        server.address, server.name = address.strip().lower(), one_line(name, 100)
        server.active, server.changed_at = False, clock.now()
        server.save()
        forget()
        return _queue_test(actor, test_to.strip())


def ask_for_outgoing_test(*, actor: Actor, test_to: str) -> ConnectionTest:
    """Send a test mail through the server in use. Raises NotFound without the right, Invalid."""
    require(actor, Right.SETUP)
    if not is_address(test_to):
        raise Invalid({"test_to": "This is no mail address."})
    with transaction.atomic():
        return _queue_test(actor, test_to.strip())


def switch_outgoing_server(*, actor: Actor, active: bool) -> OutgoingServer:
    """Use the server that was set up, or hold all mail back. Raises NotFound, NotActive when no test went well."""
    require(actor, Right.SETUP)
    with transaction.atomic():
        server = OutgoingServer.objects.select_for_update().filter(pk=ONLY).first()
        if server is None:
            raise NotFound
        if active and not ConnectionTest.objects.filter(mailbox=None, state="good", created_at__gte=server.changed_at):
            raise NotActive
        server.active = active
        server.save(update_fields=["active"])
        forget()
    return server


def _queue_test(actor: Actor, test_to: str) -> ConnectionTest:
    test = ConnectionTest.objects.create(recipient=test_to, asked_by=actor.label, created_at=clock.now())
    jobs.enqueue("intake.test_connection", test_id=test.pk)
    return test
