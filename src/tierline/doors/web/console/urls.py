"""The addresses of the console."""

from django.urls import path, register_converter

from tierline.doors.web.console.posting import TicketNumber
from tierline.doors.web.console.views import (
    alerts,
    articles,
    board,
    calls,
    clocks,
    evidence,
    field,
    files,
    handover,
    known,
    known_form,
    lab,
    macros,
    mails,
    major,
    queue,
    search,
    step,
    ticket,
    vendors,
)

app_name = "console"
register_converter(TicketNumber, "ticket")

QUEUE = [
    path("", queue.show, name="queue"),
    path("next", queue.next_for_me, name="next"),
    path("bulk", queue.bulk, name="bulk"),
    path("new", queue.new_ticket, name="new_ticket"),
    path("search", search.show, name="search"),
    path("palette", search.palette, name="palette"),
    path("theme", search.theme, name="theme"),
]
BOARD = [
    path("mine", board.mine, name="own_load"),
    path("groups", board.index, name="boards"),
    path("groups/<int:group_id>", board.show, name="board"),
    path("groups/<int:group_id>/give", board.give, name="give"),
    path("groups/<int:group_id>/deal", board.deal, name="deal"),
]
TICKET = [
    path("tickets/<ticket:number>", ticket.show, name="ticket"),
    path("tickets/<ticket:number>/clocks", clocks.show, name="clocks"),
    path("tickets/<ticket:number>/write", ticket.write, name="write"),
    path("tickets/<ticket:number>/draft", ticket.draft, name="draft"),
    path("tickets/<ticket:number>/draft/take", ticket.take_over, name="take_over"),
    path("tickets/<ticket:number>/presence", ticket.presence, name="presence"),
    path("tickets/<ticket:number>/take", ticket.take, name="take"),
    path("tickets/<ticket:number>/release", ticket.release, name="release"),
    path("tickets/<ticket:number>/assign", ticket.assign, name="assign"),
    path("tickets/<ticket:number>/classify", ticket.classify, name="classify"),
    path("tickets/<ticket:number>/wait", ticket.wait, name="wait"),
    path("tickets/<ticket:number>/resume", ticket.resume, name="resume"),
    path("tickets/<ticket:number>/resolve", ticket.resolve, name="resolve"),
    path("tickets/<ticket:number>/reopen", ticket.reopen, name="reopen"),
    path("tickets/<ticket:number>/merge", ticket.merge, name="merge"),
    path("tickets/<ticket:number>/sender", mails.confirm_sender, name="confirm_sender"),
    path("tickets/<ticket:number>/mail/again", mails.send_again, name="send_again"),
    path("tickets/<ticket:number>/mail/withdraw", mails.withdraw, name="withdraw_mail"),
    path("tickets/<ticket:number>/forward", mails.settle_forward, name="settle_forward"),
    path("tickets/<ticket:number>/alerts", alerts.show, name="alerts"),
    path("tickets/<ticket:number>/fact", ticket.fact, name="fact"),
]
STEP = [
    path("tickets/<ticket:number>/step", step.show, name="step"),
    path("tickets/<ticket:number>/runbook/start", step.start_runbook, name="start_runbook"),
    path("tickets/<ticket:number>/runbook/step", step.complete_step, name="complete_step"),
    path("tickets/<ticket:number>/runbook/stop", step.stop_runbook, name="stop_runbook"),
    path("tickets/<ticket:number>/collect/<slug:item>", step.collect, name="collect"),
    path("tickets/<ticket:number>/escalate", step.escalate, name="escalate"),
    path("tickets/<ticket:number>/appeal", step.appeal, name="appeal"),
    path("tickets/<ticket:number>/appeal/decide", step.decide_appeal, name="decide_appeal"),
    path("tickets/<ticket:number>/return", step.return_with_lesson, name="return"),
    path("tickets/<ticket:number>/article", step.draft_article, name="draft_article"),
    path("tickets/<ticket:number>/article/link", step.link_article, name="link_article"),
]
MACROS = [
    path("tickets/<ticket:number>/macros", macros.offered, name="macros"),
    path("tickets/<ticket:number>/macros/pick", macros.pick, name="pick_macro"),
    path("macros", macros.own, name="own_macros"),
    path("macros/many", macros.many, name="macro_many"),
    path("macros/many/apply", macros.apply_many, name="apply_many"),
    path("macros/batches/<int:batch_id>", macros.batch, name="macro_batch"),
    path("macros/new/<int:desk_id>", macros.own_macro, name="new_own_macro"),
    path("macros/<int:macro_id>", macros.own_macro, name="own_macro"),
    path("macros/<int:macro_id>/state", macros.own_state, name="own_macro_state"),
]
CALLS = [
    path("calls", calls.index, name="calls"),
    path("calls/new", calls.write, name="write_call"),
    path("calls/ringing", calls.ringing, name="ringing"),
    path("calls/<int:call_id>/dismiss", calls.dismiss, name="dismiss_call"),
]
KNOWN = [
    path("known", known.index, name="known"),
    path("known/<int:known_error_id>", known.known_error, name="known_error"),
    path("known/<int:known_error_id>/change", known_form.revise, name="revise_known_error"),
    path("known/<int:known_error_id>/publish", known.publish, name="publish_known_error"),
    path("known/<int:known_error_id>/scan", known.scan, name="scan_past"),
    path("known/<int:known_error_id>/tickets/<ticket:number>", known.judge, name="judge_hit"),
    path("problems/<int:problem_id>", known.problem, name="problem"),
    path("problems/<int:problem_id>/cause", known.cause, name="cause"),
    path("problems/<int:problem_id>/workaround", known.workaround, name="workaround"),
    path("problems/<int:problem_id>/fix", known.fix, name="fix"),
    path("problems/<int:problem_id>/close", known.close, name="close_problem"),
    path("fixes/<int:fix_id>/verify", known.verify, name="verify_fix"),
    path("tickets/<ticket:number>/problem", known.open_problem, name="open_problem"),
    path("tickets/<ticket:number>/known-error", known.link_known_error, name="link_known_error"),
    path("tickets/<ticket:number>/known-error/new", known_form.new, name="new_known_error"),
    path("tickets/<ticket:number>/evidence/<int:evidence_id>/healthy", known_form.healthy, name="keep_healthy"),
]
FIELD = [
    path("visits", field.agenda, name="visits"),
    path("tickets/<ticket:number>/field", field.show, name="field"),
    path("tickets/<ticket:number>/visit", field.plan, name="plan_visit"),
    path("tickets/<ticket:number>/remote/<int:tool_id>", field.remote, name="open_remote"),
    path("visits/<int:visit_id>/move", field.move, name="move_visit"),
    path("visits/<int:visit_id>/<slug:verb>", field.end, name="end_visit"),
]
MAJOR = [
    path("major", major.index, name="majors"),
    path("major/banner", major.banner, name="major_banner"),
    path("major/<int:major_id>", major.show, name="major"),
    path("major/<int:major_id>/update", major.update, name="update_major"),
    path("major/<int:major_id>/roles", major.roles, name="major_roles"),
    path("major/<int:major_id>/attach", major.attach, name="attach"),
    path("major/<int:major_id>/detach", major.detach, name="detach"),
    path("major/<int:major_id>/stand-down", major.stand_down, name="stand_down"),
    path("major/<int:major_id>/review", major.review, name="review_major"),
    path("major/<int:major_id>/actions", major.agree, name="agree_action"),
    path("major/<int:major_id>/actions/done", major.finish, name="finish_action"),
    path("tickets/<ticket:number>/major", major.declare, name="declare"),
]
VENDORS = [
    path("vendors", vendors.index, name="vendors"),
    path("tickets/<ticket:number>/cases", vendors.pane, name="vendor_pane"),
    path("tickets/<ticket:number>/cases/new", vendors.open_case, name="open_case"),
    path("cases/<int:case_id>", vendors.show, name="case"),
    path("cases/<int:case_id>/send", vendors.send, name="send_case"),
    path("cases/<int:case_id>/packs", vendors.make_pack, name="make_pack"),
    path("cases/<int:case_id>/reference", vendors.reference, name="case_reference"),
    path("cases/<int:case_id>/answered", vendors.answered, name="case_answered"),
    path("cases/<int:case_id>/close", vendors.close, name="close_case"),
    path("cases/<int:case_id>/reopen", vendors.reopen, name="reopen_case"),
    path("cases/<int:case_id>/links", vendors.link, name="case_link"),
    path("cases/<int:case_id>/links/<int:access_id>/withdraw", vendors.withdraw, name="withdraw_link"),
    path("packs/<int:pack_id>", vendors.pack, name="pack"),
    path("packs/<int:pack_id>/zip", vendors.pack_file, name="pack_file"),
]
HANDOVERS = [
    path("handovers", handover.waiting, name="handovers"),
    path("handovers/<int:handover_id>", handover.show, name="handover"),
    path("handovers/<int:handover_id>/accept", handover.accept, name="accept"),
    path("handovers/<int:handover_id>/answer", handover.answer, name="answer"),
    path("handovers/<int:handover_id>/bounce", handover.bounce, name="bounce"),
    path("handovers/<int:handover_id>/withdraw", handover.withdraw, name="withdraw"),
]
LAB = [
    path("lab", lab.index, name="lab"),
    path("lab/new", lab.write, name="write_recipe"),
    path("lab/<int:recipe_id>", lab.show, name="recipe"),
    path("lab/<int:recipe_id>/run", lab.run, name="run_recipe"),
    path("lab/<int:recipe_id>/change", lab.revise, name="revise_recipe"),
]
ARTICLES = [
    path("articles", articles.index, name="articles"),
    path("articles/new", articles.write, name="write_article"),
    path("articles/<int:article_id>", articles.show, name="article"),
    path("articles/<int:article_id>/change", articles.revise, name="revise_article"),
    path("articles/<int:article_id>/verb", articles.verb, name="article_verb"),
]
FILES = [
    path("tickets/<ticket:number>/evidence/<int:evidence_id>", evidence.show, name="evidence"),
    path("tickets/<ticket:number>/evidence/<int:evidence_id>/unmask", evidence.unmask, name="unmask_evidence"),
    path("tickets/<ticket:number>/evidence/<int:evidence_id>/keep", evidence.keep, name="keep_evidence"),
    path("files/<int:attachment_id>", files.original, name="file"),
    path("tickets/<ticket:number>/messages/<int:message_id>", files.message_text, name="message_text"),
    path("tickets/<ticket:number>/messages/<int:message_id>/html", mails.message_html, name="message_html"),
    path("tickets/<ticket:number>/messages/<int:message_id>/sent", mails.message_sent, name="message_sent"),
    path("tickets/<ticket:number>/messages/<int:message_id>/whole", mails.message_whole, name="message_whole"),
]

urlpatterns = [
    *QUEUE,
    *BOARD,
    *TICKET,
    *STEP,
    *MACROS,
    *CALLS,
    *KNOWN,
    *FIELD,
    *MAJOR,
    *VENDORS,
    *HANDOVERS,
    *LAB,
    *ARTICLES,
    *FILES,
]
