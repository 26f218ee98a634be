"""Articles against the real database: from a ticket to a published, found and corrected article."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel import jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import ChangedMeanwhile, NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people import operations as people
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.rules import Resolution
from tierline.work.knowledge import jobs as knowledge_jobs
from tierline.work.knowledge import operations, queries
from tierline.work.knowledge.errors import NothingToLearn, NotReady, WrongState
from tierline.work.knowledge.models import Article, ArticleLink, ArticleRevision
from tierline.work.knowledge.rules import ArticleAudience, Confidence, Governance, LinkHow

pytestmark = pytest.mark.django_db
MACHINE = Actor.machine("knowledge")
TEXT = """Hello,
the VPN drops every ten minutes since the router update, my password is hunter2

> older words
"""
RESOLUTION = "Set the keepalive of the tunnel to 20 seconds. Restart the VPN client."


desk = held(small_desk)


def solved(desk: SmallDesk, tier: int = 2, title: str = "VPN drops", text: str = TEXT, how: str = RESOLUTION) -> Ticket:
    ticket = desk.owned(tier, title=title, text=text, facts={"version": "5.2", "os": "Windows 11"})
    return tickets.resolve(actor=desk.actor(tier), ticket_id=ticket.pk, resolution=how)


def published(desk: SmallDesk, title: str, issue: str, resolution: str, audience: str = "requester") -> Article:
    article = operations.create(
        actor=desk.actor(1), title=title, issue=issue, resolution=resolution, desk_id=desk.desk.pk
    )
    return operations.publish(actor=desk.actor(1), article_id=article.pk, audience=audience)


def kinds(article: Article) -> list[str]:
    return [entry.kind for entry in TimelineEntry.objects.of("article", article.pk)]


class TestDraft:
    def test_a_resolved_ticket_becomes_a_draft_in_the_requesters_words_without_secrets(self, desk: SmallDesk) -> None:
        article = operations.draft_from_ticket(actor=desk.actor(2), ticket_id=solved(desk).pk)
        assert article.issue == "the VPN drops every ten minutes since the router update, my password is [secret]"
        assert article.environment == "os: Windows 11\nversion: 5.2"
        assert article.resolution == RESOLUTION
        assert (article.confidence, article.audience) == ("work_in_progress", "internal")
        assert article.published_at is None
        assert article.reference == f"KB-{article.pk}"
        assert kinds(article) == ["article.drafted"]
        assert article.version == 1

    def test_the_second_draft_is_the_first(self, desk: SmallDesk) -> None:
        ticket = solved(desk)
        first = operations.draft_from_ticket(actor=desk.actor(2), ticket_id=ticket.pk)
        assert operations.draft_from_ticket(actor=MACHINE, ticket_id=ticket.pk) == first
        assert kinds(first) == ["article.drafted"]

    def test_an_open_ticket_teaches_nothing_yet(self, desk: SmallDesk) -> None:
        with pytest.raises(NothingToLearn):
            operations.draft_from_ticket(actor=desk.actor(1), ticket_id=desk.owned(1).pk)

    def test_requesters_and_other_desks_cannot(self, desk: SmallDesk) -> None:
        ticket = solved(desk)
        with pytest.raises(NotFound):
            operations.draft_from_ticket(actor=desk.asking, ticket_id=ticket.pk)
        stranger = Actor(label="x", person_id=desk.agents[1].pk, roles=frozenset({"agent"}))
        with pytest.raises(NotFound):
            operations.draft_from_ticket(actor=stranger, ticket_id=ticket.pk)


class TestWhatASolvedTicketLeaves:
    def test_something_new_is_drafted_and_twice_is_once(self, desk: SmallDesk) -> None:
        ticket = solved(desk)
        entry = TimelineEntry.objects.get(subject_kind="ticket", subject_id=ticket.pk, kind="ticket.resolved")
        knowledge_jobs.draft_from_ticket(entry_id=entry.pk)
        knowledge_jobs.draft_from_ticket(entry_id=entry.pk)
        assert Article.objects.get().source_ticket_id == ticket.pk

    def test_what_an_article_covers_is_linked_as_reused(self, desk: SmallDesk) -> None:
        article = published(desk, "VPN drops", "VPN drops every ten minutes since router update password", RESOLUTION)
        ticket = solved(desk)
        assert operations.draft_or_reuse(actor=MACHINE, ticket_id=ticket.pk) == article
        assert ArticleLink.objects.get().how == LinkHow.REUSED
        assert Article.objects.count() == 1

    def test_the_same_issue_with_another_resolution_is_new(self, desk: SmallDesk) -> None:
        published(desk, "VPN drops", "VPN drops every ten minutes since router update password", RESOLUTION)
        ticket = solved(desk, how="Replaced the broken network card in the laptop dock.")
        article = operations.draft_or_reuse(actor=MACHINE, ticket_id=ticket.pk)
        assert article is not None
        assert article.source_ticket_id == ticket.pk

    def test_an_article_that_was_linked_by_hand_is_enough(self, desk: SmallDesk) -> None:
        article = published(desk, "Printer", "Printer jams", "Clean the roller.")
        ticket = solved(desk)
        operations.link(actor=desk.actor(2), ticket_id=ticket.pk, article_id=article.pk, how="used")
        assert operations.draft_or_reuse(actor=MACHINE, ticket_id=ticket.pk) == article
        assert Article.objects.count() == 1

    @pytest.mark.parametrize("code", [Resolution.KNOWN_ERROR, Resolution.WITHDRAWN])
    def test_known_errors_and_withdrawn_tickets_leave_nothing(self, desk: SmallDesk, code: Resolution) -> None:
        ticket = desk.owned(2)
        tickets.resolve(actor=desk.actor(2), ticket_id=ticket.pk, resolution="See KE-1.", code=code)
        assert operations.draft_or_reuse(actor=MACHINE, ticket_id=ticket.pk) is None

    def test_tier_0_leaves_nothing(self, desk: SmallDesk) -> None:
        ticket = desk.ticket()
        tickets.resolve(actor=Actor.machine("assistant"), ticket_id=ticket.pk, resolution="answered", tier=0)
        assert operations.draft_or_reuse(actor=MACHINE, ticket_id=ticket.pk) is None


class TestRevise:
    def test_every_edit_is_kept_and_a_validated_article_must_be_validated_again(self, desk: SmallDesk) -> None:
        article = published(desk, "VPN", "It drops", "Restart it.")
        article = operations.validate(actor=desk.actor(2), article_id=article.pk)
        changed = operations.revise(
            actor=desk.actor(2), article_id=article.pk, seen_version=article.version, resolution="Set the keepalive."
        )
        assert changed.confidence == Confidence.NOT_VALIDATED
        texts = ArticleRevision.objects.filter(article=article).order_by("number").values_list("number", "resolution")
        assert list(texts) == [(1, "Restart it."), (2, "Set the keepalive.")]
        assert kinds(article)[-1] == "article.revised"

    def test_an_older_version_is_refused(self, desk: SmallDesk) -> None:
        article = published(desk, "VPN", "It drops", "Restart it.")
        with pytest.raises(ChangedMeanwhile):
            operations.revise(actor=desk.actor(1), article_id=article.pk, seen_version=1, title="x")

    def test_nothing_changed_records_nothing(self, desk: SmallDesk) -> None:
        article = published(desk, "VPN", "It drops", "Restart it.")
        operations.revise(actor=desk.actor(1), article_id=article.pk, seen_version=article.version, title=" VPN ")
        assert "article.revised" not in kinds(article)

    def test_a_published_article_cannot_lose_its_resolution(self, desk: SmallDesk) -> None:
        article = published(desk, "VPN", "It drops", "Restart it.")
        with pytest.raises(NotReady):
            operations.revise(actor=desk.actor(1), article_id=article.pk, seen_version=article.version, resolution=" ")

    def test_an_unknown_part_is_a_programming_error(self, desk: SmallDesk) -> None:
        article = published(desk, "VPN", "It drops", "Restart it.")
        with pytest.raises(TypeError, match="colour"):
            operations.revise(actor=desk.actor(1), article_id=article.pk, seen_version=article.version, colour="red")


class TestPublish:
    def test_what_is_missing_is_named(self, desk: SmallDesk) -> None:
        article = operations.create(actor=desk.actor(1), title="VPN")
        with pytest.raises(NotReady, match=f"KB-{article.pk} lacks its issue and its resolution"):
            operations.publish(actor=desk.actor(1), article_id=article.pk, audience="internal")

    def test_publishing_to_requesters_shows_it_to_them_and_twice_is_once(self, desk: SmallDesk) -> None:
        article = published(desk, "VPN", "It drops", "Restart it.")
        operations.publish(actor=desk.actor(1), article_id=article.pk, audience="requester")
        assert kinds(article) == ["article.drafted", "article.published"]
        assert queries.article(desk.asking, article.pk).title == "VPN"

    def test_compliance_needs_validation_first(self, desk: SmallDesk) -> None:
        article = operations.create(
            actor=desk.actor(1),
            title="Leave",
            issue="How much?",
            resolution="30 days.",
            governance=Governance.COMPLIANCE,
        )
        with pytest.raises(NotReady, match="compliance"):
            operations.publish(actor=desk.actor(1), article_id=article.pk, audience="requester")
        operations.validate(actor=desk.actor(1), article_id=article.pk)
        operations.publish(actor=desk.actor(1), article_id=article.pk, audience="requester")
        assert queries.article(desk.asking, article.pk)

    def test_requesters_may_not_publish(self, desk: SmallDesk) -> None:
        article = operations.create(actor=desk.actor(1), title="VPN", issue="a", resolution="b")
        with pytest.raises(NotFound):
            operations.publish(actor=desk.asking, article_id=article.pk, audience="requester")

    def test_an_archived_article_is_gone_for_readers_and_stays_archived(self, desk: SmallDesk) -> None:
        article = published(desk, "VPN", "It drops", "Restart it.")
        operations.archive(actor=desk.actor(1), article_id=article.pk, reason="replaced")
        with pytest.raises(NotFound):
            queries.article(desk.asking, article.pk)
        with pytest.raises(WrongState):
            operations.publish(actor=desk.actor(1), article_id=article.pk, audience="requester")

    def test_the_database_refuses_an_unpublished_article_for_requesters(self, desk: SmallDesk) -> None:
        article = operations.create(actor=desk.actor(1), title="VPN", issue="a", resolution="b")
        with pytest.raises(IntegrityError, match="article_for_requesters_is_published"), transaction.atomic():
            Article.objects.filter(pk=article.pk).update(audience="requester")


class TestFlag:
    def test_a_flag_takes_the_validation_away_and_masks_what_was_written(self, desk: SmallDesk) -> None:
        article = published(desk, "VPN", "It drops", "Restart it.")
        operations.validate(actor=desk.actor(1), article_id=article.pk)
        operations.flag(actor=desk.asking, article_id=article.pk, comment="Wrong; ask me at ines@field.example")
        article.refresh_from_db()
        assert article.confidence == Confidence.NOT_VALIDATED
        entry = TimelineEntry.objects.of("article", article.pk).last()
        assert entry is not None
        assert entry.data["comment"] == "Wrong; ask me at [mail address]"
        assert entry.payload.erase().to_data()["comment"] == "[erased]"

    def test_a_flag_from_a_ticket_links_it(self, desk: SmallDesk) -> None:
        article = published(desk, "VPN", "It drops", "Restart it.")
        ticket = desk.owned(1)
        operations.flag(actor=desk.actor(1), article_id=article.pk, comment="outdated", ticket_id=ticket.pk)
        assert [one.how for one in queries.links_of(desk.actor(1), ticket.pk)] == ["flagged"]

    def test_the_link_is_on_the_tickets_timeline_once(self, desk: SmallDesk) -> None:
        article = published(desk, "VPN", "It drops", "Restart it.")
        ticket = desk.owned(1)
        for _ in range(2):
            operations.link(actor=desk.actor(1), ticket_id=ticket.pk, article_id=article.pk, how="used")
        linked = TimelineEntry.objects.of("ticket", ticket.pk).filter(kind="article.linked")
        assert [entry.data for entry in linked] == [{"article_id": article.pk, "how": "used"}]


class TestSight:
    def test_an_internal_article_does_not_exist_for_requesters(self, desk: SmallDesk) -> None:
        article = published(desk, "VPN secrets", "Drops", "Use the admin tunnel.", audience="internal")
        with pytest.raises(NotFound):
            queries.article(desk.asking, article.pk)
        assert queries.search(desk.asking, "admin tunnel") == []
        assert queries.passages_for_requesters("VPN secrets admin tunnel drops") == []
        assert queries.article(desk.actor(1), article.pk)

    def test_a_confidential_desks_articles_are_for_its_staff(self, desk: SmallDesk) -> None:
        hr = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
        article = operations.create(actor=SETUP, title="Dismissal", issue="How?", resolution="So.", desk_id=hr.pk)
        with pytest.raises(NotFound):
            queries.article(desk.actor(1), article.pk)
        assert queries.search(desk.actor(1), "dismissal") == []
        inside = Actor(label="HR", person_id=1, roles=frozenset({"agent"}), desk_ids=frozenset({hr.pk}))
        assert queries.article(inside, article.pk).title == "Dismissal"


class TestSearch:
    @pytest.fixture(autouse=True)
    def articles(self, desk: SmallDesk) -> dict[str, Article]:
        return {
            "vpn": published(desk, "VPN drops after an update", "The tunnel closes every ten minutes", RESOLUTION),
            "printer": published(desk, "Printer jams", "Paper sticks in the Zürich office", "Clean the roller."),
            "mail": published(desk, "Move a mailbox", "Mail to another site", "Ask for a migration of the mailbox."),
        }

    def test_all_words_are_needed_first(self, desk: SmallDesk, articles: dict[str, Article]) -> None:
        found = queries.search(desk.asking, "tunnel minutes")
        assert [row.id for row in found] == [articles["vpn"].pk]
        assert not found[0].near

    def test_case_accents_and_endings_do_not_matter(self, desk: SmallDesk, articles: dict[str, Article]) -> None:
        assert [row.id for row in queries.search(desk.asking, "ZURICH OFFICES")] == [articles["printer"].pk]

    def test_the_snippet_marks_the_words(self, desk: SmallDesk) -> None:
        (row,) = queries.search(desk.asking, "roller")
        assert [fragment.text for fragment in row.snippet if fragment.hit] == ["roller"]
        assert "Paper sticks" in "".join(fragment.text for fragment in row.snippet)

    def test_when_no_article_has_every_word_the_nearest_is_found_and_says_so(
        self, desk: SmallDesk, articles: dict[str, Article]
    ) -> None:
        found = queries.search(desk.asking, "mailbox somersault")
        assert [row.id for row in found] == [articles["mail"].pk]
        assert found[0].near
        assert 0 < found[0].score < 1

    def test_a_typo_in_the_title_is_forgiven(self, desk: SmallDesk, articles: dict[str, Article]) -> None:
        assert [row.id for row in queries.search(desk.asking, "pritner")] == [articles["printer"].pk]

    def test_excluded_words_and_quotes_work_as_on_the_web(self, desk: SmallDesk, articles: dict[str, Article]) -> None:
        assert queries.search(desk.asking, 'mailbox -migration "another site"') == [] or all(
            row.near for row in queries.search(desk.asking, 'mailbox -migration "another site"')
        )
        assert [r.id for r in queries.search(desk.asking, '"another site"')] == [articles["mail"].pk]

    @pytest.mark.parametrize("text", ["", "   ", "\x00", "' OR 1=1 --", "a:* & !b | (", "%s %d", "\\", "🖨️"])
    def test_odd_input_is_only_text(self, desk: SmallDesk, text: str) -> None:
        assert isinstance(queries.search(desk.asking, text), list)
        assert isinstance(queries.passages(desk.asking, text), list)

    def test_the_number_of_statements_does_not_grow(self, desk: SmallDesk) -> None:
        for index in range(30):
            published(desk, f"VPN note {index}", "The tunnel closes", "Wait some minutes.")
        with CaptureQueriesContext(
            connection,
        ) as statements:
            assert len(queries.search(desk.asking, "tunnel minutes")) == 20
        assert len(statements) == 2


class TestPassages:
    def test_the_best_article_comes_first_and_says_what_it_lacks(self, desk: SmallDesk) -> None:
        vpn = published(desk, "VPN drops", "The tunnel closes every ten minutes", RESOLUTION)
        published(desk, "Printer jams", "Paper sticks", "Clean the roller of the printer.")
        best = queries.passages_for_requesters("my VPN tunnel drops and the gramophone closes")[0]
        assert best.article_id == vpn.pk
        assert best.text == RESOLUTION
        assert best.missing == ("gramophone",)
        assert 0.5 < best.score < 1

    def test_a_question_about_nothing_we_know_scores_low(self, desk: SmallDesk) -> None:
        published(desk, "Export a report", "Export the report to a file", "Press export.")
        (found,) = queries.passages_for_requesters("The Excel export loses its last column")
        assert found.score < 0.5

    def test_an_empty_question_finds_nothing(self, desk: SmallDesk) -> None:
        published(desk, "VPN", "It drops", "Restart it.")
        assert queries.passages_for_requesters("hello, please help, thank you") == []


def test_reactions_run_from_the_queue(desk: SmallDesk) -> None:
    ticket = solved(desk)
    entry = TimelineEntry.objects.get(subject_kind="ticket", subject_id=ticket.pk, kind="ticket.resolved")
    jobs.enqueue("knowledge.draft_from_ticket", entry_id=entry.pk)
    jobs.drain()
    assert Article.objects.filter(source_ticket=ticket).exists()


def test_an_article_for_nobody_in_particular_is_internal_until_published(desk: SmallDesk) -> None:
    article = operations.create(actor=desk.actor(1), title="VPN", issue="a", resolution="b")
    assert (article.audience, article.published_at) == (ArticleAudience.INTERNAL, None)
    assert operations.publish(actor=desk.actor(1), article_id=article.pk, audience="internal").published_at
