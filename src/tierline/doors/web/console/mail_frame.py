"""A mail as it was formatted, as a document for a sandboxed frame.

Three walls, each enough by itself: the HTML was cleaned when the mail came in (intake), the frame's sandbox lets no
script, form or own origin in, and the document's content policy allows nothing to be fetched. Pictures of the mail
itself are written into the document, since a document without an origin may fetch nothing from the console either.
"""

import base64
import html
import re
from collections.abc import Sequence
from urllib.parse import unquote

from tierline.core.kernel import storage
from tierline.core.kernel.errors import TierlineError
from tierline.core.kernel.kinds import PICTURES
from tierline.desk.tickets.models import Attachment
from tierline.desk.tickets.operations import checked

SANDBOX = "sandbox allow-popups allow-popups-to-escape-sandbox"
_POLICY = f"{SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; img-src data:{{more}}; frame-ancestors 'self'"
POLICY = _POLICY.format(more="")
POLICY_WITH_PICTURES = _POLICY.format(more=" https: http:")
MAX_PICTURE = 2_000_000  # bytes of one picture that is written into the document
MAX_PICTURES = 8_000_000  # bytes of all of them
_INLINE = re.compile(r'(<img\b[^>]{0,2000}?\ssrc=")cid:([^"]{1,400})"', re.IGNORECASE)
_STYLE = (
    "body{margin:10px;font:14px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}img{max-width:100%;height:auto}"
    "table{max-width:100%}blockquote{margin:6px 0;padding:0 0 0 10px;border-left:2px solid #b9bec7;color:#4a505a}"
    "pre{white-space:pre-wrap}"
)


def document(cleaned: str, files: Sequence[Attachment]) -> str:
    """The document for the frame; `files` are those of the same message."""
    known = {one.content_id: one for one in files if one.content_id and one.content_type in PICTURES}
    written = {"left": MAX_PICTURES}

    def picture(found: re.Match[str]) -> str:
        file = known.get(unquote(html.unescape(found[2])))
        if file is None or file.size > min(MAX_PICTURE, written["left"]) or not _may_be_shown(file):
            return found[0]
        written["left"] -= file.size
        data = base64.b64encode(storage.read(file.blob_id)).decode()
        return f'{found[1]}data:{file.content_type};base64,{data}"'

    body = _INLINE.sub(picture, cleaned)
    return (
        '<!doctype html><html><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
        f"<style>{_STYLE}</style></head><body>{body}</body></html>"
    )


def _may_be_shown(file: Attachment) -> bool:
    try:
        checked(file)
    except TierlineError:  # infected, or the virus scanner does not answer
        return False
    return True
