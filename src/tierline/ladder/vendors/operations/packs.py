"""Evidence packs: redacted files and nothing else, in one zip that tells what it holds and never changes."""

import hashlib
import json
import zipfile
from collections.abc import Sequence
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from django.db import transaction

from tierline.core.kernel import clock, storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid
from tierline.core.kernel.text import file_name
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets.operations import NewAttachment
from tierline.ladder.vendors.errors import NotRedacted, PackTooLarge
from tierline.ladder.vendors.events import PackMade
from tierline.ladder.vendors.models import Case, Pack
from tierline.work.diagnosis.models import Evidence
from tierline.work.diagnosis.operations import mask_texts

from .writing import locked_case, note

MOST_FILES = 40
LARGEST_PACK = 256 * 1024 * 1024  # bytes before they are compressed
MANIFEST = "MANIFEST.json"
_CHUNK = 1 << 20
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same files make the same zip, whenever it is made


def make_pack(*, actor: Actor, case_id: int, evidence_ids: Sequence[int]) -> Pack:
    """Put redacted files of the case's ticket into a pack; nothing is sent yet.

    Raises Invalid for none, NotRedacted for one that has no redacted form, PackTooLarge, WrongState and NotFound.
    """
    wanted = list(dict.fromkeys(evidence_ids))
    if not wanted:
        raise Invalid({"files": "Choose what goes into the pack."})
    if len(wanted) > MOST_FILES:
        raise PackTooLarge
    with transaction.atomic():
        case = locked_case(actor, case_id)
        require(actor, Right.EVIDENCE_READ, desk_id=case.ticket.desk_id)
        files = list(Evidence.objects.ready().filter(ticket=case.ticket, pk__in=wanted).order_by("pk"))
        if len(files) != len(wanted):
            raise NotRedacted
        if sum(one.size for one in files) > LARGEST_PACK:
            raise PackTooLarge
        pack = _made(actor, case, files)
        made = PackMade(
            case_id=case.pk,
            vendor=case.vendor.name,
            pack_id=pack.pk,
            files=len(files),
            masked=sum(sum(one["redacted"].values()) for one in pack.manifest["files"]),
            sha256=pack.blob_id,
        )
        note(actor, case, made)
        return pack


def as_attachment(pack: Pack) -> NewAttachment:
    """The pack as a file of a message."""
    return NewAttachment(name=pack.name, content_type="application/zip", content=pack.blob)


def _made(actor: Actor, case: Case, files: Sequence[Evidence]) -> Pack:
    now = clock.now()
    with TemporaryFile() as target:
        rows = _write_files(case, files, target)
        manifest = {
            "case": case.reference,
            "reference": case.their_reference,
            "made_by": actor.label,
            "made_at": now.isoformat(),
            "files": rows,
            "redaction": "Personal data and secrets were replaced by numbered names, the same one by the same name.",
        }
        with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as pack:
            pack.writestr(_entry(MANIFEST), json.dumps(manifest, indent=2, ensure_ascii=False))
        target.seek(0)
        blob = storage.put(target)
    number = Pack.objects.filter(case=case).count() + 1
    name = f"{case.reference}-evidence-{number}.zip"
    return Pack.objects.create(
        case=case, blob=blob, name=name, size=blob.size, manifest=manifest, made_by=actor.label, made_at=now
    )


def _write_files(case: Case, files: Sequence[Evidence], target: BinaryIO) -> list[dict[str, Any]]:
    names = mask_texts(case.ticket, [one.name for one in files]) or ["file"] * len(files)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as pack:
        named = enumerate(zip(files, names, strict=True), 1)
        return [_write(pack, one, number, name) for number, (one, name) in named]


def _write(pack: zipfile.ZipFile, file: Evidence, number: int, masked: str) -> dict[str, Any]:
    plain = masked.replace("<", "").replace(">", "")
    name = f"{number:02}-{file_name(plain, 80)}.txt"
    digest, size = hashlib.sha256(), 0
    with storage.open_blob(file.redacted_id or "") as source, pack.open(_entry(name), "w", force_zip64=True) as entry:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            entry.write(chunk)
    counted = {kind: int(count) for kind, count in sorted(file.masked.items())}
    return {"name": name, "sha256": digest.hexdigest(), "bytes": size, "lines": file.lines, "redacted": counted}


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _LONG_AGO)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
