"""Lint every template and style sheet of the web door; a finding says what is wrong, why, and what to write.

    python tools/lint_templates.py            all of src/tierline/doors/web
    python tools/lint_templates.py FILE...    only these

Templates are read twice: by Jinja2 under the product's own environment, and as HTML with every Jinja2
construct replaced by a blank, so that a finding points at the line a person wrote.
"""
# ruff: noqa: INP001 - a folder of scripts, not a package

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError, nodes

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "src" / "tierline" / "doors" / "web"
TOKENS = "tokens.css"
COLOUR_FILES = {TOKENS, "mark.svg", "brand.svg"}
SAFE_ALLOWED: dict[str, int] = {}  # template name -> how many |safe it may hold; empty on purpose
WORDS = {"label", "words", "title", "hint", "caption", "placeholder", "share_words"}
SPOKEN_ATTRIBUTES = {"title", "alt", "placeholder", "aria-label", "aria-description"}
SILENT_TAGS = {"script", "style", "code", "kbd", "samp"}
SAME_EVERYWHERE = {"Tierline", "Ctrl", "Enter", "Esc", "INC", "REQ", "KB", "KE", "PRB"}  # product, keys and references

BLANK = "\ue000"
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
ATTRIBUTE_SET = re.compile(
    r"\{%-?\s*(?:set\s+\w+|macro\s[^%]*?)\s*-?%\}([^<>]*?=[^<>]*?)\{%-?\s*end(?:set|macro)\s*-?%\}", re.DOTALL
)
TRANS = re.compile(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", re.DOTALL)
EXPRESSION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
STATEMENT = re.compile(r"\{%.*?%\}", re.DOTALL)
LETTERS = re.compile(r"[^\W\d_]{2,}")
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|rgba|hsl|hsla|oklch|oklab|lab|lch|hwb)\(")
CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True, order=True)
class Finding:
    """One thing to put right."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        """Print as editors understand it."""
        return f"{self.path}:{self.line}: {self.message}"


def blanked(source: str) -> str:
    """Give the source as HTML: comments and statements vanish, expressions become one blank, lines stay."""
    text = ATTRIBUTE_SET.sub(r"<attributes \1></attributes>", source)
    for pattern, filler in ((COMMENT, ""), (TRANS, BLANK), (STATEMENT, " "), (EXPRESSION, BLANK)):
        text = pattern.sub(lambda match, fill=filler: fill + "\n" * match.group().count("\n"), text)  # type: ignore[misc] # bound per round
    return text


class Reader(HTMLParser):
    """Walks the HTML of one template and collects findings as (line, message)."""

    def __init__(self) -> None:
        """Start with nothing found."""
        super().__init__(convert_charrefs=True)
        self.findings: list[tuple[int, str]] = []
        self.silent: list[str] = []

    def say(self, message: str) -> None:
        """Note a finding at the present line."""
        self.findings.append((self.getpos()[0], message))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An empty element has attributes to check, and no text."""
        self.check(tag, dict(attrs))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check the attributes and remember whether the text inside is spoken."""
        self.check(tag, dict(attrs))
        if tag in SILENT_TAGS:
            self.silent.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave a silent element."""
        if self.silent and self.silent[-1] == tag:
            self.silent.pop()

    def check(self, tag: str, attributes: dict[str, str | None]) -> None:
        """Hold one element against the rules."""
        self.check_policy(tag, attributes)
        if tag == "img" and "alt" not in attributes:
            self.say('An <img> without alt is silence for those who listen. Write alt="..."; empty for decoration.')
        if tag == "svg" and not attributes.keys() & {"aria-hidden", "aria-label", "aria-labelledby"}:
            self.say('An <svg> without words. Write aria-hidden="true", or role="img" with aria-label="...".')
        for name in SPOKEN_ATTRIBUTES & attributes.keys():
            if foreign_words(attributes[name] or ""):
                self.say(f'The words in {name}="..." cannot be translated. Write {name}="{{{{ _("...") }}}}".')

    def check_policy(self, tag: str, attributes: dict[str, str | None]) -> None:
        """Refuse what the content security policy would block in the browser."""
        if "style" in attributes:
            self.say("The policy blocks inline style=. Use a class, or an SVG attribute for a length.")
        for name in attributes:
            if name.startswith("on"):
                self.say(f"The policy blocks inline {name}=. Add data-* and handle it in static/tierline/js.")
        if tag == "script" and "nonce" not in attributes:
            self.say('A <script> without nonce does not run. Write nonce="{{ request.csp_nonce }}".')
        if tag == "style":
            self.say("A <style> element is blocked by the policy. Put the rules into static/tierline/css.")

    def handle_data(self, data: str) -> None:
        """Find words outside gettext."""
        if not self.silent and foreign_words(data):
            words = " ".join(data.replace(BLANK, "…").split())[:60]
            offset = len(data) - len(data.lstrip())
            line = self.getpos()[0] + data[:offset].count("\n")
            self.findings.append((line, f'"{words}" cannot be translated. Write {{{{ _("...") }}}} or {{% trans %}}.'))


def foreign_words(text: str) -> bool:
    """Tell whether the text holds words that a translator would have to see."""
    return any(word not in SAME_EVERYWHERE for word in LETTERS.findall(text))


def check_html(source: str) -> Iterator[tuple[int, str]]:
    """Give the findings that show in the HTML of a template."""
    reader = Reader()
    reader.feed(blanked(source))
    reader.close()
    yield from reader.findings


def check_forms(source: str) -> Iterator[tuple[int, str]]:
    """Every form that posts carries the CSRF field."""
    text = COMMENT.sub(lambda match: "\n" * match.group().count("\n"), source)
    for match in re.finditer(r"<form\b(.*?)</form>", text, re.DOTALL):
        if re.search(r'method="post"', match.group(1), re.IGNORECASE) and "csrf_" not in match.group(1):
            yield (
                text[: match.start()].count("\n") + 1,
                "A form that posts needs {{ csrf_input }}, or Django refuses it.",
            )


def check_safe(name: str, tree: nodes.Template) -> Iterator[tuple[int, str]]:
    """Escaping is never switched off, but where the allow-list says so."""
    uses = [node.lineno for node in tree.find_all(nodes.Filter) if node.name == "safe"]
    allowed = SAFE_ALLOWED.get(name, 0)
    for line in uses[allowed:]:
        yield (
            line,
            "|safe switches escaping off. Build the markup here, or clean it and fill SAFE_ALLOWED.",
        )
    for node in tree.find_all(nodes.ScopedEvalContextModifier):
        yield node.lineno, "{% autoescape %} switches escaping off. Leave it on."


def signatures(env: Environment, components: Path) -> dict[str, list[str]]:
    """Give the argument names of every macro in components/."""
    found: dict[str, list[str]] = {}
    for file in components.glob("*.html"):
        for macro in env.parse(file.read_text(encoding="utf-8")).find_all(nodes.Macro):
            found[macro.name] = [argument.name for argument in macro.args]
    return found


def check_component_words(tree: nodes.Template, macros: dict[str, list[str]]) -> Iterator[tuple[int, str]]:
    """Words handed to a component go through gettext, too."""
    for call in tree.find_all(nodes.Call):
        target = call.node
        if not (isinstance(target, nodes.Getattr) and isinstance(target.node, nodes.Name) and target.node.name == "ui"):
            continue
        names = macros.get(target.attr)
        if names is None:
            yield (
                call.lineno,
                f"There is no component ui.{target.attr}. components/ holds: {', '.join(sorted(macros))}.",
            )
            continue
        given = [*zip(names, call.args, strict=False), *((pair.key, pair.value) for pair in call.kwargs)]
        for name, value in given:
            literal = isinstance(value, nodes.Const) and isinstance(value.value, str)
            if name in WORDS and literal and foreign_words(value.value):  # type: ignore[attr-defined] # literal is a Const
                yield call.lineno, f'ui.{target.attr}({name}="...") shows untranslated words. Write _("...").'


def check_template(env: Environment, path: Path, macros: dict[str, list[str]]) -> Iterator[tuple[int, str]]:
    """Give all findings of one template."""
    source = path.read_text(encoding="utf-8")
    try:
        tree = env.parse(source, filename=str(path))
        env.compile(source, filename=str(path))
    except TemplateSyntaxError as error:
        yield error.lineno, f"Jinja2 cannot read it: {error.message}"
        return
    yield from check_html(source)
    yield from check_forms(source)
    yield from check_safe(path.name, tree)
    yield from check_component_words(tree, macros)


def check_style(path: Path) -> Iterator[tuple[int, str]]:
    """Colours have names, and only the tokens know their values."""
    if path.name in COLOUR_FILES:
        return
    text = CSS_COMMENT.sub(lambda match: "\n" * match.group().count("\n"), path.read_text(encoding="utf-8"))
    for number, line in enumerate(text.splitlines(), 1):
        for match in COLOUR.finditer(line):
            yield (
                number,
                f"{match.group()} is a raw colour for one theme. Name it in {TOKENS}, write var(--name).",
            )


def lint(paths: list[Path], env: Environment) -> list[Finding]:
    """Lint templates (.html) and styles (.css) and give the findings, sorted by place."""
    macros = signatures(env, WEB / "components")
    found: list[Finding] = []
    for path in paths:
        checks = check_style(path) if path.suffix == ".css" else check_template(env, path, macros)
        where = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        found.extend(Finding(str(where), line, message) for line, message in checks)
    return sorted(found)


def everything() -> list[Path]:
    """List all templates and style sheets of the web door."""
    return sorted([*WEB.rglob("*.html"), *WEB.glob("static/**/*.css")])


def main(arguments: list[str]) -> int:
    """Print the findings; 0 when there are none."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tierline.config.settings")
    import django

    django.setup()
    from tierline.doors.web.render import jinja

    findings = lint([Path(argument).resolve() for argument in arguments] or everything(), jinja())
    for finding in findings:
        print(finding)  # noqa: T201 - a linter prints
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
