"""What somebody at the vendor reads by a link: the thread of one case. What is read here is all that can reach them."""

from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.rules import Audience
from tierline.desk.tickets.models import Attachment
from tierline.ladder.vendors.models import Access, CaseMessage, Pack

from .cases import Said, thread


def thread_for(access: Access) -> list[Said]:
    """What was said between the desk and the vendor in this case, oldest first."""
    return thread(access.case)


def file_for(access: Access, attachment_id: int) -> Attachment:
    """A file of the thread. Raises NotFound."""
    mine = CaseMessage.objects.filter(case=access.case_id, message__audience=Audience.VENDOR).values("message")
    found = Attachment.objects.filter(pk=attachment_id, message__in=mine).first()
    if found is None:
        raise NotFound
    return found


def pack_for(access: Access, pack_id: int) -> Pack:
    """A pack that was sent in this case; one that was only made is not theirs yet. Raises NotFound."""
    found = Pack.objects.filter(pk=pack_id, case=access.case_id).first()
    if found is None or not CaseMessage.objects.filter(case=access.case_id, pack=found).exists():
        raise NotFound
    return found
