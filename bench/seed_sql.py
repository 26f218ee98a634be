"""The statements that write the tickets of `bench/seed.py`, in order. `plan` says what became of each ticket."""

FIRST = 10001  # the id of the first ticket
LONG = 20  # its messages
VOCABULARY = 50_000  # different words; those beyond the given ones are error codes


def _said(count: str) -> str:
    """SQL for so many words by Zipf's law: the word of rank r comes 1/r times as often as the first one."""
    return f"""(SELECT string_agg(coalesce((%(words)s::text[])[rank], 'e' || rank), ' ')
        FROM (SELECT floor(exp(random() * ln({VOCABULARY + 1})))::int AS rank FROM generate_series(1, {count})) d)"""


# Ticket n of N was opened that part of two years ago. `fate` is how far it came: untouched, new, open, offered,
# waiting or solved. `unit` is a minute, less for a ticket that is younger than a few hours.
_PLAN = f"""
CREATE TEMP TABLE plan ON COMMIT DROP AS
WITH dice AS (
  SELECT n, random() AS live, random() AS fate, random() AS i, random() AS u, random() AS span, random() AS due,
         floor(power(random(), 1.5) * cardinality(%(groups)s))::int AS g, floor(random() * %(crew)s)::int AS a,
         floor(power(random(), 2) * cardinality(%(requesters)s))::int AS r,
         now() - (%(tickets)s - n + 1) * (interval '730 days' / %(tickets)s) AS opened_at
    FROM generate_series(1, %(tickets)s) n),
led AS (
  SELECT *,
         CASE WHEN n = %(long)s THEN 'open'
              WHEN live > CASE WHEN n > 0.9 * %(tickets)s THEN 0.65 ELSE 0.0167 END THEN 'solved'
              WHEN fate < 0.1 THEN 'untouched' WHEN fate < 0.3 THEN 'new' WHEN fate < 0.72 THEN 'open'
              WHEN fate < 0.75 AND (%(tiers)s::int[])[1 + g] < 3 THEN 'offered'
              ELSE 'waiting' END AS fate_,
         CASE WHEN i < 0.03 THEN 1 WHEN i < 0.2 THEN 2 ELSE 3 END AS impact,
         CASE WHEN u < 0.15 THEN 1 WHEN u < 0.7 THEN 2 ELSE 3 END AS urgency,
         least(interval '1 minute', (now() - opened_at) / 400) AS unit,
         CASE WHEN n = %(long)s THEN 0 ELSE g END AS g_, CASE WHEN n = %(long)s THEN 0 ELSE a END AS a_
    FROM dice)
SELECT n, %(first)s - 1 + n AS id, opened_at, unit, fate_ AS fate, impact, urgency,
       least(impact + urgency - 1, 5) AS priority,
       CASE WHEN n %% 5 = 0 THEN 'request' ELSE 'incident' END AS kind,
       (%(groups)s::bigint[])[1 + g_] AS group_id, 'Group ' || g_ AS group_label, (%(tiers)s::int[])[1 + g_] AS tier,
       (%(agents)s::bigint[])[1 + g_ * %(crew)s + a_] AS agent_id, 'Agent ' || g_ * %(crew)s + a_ AS agent_label,
       (%(requesters)s::bigint[])[1 + r] AS requester_id, 'Customer ' || r AS requester_label,
       (%(services)s::bigint[])[1 + n %% cardinality(%(services)s)] AS service_id,
       jsonb_build_object('product', 'Secure Access', 'version', '5.2.' || n %% 6) AS facts,
       CASE WHEN due < 0.8 THEN 'requester' ELSE 'vendor' END AS waits_for,
       now() + (due - 0.15) * interval '4 days' AS due_at,
       opened_at + least(interval '5 hours' + span * interval '67 hours', (now() - opened_at) * 0.9) AS solved_at,
       initcap({_said("4 + n %% 5")}) AS title
  FROM led ORDER BY n
"""

_TICKETS = """
INSERT INTO tickets_ticket (id, kind, title, status, waiting_for, impact, urgency, priority, tier, tiers_tried,
  offered_tier, desk_id, group_id, assignee_id, requester_id, service_id, channel, facts, last_word, opened_at,
  changed_at, first_reply_at, resolved_at, resolved_tier, resolution_code, resolution, reopened, version, due_at,
  due_kind, clock, clock_share)
SELECT id, kind, title,
  CASE WHEN fate IN ('untouched', 'new') THEN 'new' WHEN fate = 'waiting' THEN 'waiting'
       WHEN NOT solved THEN 'open' WHEN closed THEN 'closed' ELSE 'resolved' END,
  CASE WHEN fate = 'waiting' THEN waits_for ELSE '' END, impact, urgency, priority,
  CASE WHEN fate = 'untouched' THEN 0 ELSE tier END, CASE WHEN fate = 'untouched' THEN '{0}' ELSE ARRAY[0, tier] END,
  CASE WHEN fate = 'offered' THEN tier + 1 END, %(desk)s, CASE WHEN fate <> 'untouched' THEN group_id END,
  CASE WHEN taken THEN agent_id END, requester_id, service_id, 'mail', facts, 'requester', opened_at,
  CASE WHEN closed THEN solved_at + interval '5 days' WHEN solved THEN solved_at
       ELSE opened_at + unit * CASE fate WHEN 'untouched' THEN 2 WHEN 'new' THEN 3 WHEN 'open' THEN 180 ELSE 200 END
  END,
  CASE WHEN taken THEN opened_at + unit * 60 END, CASE WHEN solved THEN solved_at END,
  CASE WHEN solved THEN tier END, CASE WHEN solved THEN 'solved' ELSE '' END,
  CASE WHEN solved THEN 'Started the service again.' ELSE '' END, 0,
  CASE WHEN closed THEN 9 WHEN fate = 'untouched' THEN 3 WHEN fate = 'new' THEN 4 WHEN fate = 'open' THEN 7 ELSE 8 END,
  CASE WHEN NOT solved AND fate <> 'waiting' THEN due_at END, CASE WHEN solved THEN '' ELSE 'resolution' END,
  CASE WHEN solved THEN '' WHEN fate = 'waiting' THEN 'paused' WHEN due_at < now() THEN 'breached' ELSE 'running' END,
  CASE WHEN solved THEN 0 ELSE 50 END
FROM (SELECT *, fate = 'solved' AS solved, fate NOT IN ('untouched', 'new') AS taken,
             fate = 'solved' AND solved_at < now() - interval '5 days' AS closed FROM plan) t ORDER BY n
"""

_MESSAGES = f"""
INSERT INTO tickets_message (id, ticket_id, audience, direction, author_id, author_label, by_machine, channel, text,
  html, message_id, created_at)
SELECT 3 * (n - 1) + part, id, 'requester', CASE part WHEN 2 THEN 'out' ELSE 'in' END,
  CASE part WHEN 2 THEN agent_id ELSE requester_id END, CASE part WHEN 2 THEN agent_label ELSE requester_label END,
  false, 'mail', {_said("CASE part WHEN 1 THEN 30 + n %% 61 ELSE 15 + n %% 31 END")}, '',
  part || '.' || n || '@customers.example', opened_at + unit * (ARRAY[0, 60, 180])[part]
FROM plan, generate_series(1, 3) part WHERE part = 1 OR fate NOT IN ('untouched', 'new') ORDER BY n, part
"""

_ENTRIES = """
INSERT INTO timeline_timelineentry (subject_kind, subject_id, seq, at, actor_id, actor_label, on_behalf_of, kind,
  data, audience, request_id)
SELECT 'ticket', p.id, e.seq, e.at, e.actor_id, e.actor_label, '', e.kind, e.data, e.audience, ''
FROM plan p, LATERAL (
  SELECT 1 AS seq, opened_at AS at, requester_id AS actor_id, requester_label AS actor_label, 'ticket.opened' AS kind,
    'requester' AS audience, jsonb_build_object('ticket_kind', p.kind, 'title', title, 'desk_id', %(desk)s,
    'requester_id', requester_id, 'organisation_id', NULL, 'service_id', service_id, 'channel', 'mail',
    'message_id', NULL, 'facts', facts, 'impact', 3, 'urgency', 2, 'priority', 4, 'split_from_id', NULL) AS data
  UNION ALL
  SELECT 2, opened_at + unit, NULL, 'assistant 1', 'ticket.tier_tried', 'internal', '{"tier": 0}'
  UNION ALL
  SELECT 3, opened_at + unit * 2, NULL, 'routing 1', 'ticket.classified', 'internal', jsonb_build_object('ticket_kind',
    p.kind, 'service_id', service_id, 'impact', impact, 'urgency', urgency, 'priority', priority,
    'overridden', false, 'reason', '', 'why', '{}'::jsonb)
  UNION ALL
  SELECT 4, opened_at + unit * 3, NULL, 'routing 1', 'ticket.assigned', 'internal', jsonb_build_object('tier', tier,
    'group_id', group_id, 'person_id', NULL, 'group_label', group_label, 'person_label', '', 'why', '{}'::jsonb)
    WHERE fate <> 'untouched'
  UNION ALL
  SELECT 5, opened_at + unit * 20, agent_id, agent_label, 'ticket.assigned', 'internal', jsonb_build_object('tier',
    tier, 'group_id', group_id, 'person_id', agent_id, 'group_label', group_label, 'person_label', agent_label,
    'why', '{}'::jsonb) WHERE fate NOT IN ('untouched', 'new')
  UNION ALL
  SELECT 6, opened_at + unit * 60, agent_id, agent_label, 'ticket.replied', 'requester', jsonb_build_object(
    'message_id', 3 * n - 1, 'by_machine', false, 'attachments', 0) WHERE fate NOT IN ('untouched', 'new')
  UNION ALL
  SELECT 7, opened_at + unit * 180, requester_id, requester_label, 'ticket.message_received', 'requester',
    jsonb_build_object('message_id', 3 * n, 'author_id', requester_id, 'channel', 'mail', 'attachments', 0)
    WHERE fate NOT IN ('untouched', 'new')
  UNION ALL
  SELECT 8, opened_at + unit * 200, agent_id, agent_label, 'ticket.wait_started', 'internal', jsonb_build_object(
    'waiting_for', waits_for, 'reason', 'Asked for the log') WHERE fate = 'waiting'
  UNION ALL
  SELECT 8, opened_at + unit * 200, agent_id, agent_label, 'ticket.offered', 'internal', jsonb_build_object(
    'tier', tier + 1, 'group_id', NULL) WHERE fate = 'offered'
  UNION ALL
  SELECT 8, solved_at, agent_id, agent_label, 'ticket.resolved', 'requester', jsonb_build_object('tier', tier,
    'code', 'solved', 'resolution', 'Started the service again.', 'message_id', NULL, 'level_one_capable', n %% 4 = 0)
    WHERE fate = 'solved'
  UNION ALL
  SELECT 9, solved_at + interval '5 days', NULL, 'tickets 1', 'ticket.closed', 'internal', '{}'::jsonb
    WHERE fate = 'solved' AND solved_at < now() - interval '5 days') e
ORDER BY p.n, e.seq
"""

# The long ticket goes on: answers and questions in turns, an hour apart, after its first three messages.
_TURN = f"FROM plan, generate_series(4, {LONG}) turn WHERE n = %(long)s ORDER BY turn"

_LONG_MESSAGES = f"""
INSERT INTO tickets_message (id, ticket_id, audience, direction, author_id, author_label, by_machine, channel, text,
  html, message_id, created_at)
SELECT 3 * %(tickets)s + turn, id, 'requester', CASE turn %% 2 WHEN 0 THEN 'out' ELSE 'in' END,
  CASE turn %% 2 WHEN 0 THEN agent_id ELSE requester_id END,
  CASE turn %% 2 WHEN 0 THEN agent_label ELSE requester_label END, false, 'mail', {_said("40 + turn")}, '',
  'long.' || turn || '@customers.example', opened_at + turn * interval '1 hour' {_TURN}
"""

_LONG_ENTRIES = f"""
INSERT INTO timeline_timelineentry (subject_kind, subject_id, seq, at, actor_id, actor_label, on_behalf_of, kind,
  data, audience, request_id)
SELECT 'ticket', id, 4 + turn, opened_at + turn * interval '1 hour',
  CASE turn %% 2 WHEN 0 THEN agent_id ELSE requester_id END,
  CASE turn %% 2 WHEN 0 THEN agent_label ELSE requester_label END, '',
  CASE turn %% 2 WHEN 0 THEN 'ticket.replied' ELSE 'ticket.message_received' END,
  jsonb_build_object('message_id', 3 * %(tickets)s + turn, 'attachments', 0) || CASE turn %% 2
    WHEN 0 THEN '{{"by_machine": false}}' ELSE jsonb_build_object('author_id', requester_id, 'channel', 'mail') END,
  'requester', '' {_TURN}
"""

_LONG_TICKET = f"""
UPDATE tickets_ticket SET version = 4 + {LONG}, last_word = 'desk', changed_at = opened_at + {LONG} * interval '1 hour'
WHERE id = %(first)s - 1 + %(long)s
"""

_WORDS = """
INSERT INTO tickets_ticketwords (ticket_id, words, public_words)
SELECT t.id, found.words, found.words
FROM tickets_ticket t, LATERAL (
  SELECT setweight(to_tsvector('tierline', t.title), 'A') || to_tsvector('tierline', string_agg(text, ' ' ORDER BY id))
    AS words FROM tickets_message WHERE ticket_id = t.id) found
ORDER BY t.id
"""

STATEMENTS = (_PLAN, _TICKETS, _MESSAGES, _ENTRIES, _LONG_MESSAGES, _LONG_ENTRIES, _LONG_TICKET, _WORDS)
