"""The log reader: what its sentence, its forms of line and its strip lead to, and a file that is being read."""

import re
import shutil
from collections.abc import Iterator
from io import BytesIO

import pytest
from django.test import Client

from tests.support.web_world import WebWorld
from tierline.work.diagnosis.models import Evidence
from tierline.work.diagnosis.queries.unfinished import folder_of
from tierline.work.diagnosis.rules.reading import EvidenceReader
from tierline.work.diagnosis.rules.unfinished import Teller


class TestEvidence:
    def at(self, world: WebWorld, query: str = "") -> str:
        return f"/console/tickets/{world.climbing.reference}/evidence/{world.evidence.pk}{query}"

    def test_each_part_of_the_sentence_opens_its_lines(self, world: WebWorld, tier2: Client) -> None:
        page = tier2.get(self.at(world)).content.decode()
        sentence = page[page.index("<h1>") : page.index("</h1>")]
        parts = dict(re.findall(r'<a href="[^"]*?line=(\d+)#l-\d+">([^<]+)</a>', sentence))
        assert any("template" in words for words in parts.values())
        assert any("masked" in words for words in parts.values())
        for line in parts:
            assert f'id="l-{line}"' in tier2.get(self.at(world, f"?line={line}")).content.decode()

    def test_a_form_of_line_shows_when_it_came_and_how_often_healthy_files_have_it(
        self, world: WebWorld, tier2: Client
    ) -> None:
        rows = world.evidence.templates.order_by("pk")
        first = rows.first()
        assert first is not None
        rows.filter(pk=first.pk).update(is_new=True, when="0" * 9 + "9" + "0" * 8, healthy=0.5)
        type(world.evidence).objects.filter(pk=world.evidence.pk).update(
            compared_with=4, gone=[{"id": "t1", "text": "heartbeat <*>", "healthy": 104.4}]
        )
        page = tier2.get(self.at(world)).content.decode()
        table = page[page.index('id="form-rows"') :].partition("</tbody>")[0]
        assert '<rect x="27" y="2" width="2" height="9"/>' in table
        assert '<td class="num soft">0.5</td>' in table
        assert '<td class="num soft">104</td>' in table
        assert "heartbeat" in table

    def test_a_bar_of_the_strip_opens_its_lines(self, world: WebWorld, tier2: Client) -> None:
        page = tier2.get(self.at(world)).content.decode()
        strip = page[page.index('id="over-time"') :]
        assert re.search(r'<a href="\?line=\d+#l-\d+" tabindex="-1"', strip)

    def test_in_a_bundle_each_file_is_named_where_it_begins(self, world: WebWorld, tier2: Client) -> None:
        files = [
            {"name": name, "first": first, "started": 0, "ended": 9, "skew": 0}
            for name, first in (("a.log", 1), ("b.log", 4))
        ]
        Evidence.objects.filter(pk=world.evidence.pk).update(files=files)
        page = tier2.get(self.at(world, "?line=5")).content.decode()
        assert re.search(r"<span class=\"xs soft\">b\.log, 5 to", page)
        page = tier2.get(self.at(world, "?line=1")).content.decode()
        assert re.search(r'<li class="fold file">b\.log</li>\s*<li id="l-4"', page)

    def test_what_is_as_usual_between_two_hits_is_folded_until_it_is_asked_for(
        self, world: WebWorld, tier2: Client
    ) -> None:
        rows = Evidence.objects.filter(pk=world.evidence.pk)
        rows.update(compared_with=4, traces=[])
        one, two = world.evidence.templates.order_by("first_line")[:2]
        last = min(rows.get().lines, 100)
        for row, line in ((one, 1), (two, last)):
            world.evidence.templates.filter(pk=row.pk).update(
                is_new=True, first_line=line, template=f"no line is like {line}"
            )
        page = tier2.get(self.at(world, "?line=1")).content.decode()
        told = re.search(r"data-unfold>(\d+) lines as usual<", page)
        assert told is not None
        assert len(re.findall(r'<li id="l-\d+" hidden>', page)) == int(told[1]) > 20
        assert "data-unfold" not in tier2.get(self.at(world, "?line=1&folds=no")).content.decode()
        assert 'data-key="]"' in page
        assert f"#l-{last}" in page

    def test_a_file_that_was_refused_says_why_once(self, world: WebWorld, tier2: Client) -> None:
        why = "core.4711: it is a core dump"
        Evidence.objects.filter(pk=world.evidence.pk).update(state="refused", reason=why, redacted=None)
        assert tier2.get(self.at(world)).content.decode().count(why) == 1


class TestReading:
    """While a file is being read, its page shows what is there and asks again."""

    def at(self, world: WebWorld) -> str:
        Evidence.objects.filter(pk=world.evidence.pk).update(state="pending", redacted=None, sentence="")
        return f"/console/tickets/{world.climbing.reference}/evidence/{world.evidence.pk}"

    def read(self, world: WebWorld, lines: int) -> None:
        folder = folder_of(world.evidence.pk)
        folder.mkdir(parents=True, exist_ok=True)
        text = "".join(f"2026-11-23 10:00:{at % 60:02} from 203.0.113.{at % 9} step\n" for at in range(lines)).encode()
        with (folder / "target").open("wb") as out:
            EvidenceReader(out, year=2026, teller=Teller(folder, len(text) * 4)).read(BytesIO(text), "a.log")

    @pytest.fixture(autouse=True)
    def _swept(self, world: WebWorld) -> Iterator[None]:
        yield
        shutil.rmtree(folder_of(world.evidence.pk), ignore_errors=True)

    def test_nothing_is_there_yet(self, world: WebWorld, tier2: Client) -> None:
        page = tier2.get(self.at(world)).content.decode()
        assert "This file is about to be read." in page
        assert 'hx-trigger="every 2s" hx-target="#log"' in page
        assert "<tl-lines" not in page

    def test_the_beginning_is_there(self, world: WebWorld, tier2: Client) -> None:
        address = self.at(world)
        self.read(world, 500)
        page = tier2.get(address).content.decode()
        assert "25 % read; lines up to" in page
        assert "may change until all is read" in page
        assert 'data-lines="500"' in page
        assert '<li id="l-1"' in page
        assert "203.0.113" not in page
        assert 'hx-select-oob="#over-time,#form-rows,#form-count"' in page
        assert "Read without masks" not in page
        again = tier2.get(address, headers={"HX-Request": "true", "HX-Target": "so-far"}).content.decode()
        assert 'id="form-rows"' in again

    def test_when_all_is_read_the_page_says_so_and_asks_no_more(self, world: WebWorld, tier2: Client) -> None:
        address = f"/console/tickets/{world.climbing.reference}/evidence/{world.evidence.pk}"
        done = tier2.get(address, headers={"HX-Request": "true", "HX-Target": "so-far"}).content.decode()
        assert "All is read." in done
        assert "every 2s" not in done[done.index('id="so-far"') : done.index("</header>")]
        assert "All is read." not in tier2.get(address).content.decode()
