"""Large files in a real S3-compatible server: carried, compared, fetched, pruned, deleted; and while it is away."""

from __future__ import annotations

import hashlib
import os
import threading
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction

from tests.support.object_storage import BUCKET, ObjectStorage, object_storage
from tierline.core.kernel import jobs, storage, trials
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.models import Blob, CarriedFile, Trial
from tierline.core.kernel.storage import files
from tierline.core.kernel.storage.carrying import JOB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django import Settings

LARGE = storage.INLINE_LIMIT + 1
pytestmark = pytest.mark.django_db


def content(seed: int, size: int = LARGE) -> bytes:
    return hashlib.shake_128(str(seed).encode()).digest(size)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStorage]:
    with object_storage(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture
def s3(server: ObjectStorage, settings: Settings, tmp_path: Path) -> ObjectStorage:
    server.prefix = f"{tmp_path.name}/"
    settings.TIERLINE_DATA = tmp_path
    settings.TIERLINE_S3 = server.settings()
    return server


def here(blob: Blob) -> bool:
    return files.path_of(blob.sha256).is_file()


class TestCarrying:
    def test_a_large_file_is_here_at_once_and_there_after_its_job(self, s3: ObjectStorage) -> None:
        blob = storage.put(content(1))
        assert here(blob)
        assert not s3.objects()

        jobs.drain()

        assert hashlib.sha256(s3.objects()[blob.sha256].read_bytes()).hexdigest() == blob.sha256
        row = CarriedFile.objects.get(sha256=blob.sha256)
        assert (row.place, row.problem) == (f"{s3.endpoint}/{BUCKET}/{s3.prefix}".rstrip("/"), "")
        assert row.carried_at is not None

    def test_small_ones_stay_in_the_database(self, s3: ObjectStorage) -> None:
        storage.put(b"x" * storage.INLINE_LIMIT)
        jobs.drain()
        assert not s3.objects()
        assert not CarriedFile.objects.exists()

    def test_a_file_in_several_parts(self, s3: ObjectStorage) -> None:
        blob = storage.put(content(2, 20_000_000))
        jobs.drain()
        assert s3.objects()[blob.sha256].stat().st_size == 20_000_000
        files.path_of(blob.sha256).unlink()
        assert hashlib.sha256(storage.read(blob.sha256)).hexdigest() == blob.sha256

    def test_the_same_file_twice_is_carried_once(self, s3: ObjectStorage) -> None:
        storage.put(content(3))
        jobs.drain()
        written = next(iter(s3.objects().values())).stat().st_mtime_ns
        storage.put(content(3))
        jobs.drain()
        assert next(iter(s3.objects().values())).stat().st_mtime_ns == written

    def test_what_was_rolled_back_is_not_carried(self, s3: ObjectStorage) -> None:
        with transaction.atomic():
            storage.put(content(4))
            transaction.set_rollback(True)
        jobs.drain()
        assert not s3.objects()

    def test_files_from_before_are_asked_for(self, s3: ObjectStorage, settings: Settings) -> None:
        settings.TIERLINE_S3 = None
        blob = storage.put(content(5))
        assert storage.carry_everything() == 0
        settings.TIERLINE_S3 = s3.settings()

        assert storage.carry_everything() == 1
        assert storage.carry_everything() == 0
        jobs.drain()

        assert set(s3.objects()) == {blob.sha256}

    def test_another_bucket_gets_them_all_again(self, s3: ObjectStorage, settings: Settings) -> None:
        blob = storage.put(content(6))
        jobs.drain()
        settings.TIERLINE_S3 = s3.settings(prefix="elsewhere/")

        assert storage.state().waiting == 1
        assert storage.carry() == 1
        assert storage.state().waiting == 0
        assert (s3.folder / BUCKET / "elsewhere" / blob.sha256[:2] / blob.sha256).is_file()

    def test_one_carrier_at_a_time(self, s3: ObjectStorage) -> None:
        storage.put(content(7))
        with connection.cursor() as cursor:  # another session holds the lock
            other = connection.copy()
            with other.cursor() as rival:
                rival.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [JOB])
                assert storage.carry() == 0
                rival.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [JOB])
            other.close()
            cursor.execute("SELECT 1")
        assert storage.carry() == 1

    def test_a_job_more_changes_nothing(self, s3: ObjectStorage) -> None:
        storage.put(content(8))
        assert [storage.carry(), storage.carry()] == [1, 0]
        assert len(s3.objects()) == 1


class TestReading:
    def test_a_file_that_is_only_there_is_fetched_and_kept(self, s3: ObjectStorage) -> None:
        blob = storage.put(content(10))
        jobs.drain()
        files.path_of(blob.sha256).unlink()

        assert storage.read(blob.sha256, limit=7) == content(10)[:7]
        assert here(blob)

    def test_what_was_changed_there_is_not_believed(self, s3: ObjectStorage) -> None:
        blob = storage.put(content(11))
        jobs.drain()
        files.path_of(blob.sha256).unlink()
        s3.tamper(blob.sha256, content(12))

        with pytest.raises(storage.FileAway, match="something else"):
            storage.open_blob(blob.sha256)
        assert not here(blob)
        assert not list(files.folder().glob(".new-*"))

    def test_what_was_lost_there_is_told(self, s3: ObjectStorage) -> None:
        blob = storage.put(content(13))
        jobs.drain()
        files.path_of(blob.sha256).unlink()
        s3.tamper(blob.sha256, None)

        with pytest.raises(storage.FileAway, match="backup"):
            storage.open_blob(blob.sha256)
        assert storage.state().problems[0][0].startswith("The object storage has no such file.")

    def test_without_settings_it_says_what_is_missing(self, s3: ObjectStorage, settings: Settings) -> None:
        blob = storage.put(content(14))
        jobs.drain()
        files.path_of(blob.sha256).unlink()
        settings.TIERLINE_S3 = None
        with pytest.raises(storage.FileAway, match="administrator"):
            storage.open_blob(blob.sha256)

    def test_everything_can_be_brought_back(self, s3: ObjectStorage) -> None:
        blobs = [storage.put(content(seed)) for seed in (15, 16, 17)]
        jobs.drain()
        for blob in blobs[:2]:
            files.path_of(blob.sha256).unlink()

        assert storage.bring_back() == 2
        assert storage.bring_back() == 0
        assert all(here(blob) for blob in blobs)

    def test_many_readers_at_once_get_the_whole_file(self, s3: ObjectStorage) -> None:
        blob = storage.put(content(18, 3_000_000))
        jobs.drain()
        files.path_of(blob.sha256).unlink()
        got: list[str] = []

        def fetch() -> None:
            from tierline.core.kernel.storage import bucket

            opened = bucket.Bucket(bucket.needed(), 10)
            got.append(opened.sha256(opened.settings.name_of(blob.sha256)))

        readers = [threading.Thread(target=fetch) for _ in range(4)]
        for one in readers:
            one.start()
        for one in readers:
            one.join()
        assert got == [blob.sha256] * 4


class TestPruning:
    def test_copies_go_oldest_first_and_only_those(self, s3: ObjectStorage, settings: Settings) -> None:
        blobs = [storage.put(content(seed)) for seed in (20, 21, 22)]
        jobs.drain()
        uncarried = storage.put(content(23))
        for age, blob in enumerate([uncarried, *blobs]):  # the one that must stay was used least
            os.utime(files.path_of(blob.sha256), (1_000_000 + age, 1_000_000 + age))
        storage.read(blobs[0].sha256)  # and now the first is the newest
        settings.TIERLINE_S3 = s3.settings(cache=2 * LARGE)

        assert storage.prune() == 2
        assert [here(one) for one in (uncarried, *blobs)] == [True, True, False, False]
        assert storage.read(blobs[1].sha256) == content(21)

    def test_nothing_goes_while_there_is_room(self, s3: ObjectStorage) -> None:
        blob = storage.put(content(24))
        jobs.drain()
        assert storage.prune() == 0
        assert here(blob)

    def test_without_an_object_storage_nothing_goes(self, s3: ObjectStorage, settings: Settings) -> None:
        blob = storage.put(content(25))
        jobs.drain()
        settings.TIERLINE_S3 = None
        assert storage.prune() == 0
        assert here(blob)

    def test_what_was_never_finished_is_swept_after_a_day(self, s3: ObjectStorage) -> None:
        old, young = files.folder() / ".new-old", files.folder() / ".new-young"
        old.touch()
        young.touch()
        os.utime(old, (1_000_000, 1_000_000))
        storage.prune()
        assert (old.exists(), young.exists()) == (False, True)


class TestDeleting:
    def test_both_copies_go(self, s3: ObjectStorage, django_capture_on_commit_callbacks: object) -> None:
        blob = storage.put(content(30))
        jobs.drain()
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator] # a fixture of pytest-django
            assert storage.drop(blob.sha256)
        jobs.drain()

        assert not here(blob)
        assert not s3.objects()
        assert not CarriedFile.objects.exists()

    def test_the_same_bytes_again_before_the_deletion_stay(self, s3: ObjectStorage) -> None:
        blob = storage.put(content(31))
        jobs.drain()
        storage.drop(blob.sha256)
        storage.put(content(31))
        jobs.drain()

        files.path_of(blob.sha256).unlink()
        assert storage.read(blob.sha256) == content(31)

    def test_it_is_deleted_when_the_server_is_back(self, s3: ObjectStorage) -> None:
        blob = storage.put(content(32))
        jobs.drain()
        s3.stop()
        try:
            storage.drop(blob.sha256)
            assert storage.carry() == 0
        finally:
            s3.start()
        assert CarriedFile.objects.get().leaving
        assert storage.carry() == 1
        assert not s3.objects()


class TestAway:
    def test_nothing_is_lost_and_it_catches_up(self, s3: ObjectStorage) -> None:
        s3.stop()
        try:
            blobs = [storage.put(content(seed)) for seed in (40, 41)]
            jobs.drain()
            assert [storage.read(blob.sha256) for blob in blobs] == [content(40), content(41)]
            told = storage.state()
        finally:
            s3.start()
        assert (told.waiting, told.failed, told.carried) == (2, 1, 0)  # the second was not even tried
        assert told.problems[0][0].startswith(f"Nothing answers at {s3.endpoint}.")

        assert storage.carry() == 2
        assert (storage.state().waiting, storage.state().failed) == (0, 0)

    def test_a_reader_hears_it_in_words(self, s3: ObjectStorage) -> None:
        blob = storage.put(content(42))
        jobs.drain()
        files.path_of(blob.sha256).unlink()
        s3.stop()
        try:
            with pytest.raises(storage.FileAway, match="Try again in a minute"):
                storage.open_blob(blob.sha256)
        finally:
            s3.start()
        assert storage.read(blob.sha256) == content(42)

    def test_one_missing_file_does_not_hold_the_others_up(self, s3: ObjectStorage) -> None:
        lost, fine = storage.put(content(43)), storage.put(content(44))
        files.path_of(lost.sha256).unlink()

        assert storage.carry() == 1
        assert set(s3.objects()) == {fine.sha256}
        assert "same folder" in storage.state().problems[0][0]


WRONG = {
    "key": ({"key": "somebody-else"}, "does not know the key"),
    "secret": ({"secret": "guessed"}, "does not belong to the key"),
    "bucket": ({"bucket": "nowhere"}, "There is no bucket nowhere"),
    "no server": ({"endpoint": "http://127.0.0.1:9"}, "Nothing answers at http://127.0.0.1:9"),
    "no name": ({"endpoint": "http://storage.invalid:9"}, "no server with the name in http://storage.invalid:9"),
}


class TestTrying:
    def tried(self) -> Trial:
        trials.ask(actor=Actor.machine("test"), kind=storage.TRIAL)
        jobs.drain()
        found = trials.latest(storage.TRIAL)
        assert found is not None
        return found

    def test_all_three_steps(self, s3: ObjectStorage) -> None:
        found = self.tried()
        assert found.state == "good", found.steps
        assert [step["name"] for step in found.steps] == ["write", "read", "delete"]
        assert not s3.objects()

    @pytest.mark.parametrize("what", WRONG)
    def test_what_is_wrong_in_words(self, s3: ObjectStorage, settings: Settings, what: str) -> None:
        changed, words = WRONG[what]
        settings.TIERLINE_S3 = s3.settings(**changed)
        found = self.tried()
        assert found.state == "bad"
        assert words in found.steps[0]["words"]
        assert found.steps[0]["todo"]
        assert "tierline-secret" not in str(found.steps)
        assert [step["state"] for step in found.steps[1:]] == ["waiting", "waiting"]

    def test_none_set_up(self, s3: ObjectStorage, settings: Settings) -> None:
        settings.TIERLINE_S3 = None
        found = self.tried()
        assert "none is set up" in found.steps[0]["words"]

    def test_only_the_newest_are_kept(self, s3: ObjectStorage) -> None:
        for _ in range(8):
            trials.ask(actor=Actor.machine("test"), kind=storage.TRIAL)
        assert Trial.objects.count() == 5
        jobs.drain()  # jobs of forgotten trials do nothing
