"""The components: a tier is hue, shape and height; a receipt adds up; a field names its error; charts have words."""

from itertools import combinations
from pathlib import Path

import pytest
from django import forms
from django.contrib.staticfiles import finders
from jinja2 import Environment, UndefinedError

from tierline.doors.web.render import jinja
from tierline.doors.web.shapes import Bar, Clock, Entry, Line, Pager, Receipt, ReceiptRow, Rung, Told, View


def draw(source: str, **context: object) -> str:
    return jinja().from_string(source).render(**context)


class Form(forms.Form):
    title = forms.CharField(label="Title", help_text="A few <words>")
    kind = forms.ChoiceField(choices=[("a", "First"), ("b", "Second")], required=False, initial="b")
    urgent = forms.BooleanField(required=False)
    text = forms.CharField(widget=forms.Textarea)
    mode = forms.ChoiceField(choices=[("x", "X"), ("y", "Y")], widget=forms.RadioSelect)


class TestEnvironment:
    def test_everything_is_escaped(self) -> None:
        assert draw("{{ x }}", x="<b>&") == "&lt;b&gt;&amp;"

    def test_a_missing_name_is_an_error_not_a_gap(self) -> None:
        with pytest.raises(UndefinedError):
            draw("{{ nobody }}")

    def test_translations_escape_what_is_put_in(self) -> None:
        assert draw("{{ _('Hello %(name)s', name=x) }}", x="<i>") == "Hello &lt;i&gt;"
        assert draw("{{ ngettext('%(num)s file', '%(num)s files', 2) }}") == "2 files"

    def test_an_unknown_component_names_the_known_ones(self) -> None:
        with pytest.raises(UndefinedError, match="buton") as error:
            draw("{{ ui.buton('x') }}")
        assert error.value is not None

    def test_it_is_one_environment(self) -> None:
        assert isinstance(jinja(), Environment)
        assert jinja() is jinja()


class TestTier:
    @pytest.mark.parametrize(
        ("now", "tried", "symbol", "words"),
        [
            (0, [], "g0-", "Tier 0 has it"),
            (1, [0], "g1-0", "Tier 1 has it, tier 0 tried"),
            (3, [0, 2, 3], "g3-02", "Tier 3 has it, tiers 0, 2 tried"),
            (2, [3, 1, 1], "g2-1", "Tier 2 has it, tier 1 tried"),
        ],
    )
    def test_the_stair_shows_the_way_and_says_it(self, now: int, tried: list[int], symbol: str, words: str) -> None:
        drawn = draw("{{ ui.glyph(now, tried) }}", now=now, tried=tried)
        assert f'#{symbol}"' in drawn
        assert f'aria-label="{words}"' in drawn

    def test_every_stair_that_can_be_is_in_the_sprite(self) -> None:
        found = finders.find("tierline/icons.svg")
        assert isinstance(found, str)
        sprite = Path(found).read_text(encoding="utf-8")
        for now in range(5):
            for size in range(now + 1):
                for tried in combinations(range(now), size):
                    assert f'id="g{now}-{"".join(map(str, tried))}"' in sprite

    def test_the_rail_has_five_rungs_and_one_that_is_now(self) -> None:
        rungs = [
            Rung(4, "ahead"),
            Rung(3, "ahead", "next", ready=6, half=1, items=8),
            Rung(2, "now", "now", [Line("Jonas", "/p/1")], share=0.5, share_words="30 of 60 min"),
            Rung(1, "done", "41 min"),
            Rung(0, "skipped", "skipped"),
        ]
        drawn = draw("{{ ui.rail(rungs) }}", rungs=rungs)
        assert drawn.count("<li") == 5
        assert drawn.count('aria-current="step"') == 1
        assert 'aria-label="6 of 8 contract items ready"' in drawn
        assert drawn.count("<i></i>") == 6
        assert '<rect width="50"' in drawn
        assert '<a href="/p/1">Jonas</a>' in drawn

    def test_a_share_over_one_fills_the_bar_and_no_more(self) -> None:
        assert '<rect width="100"' in draw("{{ ui.bar(7.5) }}")
        assert '<rect width="0"' in draw("{{ ui.bar(-1) }}")


class TestPeopleAndClocks:
    def test_faces_tell_people_machines_and_nobody(self) -> None:
        assert ">IO</span>" in draw("{{ ui.face('Ines Okafor') }}")
        assert ">R</span>" in draw("{{ ui.face('routing 1', 'machine') }}")
        assert "nobody yet" in draw("{{ ui.owner('') }}")
        assert "Network" in draw("{{ ui.owner('', group='Network') }}")
        assert "You" in draw("{{ ui.owner('Jonas Brandt', you=true) }}")

    def test_presence_counts(self) -> None:
        here = [{"name": "Ada", "writing": False}, {"name": "Bo", "writing": True}, {"name": "Cy", "writing": False}]
        assert "Ada is looking" in draw("{{ ui.presence(here) }}", here=here[:1])
        assert "Bo is writing" in draw("{{ ui.presence(here) }}", here=here[1:2])
        assert "2 more are here" in draw("{{ ui.presence(here) }}", here=here)
        assert draw("{{ ui.presence([]) }}").strip() == ""

    def test_a_clock_is_a_bar_and_words(self) -> None:
        drawn = draw("{{ ui.clock(c) }}", c=Clock("OLA", "12 min over", 1, "bad"))
        assert 'class="clock bad"' in drawn
        assert "12 min over" in drawn

    def test_why_is_a_receipt_that_needs_no_script(self) -> None:
        receipt = Receipt("Due 14:23, because", [ReceiptRow("10:09", "opened"), ReceiptRow("14:23", "sum", total=True)])
        drawn = draw("{{ ui.why(r) }}", r=receipt)
        assert drawn.startswith("<details")
        assert '<tr class="sum"><td>14:23</td>' in drawn


class TestForms:
    def test_a_field_carries_hint_error_and_value(self) -> None:
        form = Form({"title": "", "text": "two\nlines"})
        form.is_valid()
        drawn = draw("{{ ui.bound(form['title']) }}", form=form)
        assert 'aria-invalid="true"' in drawn
        assert 'aria-describedby="id_title-hint id_title-error"' in drawn
        assert "A few &lt;words&gt;" in drawn
        assert "This field is required." in drawn

    def test_every_kind_of_field_is_drawn(self) -> None:
        form = Form(initial={"kind": "b", "mode": "y", "urgent": True})
        drawn = draw("{% for field in form %}{{ ui.bound(field) }}{% endfor %}", form=form)
        assert '<option value="b" selected>' in drawn
        assert 'type="radio" name="mode" value="y" checked' in drawn
        assert 'type="checkbox"' in drawn
        assert "<textarea" in drawn
        assert drawn.count("<label") == 6

    def test_text_that_begins_with_a_line_break_keeps_it(self) -> None:
        drawn = draw("{{ ui.field('t', 'T', kind='textarea', value=v) }}", v="\nsecond line")
        assert ">\n\nsecond line</textarea>" in drawn

    def test_a_password_is_never_printed_back(self) -> None:
        assert "secret" not in draw("{{ ui.field('p', 'P', kind='password', value='secret') }}")

    def test_a_button_shows_its_key_and_why_it_is_off(self) -> None:
        drawn = draw("{{ ui.button('Escalate', 'primary', key='e', disabled='why-not') }}")
        assert 'data-key="e" data-key-words="Escalate"' in drawn
        assert 'aria-disabled="true" aria-describedby="why-not"' in drawn

    def test_one_verb_is_a_form_with_csrf_and_hidden_fields(self) -> None:
        drawn = draw("{{ ui.verb('/take', csrf, 'Take', hidden={'v': 3}) }}", csrf="CSRF")
        assert '<form class="verb " method="post" action="/take">CSRF<input type="hidden" name="v" value="3">' in drawn

    def test_a_refusal_is_announced(self) -> None:
        drawn = draw("{{ ui.told(t) }}", t=Told("No.", "bad", "Your text is kept.", "Try again."))
        assert 'role="alert"' in drawn
        assert "Your text is kept. Try again." in drawn


class TestLists:
    def test_views_counts_and_the_present_one(self) -> None:
        drawn = draw(
            "{{ ui.views(v, 'Views') }}", v=[View("Mine", "/?m", "9", current=True), View("All", "/", "1,000+")]
        )
        assert '<a href="/?m" aria-current="page">Mine <span>9</span></a>' in drawn
        assert "1,000+" in drawn

    def test_a_pager_only_where_there_is_more(self) -> None:
        assert "Next page" in draw("{{ ui.pager(p) }}", p=Pager(50, "/?after=x"))
        assert draw("{{ ui.pager(p) }}", p=Pager(3)).strip() == ""

    def test_an_empty_state_holds_its_next_action(self) -> None:
        drawn = draw("{% call ui.empty('Nothing', 'Good.') %}<a href='/new'>x</a>{% endcall %}")
        assert "<h2>Nothing</h2>" in drawn
        assert "<a href='/new'>x</a>" in drawn

    def test_shapes_are_values(self) -> None:
        assert Entry("Queue", "/", "queue", "queue") == Entry("Queue", "/", "queue", "queue")


class TestCharts:
    BARS = [Bar("10:00", 3, href="/?t=1"), Bar("10:05", 9, tone="hot"), Bar("10:10", 0)]

    def test_each_mark_links_and_is_named(self) -> None:
        drawn = draw("{{ ui.columns(b, 'Lines over time') }}", b=self.BARS)
        assert 'role="group" aria-label="Lines over time"' in drawn
        assert '<a href="/?t=1" tabindex="-1" aria-label="10:00: 3">' in drawn
        assert drawn.count("<rect") == 3

    def test_the_table_twin_holds_the_same_numbers(self) -> None:
        drawn = draw("{{ ui.bars(b, 'Cap', ['a', 'b', 'c']) }}", b=self.BARS)
        assert drawn.count("<tr>") == 4
        assert '<td class="num">9</td>' in drawn

    @pytest.mark.parametrize(
        "call", ["sparkline([], 'x')", "columns([], 'x')", "strip([], 'x')", "bars([], 'c', ['a'])"]
    )
    def test_nothing_to_draw_is_no_error(self, call: str) -> None:
        assert draw("{{ ui." + call + " }}").strip()

    def test_runs_show_how_many_of_how_many(self) -> None:
        drawn = draw("{{ ui.runs(2, 3) }}")
        assert drawn.count('class="fail"') == 2
        assert drawn.count('class="pass"') == 1
        assert "2 of 3 runs show the fault" in drawn

    def test_a_strip_marks_the_burst(self) -> None:
        drawn = draw("{{ ui.strip(b, 'x', width=300) }}", b=self.BARS)
        assert 'viewBox="0 0 300 44"' in drawn
        assert drawn.count('class="hot"') == 1
        assert 'class="bad"' not in drawn

    def test_errors_are_a_part_of_a_bar_and_are_said(self) -> None:
        bars = [
            Bar("10:00", 100, "100 lines, 25 of them errors", "/?t=1", part=25),
            Bar("10:05", 40, part=40),
            Bar("10:10", 0),
        ]
        drawn = draw("{{ ui.strip(b, 'x', height=104, width=300) }}", b=bars)
        assert drawn.count('class="bad"') == 2
        assert 'class="bad" x="0.0" y="79.0" width="75.0" height="25.0"' in drawn, "a quarter, from the ground"
        assert 'class="bad" x="100.0" y="64.0" width="75.0" height="40.0"' in drawn, "the whole bar"
        assert 'aria-label="10:00: 100 lines, 25 of them errors"' in drawn

    def test_one_error_of_many_lines_is_seen(self) -> None:
        assert 'height="3"' in draw("{{ ui.strip(b, 'x') }}", b=[Bar("10:00", 10_000, part=1)])
