"""HTML mail made safe to keep: no script, no style, nothing that acts.

Addresses of pictures stay, so that somebody may ask for them: the page that shows the mail decides what is fetched, by
a content policy that allows nothing from outside unless it was asked for (doors/web/console/mail_frame.py).
"""

import nh3

_SCHEMES = {"http", "https", "mailto", "tel", "cid"}
_TAGS = nh3.ALLOWED_TAGS - {"map", "area"}
_FETCHED = {"src", "srcset", "background", "poster", "longdesc", "cite"}
MOST_ENTITIES = 100_000  # the time that the cleaner takes grows with their square; the rest is in the original
_PICTURES = ("cid:", "https://", "http://")


def safe_html(source: str) -> str:
    """`source` with only harmless elements. Links open in a window of their own."""
    if not source:
        return ""
    within = source.split("&", MOST_ENTITIES)[:MOST_ENTITIES]
    return nh3.clean(
        "&".join(within),
        tags=_TAGS,
        url_schemes=_SCHEMES,
        attribute_filter=_keep,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def _keep(tag: str, name: str, value: str) -> str | None:
    is_picture = tag == "img" and name == "src" and value.strip().lower().startswith(_PICTURES)
    return None if name in _FETCHED and not is_picture else value
