"""Which form of answer a client wants, and in which language: its headers against what we give."""

from domain.languages import Language

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"
HTML = "text/html"
# Characters of an Accept-Language that are looked at; a browser sends some tens.
LONGEST_WISH = 1_000


def accepted(header: str | None) -> list[str]:
    """The media ranges of an Accept header, the preferred first; `*/*` when there is none."""
    if header is None or not header.strip():
        return ["*/*"]
    ranges: list[tuple[float, str]] = []
    for part in header.split(","):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "q":
                quality = _quality(value)
        if media and quality > 0:
            ranges.append((quality, media.lower()))
    ranges.sort(key=lambda pair: -pair[0])
    return [media for _, media in ranges]


def answer_form(header: str | None) -> str | None:
    """JSON, GRAPHQL or EVENTS; None when the client takes none of them.

    Events only when no form of JSON is accepted: clients such as urql name both and mean JSON.
    Without a preference the older `application/json`, which every client reads.
    """
    ranges = accepted(header)
    for media in ranges:
        if media == GRAPHQL:
            return GRAPHQL
        if media in (JSON, "*/*", "application/*"):
            return JSON
    return EVENTS if EVENTS in ranges else None


def prefers_html(header: str | None) -> bool:
    """Whether this is a browser that wants a page."""
    ranges = accepted(header)
    return HTML in ranges and not any(
        media in (JSON, GRAPHQL) for media in ranges[: ranges.index(HTML)]
    )


def answer_language(header: str | None) -> Language | None:
    """The language that an Accept-Language header likes best; None when it asks for none of ours.

    Every Chinese is answered in simplified characters. A socket's may be as long as a message.
    """
    languages = {language.value: language for language in Language}
    looked_at = None if header is None else header[:LONGEST_WISH]
    wanted = (languages.get(tag.partition("-")[0]) for tag in accepted(looked_at))
    return next((language for language in wanted if language is not None), None)


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
