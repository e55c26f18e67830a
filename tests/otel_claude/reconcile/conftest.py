"""The cost report of the Claude API, simulated: it checks a query as the API documents it, and pages."""

import json
import threading
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

KEY = "sk-ant-admin01-simulated"
BETA = "analytics-usage-cost-2026-08-24"
FAN_OUT = {"cost_type", "token_type"}
GROUPS = {"model", "product", "workspace_id", "api_key_id", "service_tier", "inference_geo", "speed"}
TOKENS = {
    "input": "uncached_input_tokens",
    "cache_read": "cache_read_input_tokens",
    "cache_write_5m": "cache_creation.ephemeral_5m_input_tokens",
    "cache_write_1h": "cache_creation.ephemeral_1h_input_tokens",
    "output": "output_tokens",
}


class CostReport(ThreadingHTTPServer):
    """Serves what `add` was told, one page of `page_size` groups at a time."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.usage = []
        self.queries = []
        self.page_size = 1000
        self.refreshed_at = None
        self.answer = None
        """A status and a body to answer with instead."""

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def add(self, day, model, kind, listed, *, factor="1", product="messages_api", **group):
        """Bills `listed` US dollars for `kind`, of which `factor` is charged."""
        self.usage.append(
            {
                "day": datetime.fromisoformat(day).replace(tzinfo=timezone.utc),
                "model": model,
                "product": product,
                "workspace_id": "wrkspc_default",
                "api_key_id": "apikey_one",
                "service_tier": "standard",
                "cost_type": "tokens" if kind in TOKENS else kind,
                "token_type": TOKENS.get(kind),
                "list": Decimal(listed) * 100,
                "amount": Decimal(listed) * 100 * Decimal(factor),
                **group,
            }
        )

    def rows(self, query):
        start, end = (
            datetime.fromisoformat(query[name][0].replace("Z", "+00:00"))
            for name in ("starting_at", "ending_at")
        )
        assert start.tzinfo is not None
        assert end.tzinfo is not None
        assert end - start <= timedelta(days=31), "The range may span at most 31 days."
        groups = query["group_by[]"]
        assert set(groups) <= GROUPS | FAN_OUT
        assert len(set(groups) - FAN_OUT) <= 5
        assert query["time_bucket_width"] == ["1d"]
        assert 1 <= int(query["limit"][0]) <= 1000
        sums = defaultdict(lambda: [Decimal(0), Decimal(0)])
        for each in self.usage:
            wanted = all(
                not query.get(f"{name}s[]") or each[name] in query[f"{name}s[]"]
                for name in ("workspace_id", "api_key_id")
            )
            if start <= each["day"] < end and wanted:
                sums[each["day"], tuple(each[name] for name in groups)][0] += each["amount"]
                sums[each["day"], tuple(each[name] for name in groups)][1] += each["list"]
        return [
            {
                "starting_at": day.isoformat().replace("+00:00", "Z"),
                "ending_at": (day + timedelta(days=1)).isoformat().replace("+00:00", "Z"),
                "group": dict(zip(groups, key, strict=True)),
                "cost": {
                    "amount": str(amount),
                    "list_amount": str(listed),
                    "currency": "USD",
                    "requests": None,
                },
            }
            for (day, key), (amount, listed) in sums.items()
        ]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        status, body = self.server.answer or self._report()
        content = json.dumps(body).encode() if not isinstance(body, bytes) else body
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.send_header("x-should-retry", "false")
        self.end_headers()
        self.wfile.write(content)

    def _report(self):
        url = urlsplit(self.path)
        assert url.path == "/v1/organizations/analytics/cost"
        assert BETA in self.headers["anthropic-beta"]
        said = self.headers["authorization"] or self.headers["x-api-key"]
        if said.removeprefix("Bearer ") != KEY:
            return 401, {
                "type": "error",
                "error": {"type": "authentication_error", "message": f"bad key {said}"},
            }
        query = parse_qs(url.query)
        self.server.queries.append(query)
        rows = self.server.rows(query)
        first = int(query.get("page", ["0"])[0])
        end = first + self.server.page_size
        return 200, {
            "data": rows[first:end],
            "has_more": end < len(rows),
            "next_page": str(end) if end < len(rows) else None,
            "data_refreshed_at": self.server.refreshed_at,
        }

    def log_message(self, *args):
        pass


@pytest.fixture
def report():
    server = CostReport()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def admin_key():
    return KEY
