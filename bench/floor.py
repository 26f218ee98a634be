"""The least that a page can cost here: its rows by one statement, printed by a template of three lines."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment

from bench.seed import Seeded

_LIST = """
SELECT t.id, t.kind, t.title, t.status, t.waiting_for, t.priority, t.tier, t.tiers_tried, t.offered_tier, t.last_word,
  t.opened_at, t.changed_at, t.resolved_at, t.due_at, t.due_kind, t.clock, t.clock_share, t.reopened, t.facts,
  a.name AS assignee, g.name AS group_name, r.name AS requester, s.name AS service
FROM tickets_ticket t JOIN people_person r ON r.id = t.requester_id LEFT JOIN people_person a ON a.id = t.assignee_id
  LEFT JOIN people_supportgroup g ON g.id = t.group_id LEFT JOIN catalogue_service s ON s.id = t.service_id
"""
_OPEN = "t.status IN ('new', 'open', 'waiting')"
_QUEUE = "ORDER BY t.priority, t.opened_at, t.id LIMIT 51"
_TICKET = """
SELECT t.*, r.name AS requester,
  (SELECT json_agg(m ORDER BY m.id) FROM tickets_message m WHERE m.ticket_id = t.id) AS messages,
  (SELECT json_agg(e ORDER BY e.seq) FROM timeline_timelineentry e
    WHERE e.subject_kind = 'ticket' AND e.subject_id = t.id) AS entries
FROM tickets_ticket t JOIN people_person r ON r.id = t.requester_id WHERE t.id = %(ticket)s
"""
_FOUND = """
JOIN tickets_ticketwords w ON w.ticket_id = t.id
WHERE w.words @@ websearch_to_tsquery('tierline', %(words)s) ORDER BY t.changed_at DESC LIMIT 30
"""
_ROWS = """<!doctype html><title>Floor</title><table>{% for row in rows %}
<tr>{% for value in row.values() %}<td>{{ value }}</td>{% endfor %}</tr>
{% endfor %}</table>"""
_PAGE = """<!doctype html><title>{{ row.title }}</title><h1>{{ row.title }}</h1><p>{{ row.requester }} {{ row.status }}
{% for m in row.messages %}<article><h2>{{ m.author_label }} {{ m.created_at }}</h2>{{ m.text }}</article>{% endfor %}
<ol>{% for e in row.entries %}<li>{{ e.at }} {{ e.actor_label }} {{ e.kind }}</li>{% endfor %}</ol>"""


@dataclass
class Floor:
    """Each method is one page: one statement on a connection of its own, one template."""

    connection: Any
    desk: Seeded
    group_ids: list[int]

    def __post_init__(self) -> None:
        environment = Environment(autoescape=True)
        self.rows_page = environment.from_string(_ROWS)
        self.ticket_page = environment.from_string(_PAGE)

    @classmethod
    @contextmanager
    def of(cls, desk: Seeded) -> "Iterator[Floor]":
        """A floor on the database that Django is connected to."""
        import psycopg
        from django.db import connection
        from psycopg.rows import dict_row

        from tierline.desk.people.models import Membership

        groups = list(Membership.objects.filter(person_id=desk.agent_id).values_list("group_id", flat=True))
        parameters = connection.get_connection_params() | {"cursor_factory": psycopg.Cursor, "row_factory": dict_row}
        with psycopg.connect(**parameters, autocommit=True) as own:
            yield cls(own, desk, groups)

    def queue(self) -> str:
        return self._rows(f"{_LIST} WHERE {_OPEN} AND t.group_id = ANY(%(groups)s) {_QUEUE}", groups=self.group_ids)

    def queue_all(self) -> str:
        return self._rows(f"{_LIST} WHERE {_OPEN} {_QUEUE}")

    def queue_breached(self) -> str:
        return self._rows(f"{_LIST} WHERE {_OPEN} AND t.due_at < now() {_QUEUE}")

    def queue_resolved(self) -> str:
        return self._rows(f"{_LIST} WHERE t.resolved_at IS NOT NULL ORDER BY t.resolved_at DESC LIMIT 51")

    def own_requests(self) -> str:
        mine = "WHERE t.requester_id = %(me)s ORDER BY t.changed_at DESC LIMIT 50"
        return self._rows(_LIST + mine, me=self.desk.requester_id)

    def search(self, words: str) -> str:
        return self._rows(_LIST + _FOUND, words=words)

    def ticket(self) -> str:
        row = self.connection.execute(_TICKET, {"ticket": self.desk.long_id}).fetchone()
        return self.ticket_page.render(row=row)

    def _rows(self, statement: str, **given: object) -> str:
        return self.rows_page.render(rows=self.connection.execute(statement, given).fetchall())
