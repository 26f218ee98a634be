"""The words and the attachments of a mail's parts, those packed in other formats included.

Of alternatives the plain text is read and the HTML kept beside it. `winmail.dat` is unpacked, the content of an
opaque S/MIME signature is read like any other part, invitations are put into words, and of what is encrypted it is
said that it is. Everything counts against the same limits.
"""

import mimetypes
import re
from dataclasses import dataclass, field

from . import cms, invitation, tnef
from .charsets import decode, scrub
from .headers import parse_value
from .html_text import html_to_text
from .mime import Limits, Part, parse_tree

MAX_TEXT_BYTES = 2_000_000  # of one text part that is decoded
MAX_TEXT = 200_000  # characters of the mail's text; the rest is in the original
MAX_HTML = 1_000_000
MAX_ATTACHMENTS = 200
MAX_NAME = 200
WHOLE = "whole-message"  # the file that holds all words of a message which is cut

_PATH = re.compile(r"[/\\\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]+")
_TWINS = {"text/plain", "text/html", "text/calendar"}
_TNEF_TYPES = {"application/ms-tnef", "application/vnd.ms-tnef"}
_CMS_TYPES = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
_SIGNATURES = {"application/pgp-signature": "OpenPGP", "application/pkcs7-signature": "S/MIME"}
_ARMOUR = re.compile(r"\s*-----BEGIN PGP (SIGNED )?MESSAGE-----[ \t]*\n")
_CLEAR_BEGINS, _CLEAR_ENDS = "-----BEGIN PGP SIGNED MESSAGE-----", "\n-----BEGIN PGP SIGNATURE-----"
_SIGNATURE_ENDS = "-----END PGP SIGNATURE-----"


@dataclass(frozen=True, slots=True)
class MailAttachment:
    """A part that is not the text: name made safe, type as declared, decoded bytes.

    On the way out one that is `left_out` is too large for any mail, and was not even read.
    """

    name: str
    content_type: str
    content: bytes
    content_id: str = ""
    inline: bool = False
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class _Text:
    """One text part as far as it is read; `content` is all of it."""

    source: str
    is_html: bool
    content: bytes = b""
    charset: str = "utf-8"
    is_cut: bool = False


@dataclass(slots=True)
class Body:
    """What was collected so far. `signed` and `encrypted` name the standard, or are empty."""

    texts: list[_Text] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    attachments: list[MailAttachment] = field(default_factory=list)
    below: list[str] = field(default_factory=list)
    signed: str = ""
    encrypted: str = ""
    is_cut: bool = False

    @property
    def html(self) -> str:
        return "\n".join(self.htmls)[:MAX_HTML]

    @property
    def text(self) -> str:
        """The text parts one after the other; HTML becomes words only where no plain text stood for it.

        `is_cut` then says whether there are more words than these.
        """
        words = [html_to_text(one.source) if one.is_html else one.source.replace("\r\n", "\n") for one in self.texts]
        text = "\n\n".join(text.strip("\n") for text in words if text.strip())
        self.is_cut = len(text) > MAX_TEXT or any(one.is_cut for one in self.texts)
        text = text[:MAX_TEXT]
        return self._without_armour(text) if "-----BEGIN PGP " in text else text

    def attach_whole(self) -> int:
        """Keep all of a text that is cut as files, in UTF-8; returns how many bytes that are."""
        size = 0
        for one in self.texts:
            kind, ending = ("text/html", "html") if one.is_html else ("text/plain", "txt")
            content = decode(one.content, one.charset).encode("utf-8-sig")  # the mark counts more than a wrong <meta>
            self.attachments.append(MailAttachment(f"{WHOLE}.{ending}", kind, content))
            size += len(content)
        return size

    def _without_armour(self, text: str) -> str:
        found = _ARMOUR.match(text)
        if found is not None and not found[1]:
            self.encrypted = "OpenPGP"
        elif found is not None:
            self.signed = self.signed or "OpenPGP"
            return _without_signatures(text)
        return text


def _without_signatures(text: str) -> str:
    """What was signed in the text itself (RFC 9580 §7), and what stands around it."""
    out, position = [], 0
    while (start := text.find(_CLEAR_BEGINS, position)) >= 0:
        words = text.find("\n\n", start)
        end = text.find(_CLEAR_ENDS, start)
        if not start < words < end:
            break
        out += [text[position:start], re.sub(r"(?m)^- ", "", text[words + 2 : end])]
        position = text.find(_SIGNATURE_ENDS, end)
        position = position + len(_SIGNATURE_ENDS) if position >= 0 else len(text)
    return "".join((*out, text[position:]))


def collect(mail: bytes, part: Part, body: Body, limits: Limits) -> None:
    """Walk the tree in order."""
    if part.content_type == "multipart/alternative" and part.children:
        _alternative(mail, part, body, limits)
        return
    if part.content_type == "multipart/encrypted":
        body.encrypted = "OpenPGP"
    for child in part.children:
        collect(mail, child, body, limits)
    if not part.children:
        _leaf(mail, part, body, limits)


def _alternative(mail: bytes, part: Part, body: Body, limits: Limits) -> None:
    inner = Body(attachments=body.attachments, below=body.below)
    for child in part.children:
        if not _is_odd_twin(child):
            collect(mail, child, inner, limits)
    body.htmls += inner.htmls
    plain = [one for one in inner.texts if not one.is_html and one.source.strip()]
    body.texts += plain[:1] or inner.texts
    body.signed, body.encrypted = body.signed or inner.signed, body.encrypted or inner.encrypted


def _is_odd_twin(part: Part) -> bool:
    """The same words once more for one sort of program (AMP, a watch, enriched text): neither words nor a file."""
    odd = part.content_type.startswith("text/") and part.content_type not in _TWINS
    return odd and not part.children and "name" not in part.params and "content-disposition" not in part.headers


def _leaf(mail: bytes, part: Part, body: Body, limits: Limits) -> None:
    disposition, given = parse_value(part.headers.get("content-disposition"))
    name = given.get("filename") or part.params.get("name") or ""
    readable = part.content_type in ("text/plain", "text/html") and disposition != "attachment" and not name
    if readable:
        _read(mail, part, body, limits)
        return
    content = part.content(mail)
    if part.content_type in _TNEF_TYPES or name.lower() == "winmail.dat":
        if _unpack_tnef(content, body, limits):
            return
    elif part.content_type in _CMS_TYPES:
        if _open_cms(content, body, limits):
            return
    elif part.content_type == "text/calendar":
        _read_calendar(content, part, body)
    body.signed = body.signed or _SIGNATURES.get(part.content_type.replace("x-pkcs7", "pkcs7"), "")
    content_id = part.headers.get("content-id").strip("<> ")[:MAX_NAME]
    _attach(body, limits, name, part.content_type, content, content_id=content_id, inline=disposition == "inline")


def _read(mail: bytes, part: Part, body: Body, limits: Limits) -> None:
    content = part.content(mail)
    if len(content) > MAX_TEXT_BYTES:
        limits.note("the text is longer than is shown: the whole is in the original")
    charset = part.params.get("charset", "")
    text = decode(content[:MAX_TEXT_BYTES], charset)
    is_html = part.content_type == "text/html"
    is_cut = len(content) > MAX_TEXT_BYTES or (is_html and len(text) > MAX_HTML)
    if is_html:
        text = text[:MAX_HTML]
        body.htmls.append(text)
    body.texts.append(_Text(text, is_html, content, charset, is_cut))


def _unpack_tnef(content: bytes, body: Body, limits: Limits) -> bool:
    """Whether it was one. Its words count only where the mail itself has none."""
    packed = tnef.unpack(content)
    if packed is None:
        return False
    has_words = any(one.source.strip() for one in body.texts)
    if packed.html:
        body.htmls += [] if body.htmls else [packed.html[:MAX_HTML]]
    if not has_words and (packed.text or packed.html):
        words = packed.text or packed.html
        is_cut = not packed.text and len(words) > MAX_HTML
        body.texts.append(_Text(words[:MAX_HTML] if is_cut else words, not packed.text, words.encode(), is_cut=is_cut))
    for one in packed.files:
        inline = bool(one.content_id)
        _attach(body, limits, one.name, one.content_type, one.content, content_id=one.content_id, inline=inline)
    return True


def _open_cms(content: bytes, body: Body, limits: Limits) -> bool:
    """Whether its content was read in its place; otherwise it stays an attachment."""
    if limits.shells <= 0 or limits.parts <= 0:
        limits.note("more packed contents than are opened: the others are in the original only")
        return False
    shell, inner = cms.open_shell(content, room=limits.unpacked)
    body.encrypted = "S/MIME" if shell is cms.Shell.ENCRYPTED else body.encrypted
    body.signed = "S/MIME" if shell is cms.Shell.SIGNED else body.signed
    limits.shells -= 1
    limits.unpacked = max(0, limits.unpacked - len(inner))
    if not inner:
        return False
    collect(inner, parse_tree(inner, limits), body, limits)
    return True


def _read_calendar(content: bytes, part: Part, body: Body) -> None:
    source = decode(content[:MAX_TEXT_BYTES], part.params.get("charset", "utf-8"))
    words = [one.words for one in invitation.invitations(source, part.params.get("method", ""))]
    body.below += [one for one in words if one not in body.below]


def _attach(
    body: Body, limits: Limits, name: str, content_type: str, content: bytes, *, content_id: str, inline: bool
) -> None:
    if len(body.attachments) >= MAX_ATTACHMENTS:
        limits.note(f"more than {MAX_ATTACHMENTS} attachments: the others are in the original only")
        return
    if not content and not name:
        return
    kind = content_type or "application/octet-stream"
    number = len(body.attachments) + 1
    body.attachments.append(
        MailAttachment(
            name=safe_name(name) or _made_up_name(kind, number),
            content_type=scrub(kind)[:120],
            content=content,
            content_id=scrub(content_id),
            inline=inline,
        )
    )


def safe_name(name: str) -> str:
    """A file name without folders, control characters and direction marks, at most `MAX_NAME` characters."""
    bare = _PATH.sub("/", name).rstrip("/").rpartition("/")[2].strip(" .")
    if len(bare) <= MAX_NAME:
        return bare
    stem, dot, ending = bare.rpartition(".")
    return f"{stem[: MAX_NAME - 20]}{dot}{ending[:19]}" if dot else bare[:MAX_NAME]


def _made_up_name(content_type: str, number: int) -> str:
    known = {
        "message/rfc822": ".eml",
        "message/delivery-status": ".txt",
        "text/rfc822-headers": ".txt",
        "text/calendar": ".ics",
        "application/pgp-signature": ".asc",
        "application/pkcs7-signature": ".p7s",
        "application/pkcs7-mime": ".p7m",
    }
    ending = known.get(content_type) or mimetypes.guess_extension(content_type, strict=False) or ".bin"
    return f"part-{number}{ending}"
