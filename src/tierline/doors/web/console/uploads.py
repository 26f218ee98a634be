"""Uploaded files on their way to a ticket."""

from collections.abc import Iterable

from django.core.files.uploadedfile import UploadedFile

from tierline.desk.tickets.operations import NewAttachment


def attachments_of(files: Iterable[UploadedFile]) -> list[NewAttachment]:
    """Make attachments of uploaded files; size and name are judged by the tickets room."""
    return [
        NewAttachment(
            name=file.name or "attachment",
            content_type=file.content_type or "application/octet-stream",
            content=file.read(),
        )
        for file in files
    ]
