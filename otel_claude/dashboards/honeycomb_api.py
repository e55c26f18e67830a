"""Brings the definition to Honeycomb, through its API, as far as it is not there.

The steps are those that the API wants: columns, derived columns, queries with their annotations, the board that shows
them, triggers. A query cannot be changed, so a board of another definition gets new ones. What a user has added to the
board or a trigger's recipients is not ours: a board is replaced only where its definition is another, a trigger keeps
its recipients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from otel_claude.dashboards import honeycomb

if TYPE_CHECKING:
    from collections.abc import Iterator

API: Final = "https://api.honeycomb.io"
KEY_VARIABLE: Final = "HONEYCOMB_API_KEY"
EVERYWHERE: Final = "__all__"
"""What the API calls a whole environment in the place of a dataset."""

ATTEMPTS: Final = 5
TIMEOUT_S: Final = 30.0


class HoneycombError(Exception):
    """The API refused a step, or cannot be reached. The message says which, and never holds the key."""


class Honeycomb:
    """The API of the environment that `key` belongs to. With `is_dry`, it is read and never written."""

    def __init__(self, key: str, url: str = API, *, is_dry: bool = False) -> None:
        import requests
        from requests.adapters import HTTPAdapter
        from urllib3.util.retry import Retry

        self._url = url.rstrip("/")
        self._is_dry = is_dry
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["X-Honeycomb-Team"] = key
        # Only what asks to be tried again is: a request that created something is not repeated.
        retries = Retry(
            ATTEMPTS,
            connect=ATTEMPTS,
            read=0,
            redirect=0,
            status_forcelist=(429,),
            allowed_methods=None,
            backoff_factor=0.5,
            raise_on_status=False,
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retries))

    def install(self, dataset: str, hourly_usd: float) -> Iterator[str]:
        """Brings the definition there, and says of each thing what was done with it. Raises `HoneycombError`."""
        yield from self._columns(dataset)
        yield from self._derived_columns()
        yield from self._board()
        yield from self._triggers(dataset, hourly_usd)

    def _columns(self, dataset: str) -> Iterator[str]:
        path = f"/1/columns/{quote(dataset, safe='')}"
        there = {each["key_name"]: each["type"] for each in self._get(path)}
        for name, kind in honeycomb.COLUMNS.items():
            if name not in there:
                self._send("POST", path, {"key_name": name, "type": kind})
                yield f"column {name}: created"
            elif {there[name], kind} not in ({kind}, {"integer", "float"}):
                yield f"column {name}: is {there[name]} and should be {kind}; change its type in Honeycomb"

    def _derived_columns(self) -> Iterator[str]:
        path = f"/1/derived_columns/{EVERYWHERE}"
        there = {each["alias"]: each for each in self._get(path)}
        for alias, (expression, says) in honeycomb.DERIVED_COLUMNS.items():
            body = {"alias": alias, "expression": expression, "description": says}
            yield self._put_or_post("derived column", alias, path, there.get(alias), body)

    def _board(self) -> Iterator[str]:
        there = next((each for each in self._get("/1/boards") if each["name"] == honeycomb.BOARD_NAME), None)
        if there is not None and honeycomb.digest() in (there.get("description") or ""):
            yield f"board {honeycomb.BOARD_NAME}: is current"
            return
        body = honeycomb.board(
            [self._panel(*each) for each in zip(honeycomb.PANELS, honeycomb.positions(), strict=True)]
        )
        if there is None:
            self._send("POST", "/1/boards", body)
        else:
            self._send("PUT", f"/1/boards/{there['id']}", body)
        yield f"board {honeycomb.BOARD_NAME}: {'created' if there is None else 'replaced by a new definition'}"

    def _panel(self, panel: honeycomb.Panel, position: dict[str, int]) -> dict[str, Any]:
        query = self._send("POST", f"/1/queries/{EVERYWHERE}", panel.query())
        annotation = self._send(
            "POST",
            f"/1/query_annotations/{EVERYWHERE}",
            {"name": panel.name, "description": panel.says, "query_id": query["id"]},
        )
        return {
            "type": "query",
            "position": position,
            "query_panel": {
                "query_id": query["id"],
                "query_annotation_id": annotation["id"],
                "query_style": panel.style,
            },
        }

    def _triggers(self, dataset: str, hourly_usd: float) -> Iterator[str]:
        path = f"/1/triggers/{quote(dataset, safe='')}"
        there = {each["name"]: each for each in self._get(path)}
        for trigger in honeycomb.triggers(hourly_usd):
            known = there.get(trigger.name)
            body = trigger.body()
            if known is not None and "recipients" in known:
                body["recipients"] = known["recipients"]
            yield self._put_or_post("trigger", trigger.name, path, known, body)

    def _put_or_post(self, what: str, name: str, path: str, there: Any, body: dict[str, Any]) -> str:
        if there is None:
            self._send("POST", path, body)
            return f"{what} {name}: created"
        if _holds(there, body):
            return f"{what} {name}: is current"
        self._send("PUT", f"{path}/{there['id']}", body)
        return f"{what} {name}: updated"

    def _get(self, path: str) -> list[Any]:
        found = self._request("GET", path, None)
        if not isinstance(found, list):
            raise HoneycombError(f"{self._url}{path}: answered something else than a list")
        return found

    def _send(self, method: str, path: str, body: dict[str, Any]) -> Any:
        return {"id": "dry-run"} if self._is_dry else self._request(method, path, body)

    def _request(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        import requests

        where = f"{method} {self._url}{path}"
        try:
            response = self._session.request(
                method, self._url + path, json=body, timeout=TIMEOUT_S, allow_redirects=False
            )
        except requests.RequestException as error:
            raise HoneycombError(f"{where}: {error}") from None
        if response.status_code in {401, 403}:
            raise HoneycombError(
                f"{where}: answered {response.status_code}; the key has to be a configuration key that may manage "
                "columns, queries, boards and triggers"
            )
        if response.status_code == 404:
            raise HoneycombError(f"{where}: answered 404; a dataset exists once a span has been sent to it")
        try:
            found = response.json()
        except ValueError:
            found = None
        if not response.ok or found is None:
            said = found.get("error", found) if isinstance(found, dict) else response.text[:200]
            raise HoneycombError(f"{where}: answered {response.status_code}: {said}")
        return found


def _holds(there: Any, body: Any) -> bool:
    """Whether `there` has all that `body` says; the API adds fields of its own."""
    if isinstance(body, dict):
        return isinstance(there, dict) and all(_holds(there.get(key), value) for key, value in body.items())
    if isinstance(body, list):
        return (
            isinstance(there, list)
            and len(there) == len(body)
            and all(_holds(*each) for each in zip(there, body, strict=True))
        )
    return bool(there == body)
