"""The address in a survey's mail by which a mail program says "no more of these" (RFC 2369)."""

from tierline.core.plugins.registry import built_in

from .operations.stopping import leave_by_mail


@built_in("mail_verbs")
class StopSurveys:
    """Ends the surveys of whoever the mail was sent to. Only the signed address counts, not the words of the mail."""

    key = "stop-surveys"
    name = "No more surveys, by mail"
    version = "1"
    letter = "s"

    def take(self, number: int) -> str:
        """Stop asking the person of this survey, and say so."""
        person = leave_by_mail(number)
        return f"{person.name} wants no more surveys" if person is not None else "a survey that is not there"
