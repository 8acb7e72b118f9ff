"""What pages may cost: in being fetched, and in being read."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from webis_mcp.settings.parts import Part, split


class PageSize(Part):
    """The one figure that reading and fetching share."""

    max_page_bytes: int = Field(
        default=10_000_000,
        ge=10_000,
        le=100_000_000,
        alias="WEBIS_MAX_PAGE_BYTES",
        description="Largest page read, in bytes; a fetched one is cut there, refused at twice.",
    )


class ReadingLimits(PageSize):
    """What a page may cost."""

    read_timeout_seconds: float = Field(
        default=8.0,
        gt=0,
        le=600,
        alias="WEBIS_READ_TIMEOUT_SECONDS",
        description="Longest time that reading one page may take; then its reader is ended.",
    )
    workers: int = Field(
        default=2,
        ge=1,
        le=64,
        alias="WEBIS_WORKERS",
        description="Long pages read at once, each in a process of its own; a short one fits in.",
    )
    worker_memory_bytes: int = Field(
        default=1_500_000_000,
        ge=300_000_000,
        alias="WEBIS_WORKER_MEMORY_BYTES",
        description="Address space a reader may use, where the system can bound it.",
    )


class FetchLimits(PageSize):
    """Whom we ask for a page, how, and what the answer may cost."""

    fetch_timeout_seconds: float = Field(
        default=12.0,
        gt=0,
        le=300,
        alias="WEBIS_FETCH_TIMEOUT_SECONDS",
        description="Longest time for one fetch, redirects and waiting included.",
    )
    stall_timeout_seconds: float = Field(
        default=5.0,
        gt=0,
        le=300,
        alias="WEBIS_STALL_TIMEOUT_SECONDS",
        description="Longest time without a byte from the site, and for each connection to open.",
    )
    max_redirects: int = Field(
        default=5,
        ge=0,
        le=20,
        alias="WEBIS_MAX_REDIRECTS",
        description="Redirects followed in one fetch.",
    )
    allowed_ports: frozenset[int] = Field(
        default=frozenset({80, 443, 8080, 8443}),
        alias="WEBIS_ALLOWED_PORTS",
        description="Ports that a URL may name, separated by commas.",
    )
    allow_private_addresses: bool = Field(
        default=False,
        alias="WEBIS_ALLOW_PRIVATE_ADDRESSES",
        description="Whether pages may come from this machine and from private networks.",
    )
    proxy: SecretStr | None = Field(
        default=None,
        alias="WEBIS_PROXY",
        description="HTTP proxy to fetch through; then the proxy resolves names, and guards them.",
    )
    user_agent_contact: str = Field(
        default="",
        max_length=200,
        pattern=r"^[!-'*-~]*$",
        alias="WEBIS_USER_AGENT_CONTACT",
        description="A URL or mail address told to sites, so that they can reach the operator.",
    )
    ignore_robots: bool = Field(
        default=False,
        alias="WEBIS_IGNORE_ROBOTS",
        description="Whether to fetch what a site's `robots.txt` closes to programs.",
    )
    allow_cookies: bool = Field(
        default=False,
        alias="WEBIS_ALLOW_COOKIES",
        description="Whether a caller may send a `Cookie` header with a fetch.",
    )
    fetches_per_host: int = Field(
        default=2,
        ge=1,
        le=20,
        alias="WEBIS_FETCHES_PER_HOST",
        description="Requests at once to one host.",
    )
    fetches_at_once: int = Field(
        default=20,
        ge=1,
        le=1000,
        alias="WEBIS_FETCHES_AT_ONCE",
        description="Requests at once to all hosts together.",
    )
    cache_seconds: float = Field(
        default=300.0,
        ge=0,
        le=86_400,
        alias="WEBIS_CACHE_SECONDS",
        description="How long a fetched page is handed out again without asking the site.",
    )
    cache_bytes: int = Field(
        default=32_000_000,
        ge=0,
        le=4_000_000_000,
        alias="WEBIS_CACHE_BYTES",
        description="Memory for fetched pages; 0 keeps none.",
    )

    @field_validator("allowed_ports", mode="before")
    @classmethod
    def _from_commas(cls, value: object) -> object:
        return split(value)

    @field_validator("allowed_ports")
    @classmethod
    def _are_ports(cls, value: frozenset[int]) -> frozenset[int]:
        if not all(0 < port < 65_536 for port in value):
            raise ValueError("A port is a number from 1 to 65535")
        return value

    @field_validator("proxy")
    @classmethod
    def _is_http(cls, value: SecretStr | None) -> SecretStr | None:
        place = urlsplit(value.get_secret_value()) if value else None
        if place and not (place.scheme in ("http", "https") and place.hostname and place.port != 0):
            raise ValueError("A proxy has the form http://host:port")
        return value
