"""A stand-in for Honeycomb's configuration API that refuses what its published rules refuse (2026-11)."""

from __future__ import annotations

import itertools
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "hcxmk_secret"
TYPES = {"string", "float", "integer", "boolean"}
NUMBERS = {"float", "integer"}
FUNCTIONS = {
    "IF", "COALESCE", "LT", "LTE", "GT", "GTE", "EQUALS", "IN", "EXISTS", "NOT", "AND", "OR", "MIN", "MAX", "SUM",
    "SUB", "MUL", "DIV", "MOD", "LOG10", "BUCKET", "INT", "FLOAT", "BOOL", "STRING", "CONCAT", "STARTS_WITH",
    "CONTAINS", "REG_MATCH", "REG_VALUE", "REG_COUNT", "UNIX_TIMESTAMP", "FORMAT_TIME", "EVENT_TIMESTAMP",
}  # fmt: skip
NUMERIC_OPS = {
    "SUM", "AVG", "MAX", "MIN", "HEATMAP", "P001", "P01", "P05", "P10", "P25", "P50", "P75", "P90", "P95", "P99",
    "P999", "RATE_AVG", "RATE_SUM", "RATE_MAX",
}  # fmt: skip
COLUMN_OPS = NUMERIC_OPS | {"COUNT_DISTINCT"}
FILTER_OPS = {"=", "!=", ">", ">=", "<", "<=", "starts-with", "contains", "in", "not-in"}
VALUELESS_OPS = {"exists", "does-not-exist"}
QUERY_KEYS = {
    "calculations", "breakdowns", "filters", "filter_combination", "orders", "limit", "time_range", "granularity",
}  # fmt: skip


class Refused(Exception):  # noqa: N818
    """The API's answer to a request that breaks a rule."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class HoneycombStub:
    """The API of one environment with one dataset, served at `url` while the `with` block runs."""

    def __init__(self, dataset="support"):
        self.dataset = dataset
        self.columns = {}
        self.derived = {}
        self.queries = {}
        self.annotations = {}
        self.boards = {}
        self.triggers = {}
        self.writes = []
        self.busy = 0
        """How many requests are answered with 429 before any other."""
        self._ids = itertools.count(1)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.stub = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exc_info):
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method, path, body):
        what, _, rest = path.removeprefix("/1/").partition("/")
        place, _, known = rest.partition("/")
        handlers = {
            "columns": (self.columns, self._column, {self.dataset}),
            "derived_columns": (self.derived, self._derived_column, {"__all__", self.dataset}),
            "queries": (self.queries, self._query, {"__all__", self.dataset}),
            "query_annotations": (self.annotations, self._annotation, {"__all__", self.dataset}),
            "triggers": (self.triggers, self._trigger, {self.dataset}),
        }
        if what == "boards":
            items, check, known = self.boards, self._board, place
        elif what in handlers:
            items, check, places = handlers[what]
            if place not in places:
                raise Refused(404, "Dataset not found")
        else:
            raise Refused(404, "not found")
        if method == "GET":
            return list(items.values())
        if known and known not in items:
            raise Refused(404, f"no {what} {known}")
        if method == "PUT" and what == "queries":
            raise Refused(405, "queries are immutable")
        check(body, known or None)
        name = known or f"id{next(self._ids)}"
        items[name] = {**body, "id": name}
        self.writes.append((method, what, body))
        return items[name]

    def _column(self, body, known):
        _only(body, {"key_name", "type", "description", "hidden"})
        if not body.get("key_name"):
            raise Refused(422, "key_name is required")
        if body.get("type", "string") not in TYPES:
            raise Refused(422, f"type {body['type']!r} is not one of {sorted(TYPES)}")
        if any(each["key_name"] == body["key_name"] for name, each in self.columns.items() if name != known):
            raise Refused(409, "Column already exists")

    def _derived_column(self, body, known):
        _only(body, {"alias", "expression", "description"})
        if not body.get("alias"):
            raise Refused(422, "alias is required")
        if any(each["alias"] == body["alias"] for name, each in self.derived.items() if name != known):
            raise Refused(409, "Derived column already exists")
        expression = body.get("expression", "")
        if expression.count("(") != expression.count(")") or not expression:
            raise Refused(422, "unable to parse expression")
        for name in re.findall(r"([A-Z_0-9]+)\(", expression):
            if name not in FUNCTIONS:
                raise Refused(422, f"unknown function {name}")
        for name in re.findall(r'\$([\w.]+)|\$"([^"]+)"', expression):
            self._kind(name[0] or name[1])

    def _kind(self, column):
        if any(each["alias"] == column for each in self.derived.values()):
            return "float"
        for each in self.columns.values():
            if each["key_name"] == column:
                return each["type"]
        raise Refused(422, f"unknown column {column}")

    def _calculation(self, calculation):
        op, column = calculation.get("op"), calculation.get("column")
        if op in {"COUNT", "CONCURRENCY"}:
            if column is not None:
                raise Refused(422, f"{op} takes no column")
        elif op not in COLUMN_OPS:
            raise Refused(422, f"unknown calculation {op}")
        elif column is None:
            raise Refused(422, f"{op} needs a column")
        elif self._kind(column) not in NUMBERS and op in NUMERIC_OPS:
            raise Refused(422, f"{op} needs a numeric column, and {column} is none")

    def _query(self, body, known):
        _only(body, QUERY_KEYS)
        calculations = body.get("calculations") or [{"op": "COUNT"}]
        for calculation in calculations:
            self._calculation(calculation)
        for column in body.get("breakdowns", ()):
            self._kind(column)
        if len(body.get("breakdowns", ())) > 100:
            raise Refused(422, "too many breakdowns")
        for each in body.get("filters", ()):
            self._kind(each.get("column"))
            if each.get("op") in VALUELESS_OPS:
                if "value" in each:
                    raise Refused(422, f"{each['op']} takes no value")
            elif each.get("op") not in FILTER_OPS:
                raise Refused(422, f"unknown filter {each.get('op')}")
            elif "value" not in each:
                raise Refused(422, f"{each['op']} needs a value")
        if body.get("filter_combination", "AND") not in {"AND", "OR"}:
            raise Refused(422, "filter_combination is AND or OR")
        for order in body.get("orders", ()):
            pair = {key: order[key] for key in ("op", "column") if key in order}
            if pair not in calculations and order.get("column") not in body.get("breakdowns", ()):
                raise Refused(422, "an order has to be one of the calculations or breakdowns")
            if order.get("order") not in {"ascending", "descending"}:
                raise Refused(422, "order is ascending or descending")
        if not 1 <= body.get("limit", 100) <= 1000:
            raise Refused(422, "limit is from 1 to 1000")
        if body.get("time_range", 7200) <= 0:
            raise Refused(422, "time_range is positive")

    def _annotation(self, body, known):
        _only(body, {"name", "description", "query_id"})
        if not 1 <= len(body.get("name") or "") <= 320:
            raise Refused(422, "name has 1 to 320 characters")
        if body.get("query_id") not in self.queries:
            raise Refused(422, "query_id is no query")

    def _board(self, body, known):
        _only(body, {"name", "description", "type", "panels", "tags"})
        if not body.get("name"):
            raise Refused(422, "name is required")
        if body.get("type") != "flexible":
            raise Refused(422, "type has to be flexible")
        if len(body.get("description", "")) > 1024:
            raise Refused(422, "description is too long")
        taken = set()
        for panel in body.get("panels", ()):
            place = panel.get("position") or {}
            x, y, width, height = (
                place.get(name) for name in ("x_coordinate", "y_coordinate", "width", "height")
            )
            if None in {x, y, width, height} or x < 0 or y < 0 or width < 1 or height < 1 or x + width > 12:
                raise Refused(422, "a panel has to fit a grid of 12 columns")
            cells = {(column, row) for column in range(x, x + width) for row in range(y, y + height)}
            if taken & cells:
                raise Refused(422, "panels overlap")
            taken |= cells
            query = panel.get("query_panel") or {}
            if panel.get("type") != "query" or query.get("query_id") not in self.queries:
                raise Refused(422, "query_id is no query")
            annotation = self.annotations.get(query.get("query_annotation_id"))
            if annotation is None or annotation["query_id"] != query["query_id"]:
                raise Refused(422, "query_annotation_id is no annotation of the query")
            if query.get("query_style", "graph") not in {"graph", "table", "combo"}:
                raise Refused(422, "query_style is graph, table or combo")

    def _trigger(self, body, known):
        _only(body, {"name", "description", "query", "query_id", "threshold", "frequency", "alert_type", "recipients",
                     "disabled"})  # fmt: skip
        query = body.get("query")
        if query is None:
            raise Refused(422, "a trigger needs a query")
        self._query(query, None)
        if len(query.get("calculations", ())) != 1:
            raise Refused(422, "a trigger has exactly one calculation")
        if query["calculations"][0]["op"] in {"HEATMAP", "CONCURRENCY"}:
            raise Refused(422, "a trigger cannot use that calculation")
        if query.get("orders") or "limit" in query:
            raise Refused(422, "a trigger's query has no orders and no limit")
        frequency, time_range = body.get("frequency", 900), query.get("time_range", 900)
        if not 60 <= frequency <= 86400 or frequency % 60:
            raise Refused(422, "frequency is from 60 to 86400 seconds, in minutes")
        if time_range > 86400 or time_range > 4 * frequency:
            raise Refused(422, "time_range is at most a day, and at most 4 times the frequency")
        threshold = body.get("threshold") or {}
        if threshold.get("op") not in {">", ">=", "<", "<="} or not isinstance(
            threshold.get("value"), int | float
        ):
            raise Refused(422, "threshold has an op and a value")
        if body.get("alert_type", "on_change") not in {"on_change", "on_true"}:
            raise Refused(422, "alert_type is on_change or on_true")


def _only(body, keys):
    unknown = set(body) - keys
    if unknown:
        raise Refused(422, f"unknown fields {sorted(unknown)}")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _do(self):
        stub = self.server.stub
        length = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        try:
            if self.headers.get("x-honeycomb-team") != KEY:
                raise Refused(401, "unknown API key - check your credentials")
            if stub.busy:
                stub.busy -= 1
                raise Refused(429, "rate limit")
            status, answer = 200, stub.answer(self.command, self.path, body)
        except Refused as refused:
            status, answer = refused.status, {"error": str(refused)}
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        if status == 429:
            self.send_header("retry-after", "0")
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = _do  # noqa: N815

    def log_message(self, *args):
        """Says nothing of a request."""
