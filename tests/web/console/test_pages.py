"""Evidence, known errors, lab, articles, search, palette, files and theme."""

import json

import pytest
from django.test import Client

from tests.support.console import text_of
from tests.support.web_world import SPEC, WebWorld, confidential, signed_in
from tierline.core.kernel.actors import Actor
from tierline.desk.people.models import Person
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Attachment
from tierline.ladder.problems import operations as problems
from tierline.ladder.problems.models import Fix, KnownError, Problem, RetroScan
from tierline.work.diagnosis import operations as diagnosis
from tierline.work.knowledge.models import Article
from tierline.work.lab.models import LabRun, Recipe


class TestEvidence:
    def at(self, world: WebWorld, query: str = "") -> str:
        return f"/console/tickets/{world.climbing.reference}/evidence/{world.evidence.pk}{query}"

    def test_it_opens_with_its_conclusion_and_shows_templates_and_lines(self, world: WebWorld, tier2: Client) -> None:
        page = tier2.get(self.at(world))
        said = text_of(page)
        assert world.evidence.sentence.replace(" ", "") in said.replace(" ", "")
        assert "rekey window exceeded after" in said
        assert "no healthy file to compare with yet" in said
        assert page.content.count(b'<li id="l-') == 120

    def test_secrets_are_masked_on_the_page(self, world: WebWorld, tier2: Client) -> None:
        page = tier2.get(self.at(world)).content.decode()
        assert "ines@field.example" not in page
        assert 'class="masked">person 1</span>' in page

    def test_any_line_can_be_opened(self, world: WebWorld, tier2: Client) -> None:
        page = tier2.get(self.at(world, "?line=700")).content.decode()
        assert '<li id="l-700"' in page
        assert '<li id="l-699"' not in page

    @pytest.mark.parametrize("query", ["?line=99999999999999", "?line=-1", "?line=abc", "?line=0"])
    def test_an_odd_line_number_is_no_error(self, world: WebWorld, tier2: Client, query: str) -> None:
        assert tier2.get(self.at(world, query)).status_code == 200

    def test_it_belongs_to_its_ticket(self, world: WebWorld, tier2: Client) -> None:
        other = f"/console/tickets/{world.solved.reference}/evidence/{world.evidence.pk}"
        assert tier2.get(other).status_code == 404
        assert signed_in(world.desk.requester).get(self.at(world)).status_code == 404

    def test_a_file_that_could_not_be_read_says_why(self, world: WebWorld, tier2: Client) -> None:
        type(world.evidence).objects.filter(pk=world.evidence.pk).update(
            state="refused", redacted=None, reason="It is not text.", sentence=""
        )
        page = text_of(tier2.get(self.at(world)))
        assert "This file was not read." in page
        assert page.count("It is not text.") == 1


class TestLines:
    def test_lines_are_fetched_alone_for_whoever_scrolls(self, world: WebWorld, tier2: Client) -> None:
        page = f"/console/tickets/{world.climbing.reference}/evidence/{world.evidence.pk}"
        whole = tier2.get(f"{page}?line=1").content.decode()
        assert f'<tl-lines total="{world.evidence.lines}" page="120">' in whole
        assert "tierline/js/lines" in whole
        assert 'name="line"' in whole
        part = tier2.get(f"{page}?line=121", headers={"HX-Request": "true"}).content.decode()
        assert "<tl-lines" in part
        assert 'id="l-121"' in part
        assert 'id="l-120"' not in part
        assert len(part) < len(whole) * 3 / 4
        assert "<html" not in part
        assert 'class="strip"' not in part

    def test_a_line_that_is_not_there_is_the_last_one(self, world: WebWorld, tier2: Client) -> None:
        page = f"/console/tickets/{world.climbing.reference}/evidence/{world.evidence.pk}"
        for line in ("987654321", "-4", "x"):
            assert tier2.get(f"{page}?line={line}").status_code == 200


class TestKnown:
    def problem(self, world: WebWorld) -> Problem:
        return problems.open_problem(actor=world.desk.actor(3), ticket_id=world.climbing.pk)

    def test_an_empty_list_teaches_the_way(self, world: WebWorld, tier3: Client) -> None:
        assert "No known error yet" in text_of(tier3.get("/console/known"))

    def test_from_cause_to_known_error_in_force(self, world: WebWorld, tier3: Client) -> None:
        page = f"/console/problems/{self.problem(world).pk}"
        assert "Find the cause and write down what proves it." in text_of(tier3.get(page))
        form = {"cause": "The replay window is 64.", "component": "tunneld", "evidence": "R-1\nclient.log"}
        assert "The cause is recorded." in text_of(tier3.post(f"{page}/cause", form, follow=True))
        form = {
            "title": "Rekey fails after 600 s",
            "symptoms": "The VPN drops.",
            "workaround": "Switch roaming off.",
            "lowest_tier": 0,
            "line": "rekey window exceeded after <*> s",
            "fact": "version",
            "relation": "starts with",
            "fact_value": "5.2",
        }
        assert "is drafted" in text_of(tier3.post(f"{page}/workaround", form, follow=True))
        known = KnownError.objects.get()
        shown = text_of(tier3.get(f"/console/known/{known.pk}"))
        assert "the log holds the line “rekey window exceeded after <*> s”" in shown
        assert "version starts with 5.2" in shown
        said = text_of(tier3.post(f"/console/known/{known.pk}/publish", follow=True))
        assert "It is in force" in said
        assert "tickets looked at" in said
        assert 'hx-trigger="every 1s"' in tier3.get(f"/console/known/{known.pk}").content.decode()
        problems.run_scan(actor=Actor.machine("problems"), scan_id=RetroScan.objects.get().pk)
        shown = tier3.get(f"/console/known/{known.pk}")
        assert "Would have caught 1 ticket of 90 days." in text_of(shown)
        assert world.climbing.reference in text_of(shown)
        hit = f"/console/known/{known.pk}/tickets/{world.climbing.reference}"
        said = text_of(tier3.post(hit, {"false": "yes"}, follow=True))
        assert "Would have caught 1 ticket of 90 days, 1 of them false." in said
        tier3.post(f"/console/known/{known.pk}/scan")
        assert RetroScan.objects.count() == 2
        assert known.title in text_of(tier3.get("/console/known"))
        diagnosis.examine_ticket(actor=Actor.machine("diagnosis"), ticket_id=world.climbing.pk)
        step = tier3.get(f"/console/tickets/{world.climbing.pk}/step", headers={"HX-Request": "true"})
        assert known.ref in text_of(step)

    def test_a_cause_without_words_is_refused(self, world: WebWorld, tier3: Client) -> None:
        page = f"/console/problems/{self.problem(world).pk}"
        answer = tier3.post(f"{page}/cause", {"cause": "", "evidence": "R-1"})
        assert answer.status_code == 422
        assert "Say what the cause is." in text_of(answer)
        assert "R-1</textarea>" in answer.content.decode()

    def test_a_draft_without_cause_is_not_put_in_force(self, world: WebWorld, tier3: Client) -> None:
        made = problems.record_workaround(
            actor=world.desk.actor(3), problem_id=self.problem(world).pk, title="x", symptoms="y", workaround="z"
        )
        said = text_of(tier3.post(f"/console/known/{made.pk}/publish", follow=True))
        assert "Record the cause first." in said
        assert KnownError.objects.get(pk=made.pk).status == "draft"

    def test_a_fix_is_recorded_and_the_problem_closed_with_a_reason(self, world: WebWorld, tier3: Client) -> None:
        page = f"/console/problems/{self.problem(world).pk}"
        tier3.post(f"{page}/fix", {"fixed_in": "5.2.2", "recipe": world.recipe.pk})
        assert Fix.objects.get().fixed_in == "5.2.2"
        assert tier3.post(f"{page}/close", {"reason": ""}).status_code == 403
        said = text_of(tier3.post(f"{page}/close", {"reason": "The product is withdrawn."}, follow=True))
        assert "The problem is closed." in said

    def test_a_fix_without_recipe_cannot_be_proven(self, world: WebWorld, tier3: Client) -> None:
        fix = problems.record_fix(actor=world.desk.actor(3), problem_id=self.problem(world).pk, fixed_in="5.2.2")
        tier3.post(f"/console/fixes/{fix.pk}/verify")
        assert Fix.objects.get(pk=fix.pk).state == "recorded"

    def test_problems_of_another_desk_do_not_exist(self, world: WebWorld, tier3: Client) -> None:
        secret = confidential(world.desk)
        hidden = problems.open_problem(actor=Actor.machine("problems"), ticket_id=secret.pk)
        assert tier3.get(f"/console/problems/{hidden.pk}").status_code == 404
        assert tier3.post(f"/console/problems/{hidden.pk}/cause", {"cause": "x"}).status_code == 404


class TestLab:
    def test_a_recipe_shows_its_steps_and_releases(self, world: WebWorld, tier2: Client) -> None:
        said = text_of(tier2.get(f"/console/lab/{world.recipe.pk}"))
        assert "It has not run yet." in said
        assert "python3 repro.py" in said
        assert "Run on 5.1.9" in said

    def test_a_run_is_asked_for_and_its_result_appears(self, world: WebWorld, tier2: Client) -> None:
        page = f"/console/lab/{world.recipe.pk}"
        said = text_of(tier2.post(f"{page}/run", {"release": "5.2.1"}, follow=True))
        assert "The lab runs it." in said
        waiting = tier2.get(page).content.decode()
        assert 'hx-trigger="every 2s"' in waiting
        LabRun.objects.update(state="done", verdict="reproduced", reproduced=3, finished_at=world.recipe.created_at)
        piece = tier2.get(page, headers={"HX-Request": "true"})
        assert "3 of 3 on 5.2.1" in text_of(piece)
        assert "hx-trigger" not in piece.content.decode()

    def test_a_release_it_does_not_know_is_refused(self, world: WebWorld, tier2: Client) -> None:
        said = text_of(tier2.post(f"/console/lab/{world.recipe.pk}/run", {"release": "9"}, follow=True))
        assert "no files for 9" in said
        assert not LabRun.objects.exists()

    def test_a_recipe_is_written_for_a_ticket(self, world: WebWorld, tier2: Client) -> None:
        form = {"title": "It stops at 71 percent", "spec": json.dumps(SPEC)}
        tier2.post(f"/console/lab/new?ticket={world.others[6].pk}", form)
        made = Recipe.objects.latest("pk")
        assert (made.title, made.ticket_id) == ("It stops at 71 percent", world.others[6].pk)
        assert made.title in text_of(tier2.get("/console/lab"))

    @pytest.mark.parametrize(
        ("spec", "says"), [("{", "is not JSON"), ("[]", "in braces"), ('{"nonsense": 1}', "no such part")]
    )
    def test_what_is_no_recipe_is_said_at_the_field_and_kept(
        self, world: WebWorld, tier2: Client, spec: str, says: str
    ) -> None:
        answer = tier2.post("/console/lab/new", {"title": "A title", "spec": spec})
        assert answer.status_code == 422
        assert says in text_of(answer)
        assert 'value="A title"' in answer.content.decode()

    def test_a_change_makes_a_version_and_sees_others_changes(self, world: WebWorld, tier2: Client) -> None:
        page = f"/console/lab/{world.recipe.pk}/change"
        form = {"title": "Drops after 600 s", "spec": json.dumps({**SPEC, "runs": 5}), "seen_version": 1}
        tier2.post(page, form)
        assert Recipe.objects.get(pk=world.recipe.pk).version == 2
        assert tier2.post(page, form).status_code == 409


class TestArticles:
    def test_the_list_and_its_search(self, world: WebWorld, tier1: Client) -> None:
        assert world.article.title in text_of(tier1.get("/console/articles"))
        found = tier1.get("/console/articles?q=roaming").content.decode()
        assert "<mark>" in found
        assert "Nothing found" in text_of(tier1.get("/console/articles?q=zzzzzz"))

    def test_written_validated_published_and_flagged(self, world: WebWorld, tier1: Client) -> None:
        parts = {"title": "Badge is slow", "issue": "It takes long.", "resolution": "Clean the reader."}
        tier1.post("/console/articles/new", parts)
        article = Article.objects.latest("pk")
        page = f"/console/articles/{article.pk}"
        assert "Validated" in text_of(tier1.post(f"{page}/verb", {"verb": "validate"}, follow=True))
        assert "Published to requesters" in text_of(tier1.post(f"{page}/verb", {"verb": "requester"}, follow=True))
        assert "Flagged" in text_of(tier1.post(f"{page}/verb", {"verb": "flag", "reason": "wrong door"}, follow=True))
        assert Article.objects.get(pk=article.pk).confidence == "not_validated"
        tier1.post(f"{page}/verb", {"verb": "archive", "reason": "old"})
        assert Article.objects.get(pk=article.pk).confidence == "archived"

    def test_what_is_not_ready_says_what_it_lacks(self, world: WebWorld, tier1: Client) -> None:
        tier1.post("/console/articles/new", {"title": "Only a title"})
        article = Article.objects.latest("pk")
        said = text_of(tier1.post(f"/console/articles/{article.pk}/verb", {"verb": "requester"}, follow=True))
        assert "lacks its issue and its resolution" in said

    def test_a_change_over_a_newer_one_keeps_the_words(self, world: WebWorld, tier1: Client) -> None:
        page = f"/console/articles/{world.article.pk}/change"
        parts = {"title": "New title", "issue": "i", "resolution": "My better steps.", "seen_version": 1}
        answer = tier1.post(page, parts)
        assert answer.status_code == 409
        assert "My better steps.</textarea>" in answer.content.decode()
        parts["seen_version"] = Article.objects.get(pk=world.article.pk).version
        tier1.post(page, parts)
        assert Article.objects.get(pk=world.article.pk).resolution == "My better steps."

    def test_an_unknown_verb_changes_nothing(self, world: WebWorld, tier1: Client) -> None:
        version = Article.objects.get(pk=world.article.pk).version
        said = text_of(tier1.post(f"/console/articles/{world.article.pk}/verb", {"verb": "burn"}, follow=True))
        assert "Choose what to do" in said
        assert Article.objects.get(pk=world.article.pk).version == version
        assert tier1.post("/console/articles/99999/verb", {"verb": "validate"}).status_code == 404


class TestSearch:
    def test_words_find_tickets_and_articles(self, world: WebWorld, tier2: Client) -> None:
        said = text_of(tier2.get("/console/search?q=vpn"))
        assert world.climbing.title in said
        assert world.article.title in said

    def test_a_reference_finds_its_ticket(self, world: WebWorld, tier2: Client) -> None:
        assert world.solved.title in text_of(tier2.get(f"/console/search?q={world.solved.reference}"))

    def test_nothing_typed_and_nothing_found_teach(self, world: WebWorld, tier2: Client) -> None:
        assert "What are you looking for?" in text_of(tier2.get("/console/search"))
        assert "Nothing found" in text_of(tier2.get("/console/search?q=zzzzzz"))

    @pytest.mark.parametrize("text", ["'; DROP TABLE x; --", "%", '"', "\x00", "a" * 5000, "& | ! ( )"])
    def test_odd_words_are_no_error(self, world: WebWorld, tier2: Client, text: str) -> None:
        assert tier2.get("/console/search", {"q": text}).status_code == 200
        assert tier2.get("/console/palette", {"q": text}).status_code == 200

    def test_the_palette_gives_objects_with_addresses(self, world: WebWorld, tier2: Client) -> None:
        results = tier2.get("/console/palette?q=vpn").json()["results"]
        assert {"ticket", "article"} == {one["note"] for one in results}
        assert all(tier2.get(one["href"]).status_code == 200 for one in results)
        assert tier2.get("/console/palette").json() == {"results": []}

    def test_what_one_may_not_see_is_not_found(self, world: WebWorld, tier2: Client) -> None:
        secret = confidential(world.desk)
        assert secret.title not in text_of(tier2.get("/console/search?q=salary"))
        assert tier2.get(f"/console/palette?q={secret.reference}").json() == {"results": []}


class TestFiles:
    def test_a_file_is_a_download_that_no_browser_runs(self, world: WebWorld, tier2: Client) -> None:
        tickets.add_note(
            actor=world.desk.actor(2),
            ticket_id=world.climbing.pk,
            text="See",
            attachments=[tickets.NewAttachment(name="x.html", content_type="text/html", content=b"<script>1</script>")],
        )
        answer = tier2.get(f"/console/files/{Attachment.objects.get(name='x.html').pk}")
        assert b"".join(answer.streaming_content) == b"<script>1</script>"
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["Content-Security-Policy"].startswith("sandbox")

    def test_a_log_in_the_vault_is_given_out_unmasked_to_leads_only(self, world: WebWorld, tier2: Client) -> None:
        address = f"/console/files/{world.evidence.attachment_id}"
        assert tier2.get(address).status_code == 404
        browser = signed_in(world.desk.lead)
        page = f"/console/tickets/{world.climbing.reference}/evidence/{world.evidence.pk}"
        assert "only after asking" in text_of(browser.get(address, follow=True))
        browser.post(f"{page}/unmask", {"reason": "The key is in it"})
        lead = browser.get(address)
        assert lead.status_code == 200
        assert b"ines@field.example" in b"".join(lead.streaming_content)

    def test_files_of_others_do_not_exist(self, world: WebWorld, db: None) -> None:
        address = f"/console/files/{world.evidence.attachment_id}"
        assert signed_in(world.desk.requester).get(address).status_code == 404


class TestTheme:
    def test_it_is_kept_for_the_person_and_drawn(self, world: WebWorld, tier2: Client) -> None:
        answer = tier2.post("/console/theme", {"theme": "dark", "next": "/console/known"})
        assert answer["Location"] == "/console/known"
        assert Person.objects.get(pk=world.desk.agents[2].pk).theme == "dark"
        assert b'data-theme="dark"' in tier2.get("/console/").content

    def test_an_unknown_theme_is_the_systems(self, world: WebWorld, tier2: Client) -> None:
        tier2.post("/console/theme", {"theme": "pink", "next": "//evil.example"})
        assert Person.objects.get(pk=world.desk.agents[2].pk).theme == "system"
        assert b"data-theme" not in tier2.get("/console/").content
