"""ClickHouse's own engine, embedded, behind the part of its HTTP interface that is used here.

Run with the folder of the engine's data and the password as arguments; prints its port. Queries come as the body of a
POST; `database` is the one that they are about.
"""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

from chdb.session import Session

SESSION = Session(sys.argv[1])
PASSWORD = sys.argv[2]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        query = self.rfile.read(int(self.headers["content-length"])).decode()
        fields = parse_qs(urlsplit(self.path).query)
        status, body = 200, b""
        if self.headers.get("X-ClickHouse-Key", "") != PASSWORD:
            status, body = 403, b"Code: 516. DB::Exception: default: Authentication failed"
        else:
            try:
                SESSION.query(f"USE {fields.get('database', ['default'])[0]}")
                body = SESSION.query(query).bytes()
            except RuntimeError as error:
                status, body = 500, str(error).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Says nothing of a request."""


server = HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
