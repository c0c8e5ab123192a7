"""GraphiQL for browsers, from files shipped with the project: no network but our own."""

from pathlib import Path

from starlette.responses import HTMLResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

FOLDER = Path(__file__).parent / "static" / "graphiql"
# Scripts and styles from ourselves only, so that a page cannot be made to fetch anything else.
# GraphiQL's editor writes its styles inline.
_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self' ws: wss:; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'"
)


def page() -> HTMLResponse:
    """The page that loads GraphiQL."""
    return HTMLResponse(
        (FOLDER / "index.html").read_text(encoding="utf-8"),
        headers={
            "Content-Security-Policy": _POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Vary": "Accept",
        },
    )


def files() -> Mount:
    """The built scripts and styles."""
    return Mount("/graphql/static", StaticFiles(directory=FOLDER))
