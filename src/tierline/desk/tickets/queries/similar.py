"""Solved tickets that are like another one, found by the rare words they share."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from tierline.core.kernel.actors import Actor
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.rules import reference

WORDS_ASKED = 16
COMMON = 1_000  # tickets that hold a word from which on nobody asks for it: the cost stays the same at any size
UNKNOWN = 0.0005  # the share of tickets taken for a word that the statistics do not name
CANDIDATES = 200  # the newest tickets with such a word are compared
ALIKE = 0.3  # least score
TOGETHER = 2  # least number of shared words


@dataclass(frozen=True, slots=True)
class Similar:
    """A solved ticket. `score`, 0 to 1, is how much it has of what any solved ticket shares with the asked one."""

    id: int
    kind: str
    title: str
    resolution: str
    resolution_code: str
    resolved_tier: int | None
    resolved_at: datetime
    score: float

    @property
    def reference(self) -> str:
        """The name people use, for example `INC-20418`."""
        return reference(self.kind, self.id)


# How common a word is stands in the statistics that PostgreSQL keeps of the column, so nothing is counted. A word
# weighs by the logarithm of its rareness, as in information retrieval, and double in the title.
_SIMILAR = f"""
WITH common AS (
    SELECT known.word, known.share, known.share * size.reltuples AS tickets
      FROM pg_stats AS s, pg_class AS size,
           unnest(s.most_common_elems::text::text[],
                  s.most_common_elem_freqs[:cardinality(s.most_common_elems::text::text[])]) AS known(word, share)
     WHERE s.schemaname = current_schema() AND s.tablename = 'tickets_ticketwords' AND s.attname = 'words'
       AND size.oid = 'tickets_ticketwords'::regclass
), asked AS (
    SELECT own.lexeme,
           ln(1 + 1 / coalesce(common.share, {UNKNOWN})) * CASE WHEN 'A' = ANY(own.weights) THEN 2 ELSE 1 END AS weight
      FROM tickets_ticketwords AS kept, unnest(kept.words) AS own
      LEFT JOIN common ON common.word = own.lexeme
     WHERE kept.ticket_id = %s AND coalesce(common.tickets, 0) < {COMMON}
     ORDER BY weight DESC, own.lexeme
     LIMIT {WORDS_ASKED}
), hits AS MATERIALIZED (
    SELECT ticket_id, words
      FROM tickets_ticketwords
     WHERE words @@ (SELECT string_agg('''' || replace(replace(lexeme, '\\', '\\\\'), '''', '''''') || '''', ' | ')
                       FROM asked)::tsquery
), candidates AS (
    SELECT ticket_id, words FROM hits WHERE ticket_id IN ({{solved}}) ORDER BY ticket_id DESC LIMIT {CANDIDATES}
), shared AS (
    SELECT candidates.ticket_id, asked.lexeme, asked.weight
      FROM candidates, asked
     WHERE asked.lexeme = ANY(tsvector_to_array(candidates.words))
), scored AS (
    SELECT ticket_id,
           sum(weight) / (SELECT sum(weight) FROM asked WHERE lexeme IN (SELECT lexeme FROM shared)) AS score
      FROM shared GROUP BY ticket_id HAVING count(*) >= {TOGETHER}
)
SELECT t.id, t.kind, t.title, t.resolution, t.resolution_code, t.resolved_tier, t.resolved_at, scored.score
  FROM scored JOIN tickets_ticket AS t ON t.id = scored.ticket_id
 WHERE scored.score >= {ALIKE}
 ORDER BY scored.score DESC, t.id DESC
 LIMIT %s"""


def similar(viewer: Actor, ticket_id: int, limit: int = 3) -> list[Similar]:
    """Solved tickets that share the ticket's rarest words, the most alike first, in one statement.

    Only what the viewer may see; what was withdrawn or goes on elsewhere solved nothing.
    """
    require(viewer, Right.CONSOLE)
    solved = (
        Ticket.objects.visible_to(viewer)
        .filter(resolved_at__isnull=False, merged_into__isnull=True)
        .exclude(resolution_code="withdrawn")
        .exclude(pk=ticket_id)
    )
    sql, params = solved.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_SIMILAR.format(solved=sql), [ticket_id, *params, limit])
        return [Similar(*row) for row in cursor.fetchall()]
