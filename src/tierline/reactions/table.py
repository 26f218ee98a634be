"""The one table of reactions: event kind -> jobs, in the order of the flow.

A lower room never knows who reacts. It records an event, and the same transaction queues one job for each name here.
Each job takes the entry's id, is safe to repeat, and calls one operation of its room.
"""

_CLOCKS = "tickets.keep_clocks"
_AUTOMATIONS = "workflows.evaluate"
_SETTLE = "escalation.settle"
_SURVEY = "reactions.plan_survey"

TABLE: dict[str, tuple[str, ...]] = {
    # a request arrives, is read and tried at tier 0
    "ticket.opened": ("diagnosis.analyse_attachments", "intake.acknowledge", _AUTOMATIONS),
    "ticket.message_received": ("diagnosis.analyse_attachments", "assistant.follow_up", _CLOCKS, _AUTOMATIONS),
    "diagnosis.completed": ("assistant.attempt",),
    # it climbs
    "assistant.handed_over": (
        "routing.triage",
        _CLOCKS,
    ),
    "ticket.classified": (_CLOCKS, _AUTOMATIONS),
    "ticket.assigned": (_SETTLE, _CLOCKS, _AUTOMATIONS),
    "routing.left_with_group": ("reactions.tell_planners",),
    "ticket.facts_recorded": (_AUTOMATIONS,),
    "runbook.completed": (_AUTOMATIONS,),
    "escalation.requested": (_AUTOMATIONS,),
    "escalation.accepted": (_AUTOMATIONS,),
    "escalation.bounced": (_AUTOMATIONS,),
    "escalation.answered": (_AUTOMATIONS,),
    "ticket.requester_named": (_CLOCKS,),
    "ticket.offered": (_CLOCKS,),
    "ticket.offer_ended": (_CLOCKS,),
    "ticket.wait_started": (_CLOCKS,),
    "ticket.wait_ended": (_CLOCKS,),
    "ticket.clock_warned": (_AUTOMATIONS,),
    "ticket.clock_breached": (_AUTOMATIONS,),
    "major.declared": (_AUTOMATIONS,),
    "major.update_missed": (_AUTOMATIONS,),
    "major.stood_down": (_AUTOMATIONS,),
    "ticket.note_added": ("diagnosis.analyse_new_files", _AUTOMATIONS),
    # people are told
    "ticket.replied": ("reactions.deliver_answer", "diagnosis.analyse_new_files", _CLOCKS),
    "person.certificate_expires": ("reactions.remind_of_certificate",),
    # it is solved, and the lesson comes down
    "ticket.resolved": (
        "knowledge.draft_from_ticket",
        "problems.check_cluster",
        "routing.settle_forecasts",
        _SETTLE,
        _CLOCKS,
        _AUTOMATIONS,
        _SURVEY,
    ),
    "ticket.closed": (_SURVEY,),
    "survey.follow_up": ("reactions.tell_of_low_score",),
    "ticket.merged": (_SETTLE, "vendors.follow_merge", _CLOCKS),
    "ticket.reopened": (_CLOCKS, _AUTOMATIONS),
    "evidence.original_removed": ("intake.forget_mail",),
    "article.published": ("problems.tell_linked",),
    "fix.verified": ("problems.tell_linked",),
}
