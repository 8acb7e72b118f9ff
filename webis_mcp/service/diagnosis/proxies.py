"""Which proxy a URL is asked through, as vLLM's downloads decide it by the same variables."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from webis_mcp.settings import HubSettings


def proxy_for(url: str, hub: HubSettings) -> tuple[str, str] | None:
    """The variable and the proxy that it names, if the URL goes through one."""
    place = urlsplit(url)
    host = place.hostname or ""
    if _is_exempt(host, hub.no_proxy or ""):
        return None
    own = (
        ("HTTPS_PROXY", hub.https_proxy)
        if place.scheme == "https"
        else ("HTTP_PROXY", hub.http_proxy)
    )
    for name, value in (own, ("ALL_PROXY", hub.all_proxy)):
        if value is not None:
            return name, _with_scheme(value.get_secret_value())
    return None


def address_of(url: str) -> tuple[str, int]:
    """Host and port of a URL, its usual port where it names none; port 0 where it is no URL."""
    try:
        place = urlsplit(url)
        return place.hostname or "", place.port or _usual_port(place)
    except ValueError:
        return "", 0


def _is_exempt(host: str, no_proxy: str) -> bool:
    """Whether a host, or a domain that it is in, stands in NO_PROXY."""
    for entry in (part.strip().lower().lstrip("*.") for part in no_proxy.split(",")):
        if entry and (host == entry or host.endswith(f".{entry}")):
            return True
    return no_proxy.strip() == "*"


def _usual_port(place: SplitResult) -> int:
    return {"https": 443, "socks5": 1080, "socks5h": 1080}.get(place.scheme, 80)


def _with_scheme(proxy: str) -> str:
    return proxy if "://" in proxy else f"http://{proxy}"
