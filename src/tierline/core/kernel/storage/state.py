"""How files are kept, for the set-up page and the command; and the live test of an object storage."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Sum

from tierline.core.kernel import trials
from tierline.core.kernel.models import Blob, CarriedFile

from . import bucket as s3
from . import carrying, files
from .troubles import StorageTrouble, Trouble

TRIAL = "object-storage"
_TEST_SIZE = 2048  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where large files are. Sizes are in bytes; `place` is empty without an object storage.

    `waiting` counts the files to carry or delete there, `failed` those of them that were tried in vain; `problems` are
    the reasons, each with how many files.
    """

    place: str
    files: int
    size: int
    here: int
    here_size: int
    cache: int
    carried: int
    waiting: int
    failed: int
    problems: tuple[tuple[str, int], ...]


def state() -> State:
    """How files are kept now."""
    where = s3.given()
    large = Blob.objects.filter(inline=None).aggregate(count=Count("pk"), size=Sum("size"))
    kept = [one.size for one in files.every()]
    waits = carrying.waiting(where) if where else CarriedFile.objects.none()
    failed = CarriedFile.objects.exclude(problem="") if where else CarriedFile.objects.none()
    problems = failed.values_list("problem").annotate(many=Count("pk")).order_by("-many", "problem")[:5]
    return State(
        place=where.place if where else "",
        files=large["count"],
        size=large["size"] or 0,
        here=len(kept),
        here_size=sum(kept),
        cache=where.cache if where else 0,
        carried=carrying.carried(where).count() if where else 0,
        waiting=waits.count(),
        failed=failed.count(),
        problems=tuple((str(words), int(many)) for words, many in problems),
    )


@trials.runner(TRIAL)
def steps(_subject_id: int) -> Iterator[trials.Step]:
    """Write an object, read it back, compare, delete it: all that carrying needs."""
    opened = s3.Bucket(s3.needed(), s3.READ_WITHIN)
    name, content = f"{opened.settings.prefix}tierline-test-{secrets.token_hex(8)}", secrets.token_bytes(_TEST_SIZE)

    def write() -> str:
        opened.put(name, content)
        return f"{opened.settings.place} took an object of {_TEST_SIZE} bytes."

    def read() -> str:
        if b"".join(opened.read(name)) != content:
            raise StorageTrouble(Trouble.DAMAGED, "What came back is not what was written.")
        return "It came back as it was written."

    def delete() -> str:
        opened.delete(name)
        return "It was deleted again."

    yield "write", write
    yield "read", read
    yield "delete", delete
