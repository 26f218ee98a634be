"""The templates hold the rules of the front end, and the linter that says so can tell right from wrong."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from jinja2 import Environment

from tierline.doors.web.render import jinja

ROOT = Path(__file__).parents[2]


def load_linter() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lint_templates", ROOT / "tools" / "lint_templates.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["lint_templates"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def linter() -> ModuleType:
    return load_linter()


@pytest.fixture(scope="module")
def env() -> Environment:
    return jinja()


def findings(linter: ModuleType, env: Environment, folder: Path, source: str, name: str = "page.html") -> list[str]:
    path = folder / name
    path.write_text(source, encoding="utf-8")
    return [f"{found.line}: {found.message}" for found in linter.lint([path], env)]


def test_there_are_templates_to_look_at(linter: ModuleType) -> None:
    names = {path.name for path in linter.everything()}
    assert {"base.html", "base_console.html", "tier.html", "tokens.css"} <= names


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("{{ _('x') }", "Jinja2 cannot read it"),
        ('<p style="color: red">{{ x }}</p>', "blocks inline style="),
        ('<a href="#" onclick="go()">{{ x }}</a>', "blocks inline onclick="),
        ('<script src="/x.js"></script>', "without nonce"),
        ("<style>p { margin: 0 }</style>", "<style>"),
        ('<form method="post"><input name="q"></form>', "csrf_input"),
        ("<p>{{ x|safe }}</p>", "|safe"),
        ("{% autoescape false %}{{ x }}{% endautoescape %}", "autoescape"),
        ("<p>Hello there</p>", '"Hello there" cannot be translated'),
        ('<img src="/x.png">', "without alt"),
        ('<svg viewBox="0 0 1 1"></svg>', "<svg> without words"),
        ('<button title="Send it">{{ x }}</button>', "title="),
        ('{{ ui.button("Send it") }}', "ui.button(label="),
        ('{{ ui.buton(_("Send")) }}', "no component ui.buton"),
    ],
)
def test_the_linter_names_what_is_wrong(
    linter: ModuleType, env: Environment, tmp_path: Path, source: str, says: str
) -> None:
    found = findings(linter, env, tmp_path, source)
    assert any(says in line for line in found), found


@pytest.mark.parametrize(
    "source",
    [
        '<p>{{ _("Hello there") }}</p>',
        "{% trans %}Hello there{% endtrans %}",
        '<script src="/x.js" nonce="{{ request.csp_nonce }}"></script>',
        '<form method="post">{{ csrf_input }}<input name="q"></form>',
        '<form method="get"><input name="q"></form>',
        '<svg aria-hidden="true"></svg><svg role="img" aria-label="{{ words }}"></svg>',
        '{# A comment may say anything, even <p style="x">. #}<p>{{ x }}, {{ y }}.</p>',
        '<input{% if wrong %} aria-invalid="true"{% endif %} title="{{ _("Send it") }}">',
        '{% set more %} id="{{ x }}" name="{{ y }}"{% endset %}<input{{ more }}>',
        '{{ ui.button(_("Send"), "primary", key="s") }}',
        "<p>Tierline</p><kbd>Ctrl K</kbd><code>roaming = on</code>",
    ],
)
def test_the_linter_lets_good_markup_pass(linter: ModuleType, env: Environment, tmp_path: Path, source: str) -> None:
    assert findings(linter, env, tmp_path, source) == []


def test_a_finding_points_at_the_line_a_person_wrote(linter: ModuleType, env: Environment, tmp_path: Path) -> None:
    source = "{# one\n   two #}\n{% if x %}\n<p>{{ x }}</p>\n<p>Plain words</p>\n{% endif %}\n"
    assert findings(linter, env, tmp_path, source) == [
        '5: "Plain words" cannot be translated. Write {{ _("...") }} or {% trans %}.'
    ]


def test_raw_colours_live_in_the_tokens_only(linter: ModuleType, env: Environment, tmp_path: Path) -> None:
    style = "/* #fff in a comment */\n.a { color: var(--ink); }\n.b { color: #c00; background: rgb(0 0 0); }\n"
    found = findings(linter, env, tmp_path, style, "page.css")
    assert [line.split(" is a raw")[0] for line in found] == ["3: #c00", "3: rgb("]
    assert findings(linter, env, tmp_path, style, "tokens.css") == []


def test_the_command_says_where_and_ends_with_one(
    linter: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "page.html").write_text("<p>\nPlain words</p>", encoding="utf-8")
    assert linter.main([str(tmp_path / "page.html")]) == 1
    assert "page.html:2:" in capsys.readouterr().out
    (tmp_path / "page.html").write_text("<p></p>", encoding="utf-8")
    assert linter.main([str(tmp_path / "page.html")]) == 0
