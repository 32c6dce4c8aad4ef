"""A schema registry over HTTP that can go away and come back with all it knew. Not a test.

Speaks the few requests of Confluent's interface that we and readers make, over the store of confluent-kafka's own mock,
and refuses what a subject's compatibility forbids.
"""

import base64
import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError
from schema_evolution import why_unreadable

Answer = tuple[int, Any]
NO_SUBJECT: Answer = (404, {"error_code": 40401, "message": "Subject not found."})
NO_SCHEMA: Answer = (404, {"error_code": 40403, "message": "Schema not found"})
REFUSED: Answer = (409, {"error_code": 409, "message": "Schema being registered is incompatible"})
WHO: Answer = (401, {"error_code": 40101, "message": "Unauthorized"})


class RegistryServer:
    """``with RegistryServer() as registry: registry.url``; `stop` and `start` are an outage."""

    def __init__(self, user: str = "", password: str = "") -> None:
        self.store = SchemaRegistryClient.new_client({"url": "mock://tests"})
        self.compatibility: dict[str, str] = {}
        self.requests: Counter[str] = Counter()
        self.broken_by: Answer | None = None
        self._secret = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode() if user else ""
        self._port = 0
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> "RegistryServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, answer = registry.answer(self.command, self.path, body, self.headers.get("Authorization"))
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = _any  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def register(self, subject: str, schema: Any) -> int:
        """As another program would, unchecked."""
        return int(self.store.register_schema(subject, Schema(json.dumps(schema), "AVRO")))

    def answer(self, method: str, path: str, body: bytes, authorization: str | None) -> Answer:
        parts = [unquote(part) for part in urlsplit(path).path.strip("/").split("/")]
        self.requests[f"{method} {parts[0]}"] += 1
        if self._secret and authorization != self._secret:
            return WHO
        if self.broken_by is not None:
            return self.broken_by
        try:
            return self._answer(method, parts, json.loads(body or b"{}"))
        except SchemaRegistryError:
            return NO_SCHEMA

    def _answer(self, method: str, parts: list[str], told: Any) -> Answer:  # noqa: PLR0911
        match method, parts:
            case "PUT", ["config", subject]:
                self.compatibility[subject] = told["compatibility"]
                return 200, told
            case "POST", ["subjects", subject]:
                if subject not in self.store.get_subjects():
                    return NO_SUBJECT
                return 200, self._described(self.store.lookup_schema(subject, Schema(told["schema"], "AVRO")))
            case "POST", ["subjects", subject, "versions"]:
                if not self._compatible(subject, told["schema"]):
                    return REFUSED
                return 200, {"id": self.store.register_schema(subject, Schema(told["schema"], "AVRO"))}
            case "GET", ["subjects", subject, "versions"]:
                return (200, sorted(found)) if (found := self.store.get_versions(subject)) else NO_SUBJECT
            case "GET", ["subjects", subject, "versions", version]:
                return 200, self._described(self.store.get_version(subject, int(version)))
            case "GET", ["schemas", "ids", number]:
                return 200, {"schema": self.store.get_schema(int(number)).schema_str}
        return 404, {"error_code": 404, "message": "HTTP 404 Not Found"}

    def _described(self, found: Any) -> dict[str, Any]:
        return {
            "subject": found.subject,
            "version": found.version,
            "id": found.schema_id,
            "schema": found.schema.schema_str,
        }

    def _compatible(self, subject: str, text: str) -> bool:
        if self.compatibility.get(subject) != "BACKWARD_TRANSITIVE":
            return True
        earlier = [self.store.get_version(subject, number) for number in self.store.get_versions(subject)]
        reader = json.loads(text)
        return not any(why_unreadable(reader, json.loads(each.schema.schema_str)) for each in earlier)
