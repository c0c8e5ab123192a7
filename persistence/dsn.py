"""Where a database is and as whom to speak to it."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from persistence.silence import LIBPQ_ARGUMENTS, SERVER_SETTINGS

APPLICATION_ROLE = "apportion_app"
OWNER_ROLE = "apportion_owner"

# libpq knows these and asyncpg does not: it would send them to the server as settings.
_ONLY_LIBPQ = frozenset(
    {
        "channel_binding",
        "connect_timeout",
        "gssencmode",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "sslcompression",
        "tcp_user_timeout",
    }
)


@dataclass(frozen=True)
class DatabaseAddress:
    """One database, spoken to as one role.

    url: `postgresql://user:password@host:port/name?sslmode=...`, as libpq understands it.
    role: taken on at the start of each connection, when it is not the user of the URL.
    """

    url: str = field(repr=False)
    role: str | None = None

    @property
    def user(self) -> str | None:
        name = urlsplit(self.url).username
        return None if name is None else unquote(name)

    @property
    def without_password(self) -> str:
        """For messages and logs."""
        parts = urlsplit(self.url)
        user, _, place = parts.netloc.rpartition("@")
        shown = f"{user.partition(':')[0]}@{place}" if user else place
        hidden = {"password", "sslpassword"}
        query = urlencode([pair for pair in parse_qsl(parts.query) if pair[0] not in hidden])
        return urlunsplit(parts._replace(netloc=shown, query=query))

    def for_asyncpg(self) -> str:
        """The same address without the words that asyncpg does not know."""
        parts = urlsplit(self.url)
        known = [
            pair
            for pair in parse_qsl(parts.query, keep_blank_values=True)
            if pair[0] not in _ONLY_LIBPQ
        ]
        return urlunsplit(parts._replace(query=urlencode(known, quote_via=quote)))

    def for_libpq(self, **settings: str) -> dict[str, Any]:
        """Keyword arguments for psycopg; `settings` are the server's, set at the start.

        Both sides notice when the other falls silent; what the address says itself of that counts.
        """
        from psycopg.conninfo import conninfo_to_dict

        arguments: dict[str, Any] = {**LIBPQ_ARGUMENTS, **conninfo_to_dict(self.url)}
        if self.role is not None:
            settings["role"] = self.role
        options = [_set(name, value) for name, value in SERVER_SETTINGS.items()]
        options.append(arguments.get("options") or "")
        options += [_set(name, value) for name, value in settings.items()]
        arguments["options"] = " ".join(option for option in options if option)
        return arguments


def socket_address(folder: str, *, user: str, database: str, port: int = 5432) -> DatabaseAddress:
    """A database behind a Unix socket in `folder`."""
    place = urlencode({"host": folder, "port": str(port)}, quote_via=quote, safe="/")
    return DatabaseAddress(f"postgresql://{quote(user)}@/{quote(database)}?{place}")


def _set(name: str, value: str) -> str:
    """In libpq's `options`, blanks separate and a backslash keeps them together."""
    escaped = value.replace("\\", "\\\\").replace(" ", "\\ ")
    return f"-c {name}={escaped}"
