"""The desk called at its own public address, without a network: what goes out comes in at Django's door."""

from collections.abc import Mapping

import pytest
from django.test import Client

from tierline.core.kernel import outbound

URL = "https://desk.example.com"


def loop(patch: pytest.MonkeyPatch) -> list[str]:
    """Let what is posted to the desk's own address reach it; returns the list of bodies that passed."""
    passed: list[str] = []
    others = outbound.post

    def post(url: str, body: bytes, kind: str, *, headers: Mapping[str, str] | None = None, **more: bool) -> object:
        if not url.startswith(URL):
            return others(url, body, kind, headers=headers, **more)
        passed.append(body.decode())
        answer = Client().post(url.removeprefix(URL), body, content_type=kind, headers=dict(headers or {}))
        told = {name.lower(): value for name, value in answer.headers.items()}
        return outbound.Answer(answer.status_code, answer.content, told)

    patch.setattr(outbound, "post", post)
    return passed
