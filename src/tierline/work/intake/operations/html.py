"""HTML mail made safe to keep and to show: no script, no style, nothing fetched from outside."""

import nh3

_SCHEMES = {"http", "https", "mailto", "tel", "cid"}
_TAGS = nh3.ALLOWED_TAGS - {"map", "area"}


def safe_html(source: str) -> str:
    """`source` with only harmless elements. Images that came with the mail (`cid:`) stay, others lose their source."""
    if not source:
        return ""
    return nh3.clean(
        source,
        tags=_TAGS,
        url_schemes=_SCHEMES,
        attribute_filter=_keep,
        link_rel="noopener noreferrer nofollow",
    )


def _keep(tag: str, name: str, value: str) -> str | None:
    fetched = name in {"src", "srcset", "background", "poster", "longdesc", "cite"}
    if fetched and not (tag == "img" and name == "src" and value.lower().startswith("cid:")):
        return None
    return value
