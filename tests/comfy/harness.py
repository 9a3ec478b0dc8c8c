"""A real ComfyUI server under test: started as a process, spoken to over HTTP and the websocket, as a browser does."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import websocket

ROOT = Path(__file__).resolve().parent.parent.parent
COMFYUI = ROOT / ".cache" / "comfyui"
LAUNCHER = Path(__file__).with_name("launch.py")
#: Seconds until a server that says nothing is given up. It is up in 10 to 30.
START_LIMIT = 180
#: Seconds without any message until a prompt is given up; as long as something moves it may take its time.
STALLED = 300
#: First bytes of a binary message: a preview with metadata (which says whose node it is).
PREVIEW_WITH_METADATA = 4
#: Those of a text that is shown on a node.
NODE_TEXT = 3

Graph = dict[str, dict[str, Any]]


class RefusedError(AssertionError):
    """ComfyUI does not take a graph; `answer` says why."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(f"ComfyUI refused the graph: {json.dumps(answer, indent=1)}")
        self.answer = answer

    @property
    def said(self) -> str:
        """What people read."""
        errors = [error for node in (self.answer.get("node_errors") or {}).values() for error in node["errors"]]
        said: dict[str, str] = {}  # ComfyUI says it once for every input that was looked at
        for error in errors:
            details = error["details"]
            said.setdefault(details.partition(" - ")[2] or details, f"{error['message']}: {details}")
        return " ".join(said.values()) or json.dumps(self.answer)


@dataclass
class Run:
    """What became of a prompt: every message of the websocket, and the entry of /history."""

    prompt_id: str
    messages: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    previews: list[tuple[float, bytes]] = field(default_factory=list)
    history: dict[str, Any] = field(default_factory=dict)

    def all(self, kind: str) -> list[dict[str, Any]]:
        """The data of all messages of a kind, in order."""
        return [message["data"] for _, message in self.messages if message["type"] == kind]

    def at(self, kind: str) -> float:
        """When (monotonic seconds) the first message of a kind came."""
        return next(when for when, message in self.messages if message["type"] == kind)

    def texts(self) -> list[tuple[str, bytes]]:
        """What nodes said on themselves: their keys, and the texts."""
        binary = [data for _, data in self.previews if int.from_bytes(data[:4], "big") == NODE_TEXT]
        ends = [8 + int.from_bytes(data[4:8], "big") for data in binary]
        return [(data[8:end].decode(), data[end:]) for data, end in zip(binary, ends, strict=True)]

    @property
    def status(self) -> str:
        return self.history["status"]["status_str"]

    @property
    def error(self) -> dict[str, Any]:
        return self.all("execution_error")[0]

    def files(self, node: str, kind: str = "images") -> list[dict[str, str]]:
        return self.history["outputs"][node][kind]


class ComfyServer:
    """A ComfyUI process of its own, with this checkout as one of its custom nodes; options: of ComfyUI itself."""

    def __init__(self, home: Path, *options: str) -> None:
        self.home = home
        self.log = home / "server.log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, str(LAUNCHER), "--comfyui", str(COMFYUI), "--home", str(home)]
        command += ["--port", str(self.port), "--", *options]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _wait(self) -> None:
        limit = time.monotonic() + START_LIMIT
        while time.monotonic() < limit and self.process.poll() is None:
            try:
                self.get("/system_stats")
            except OSError:
                time.sleep(0.2)
            else:
                return
        raise RuntimeError(f"ComfyUI did not start; the end of its log:\n{self.log.read_text()[-3000:]}")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def get(self, path: str) -> Any:
        return json.loads(self.fetch(path))

    def fetch(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return answer.read()

    def post(self, path: str, data: dict[str, Any]) -> Any:
        """The JSON answer; also that of a refusal (status 400), which says what is wrong with a graph."""
        body = json.dumps(data).encode()
        request = urllib.request.Request(self.url + path, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as refusal:
            text = refusal.read()
        return json.loads(text) if text.strip() else None

    def history(self, prompt_id: str) -> dict[str, Any]:
        """The entry of a prompt that has ended."""
        for _ in range(100):  # written a moment after the last message
            entry = self.get(f"/history/{prompt_id}").get(prompt_id)
            if entry is not None:
                return entry
            time.sleep(0.05)
        raise AssertionError("the prompt is not in ComfyUI's history")

    def view(self, file: dict[str, str]) -> bytes:
        """A file that a node saved, as the front end gets it."""
        return self.fetch("/view?" + urllib.parse.urlencode(file))

    def run(self, graph: Graph, *, interrupt_at: float | None = None, interrupt_in: str | None = None) -> Run:
        """Queue a graph (API format) and wait for its end.

        interrupt_at: cancel at this fraction of a bar; interrupt_in: of that of the node with this key, where 0 is the
        moment when it starts.
        """
        with Client(self) as client:
            return client.run(graph, interrupt_at=interrupt_at, interrupt_in=interrupt_in)


class Client:
    """One browser window: a websocket that asks for previews."""

    def __init__(self, server: ComfyServer) -> None:
        self.server = server
        self.id = uuid.uuid4().hex
        address = f"ws://127.0.0.1:{server.port}/ws?clientId={self.id}"
        self.socket = websocket.create_connection(address, timeout=STALLED)
        self.socket.send(json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}}))

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def run(self, graph: Graph, *, interrupt_at: float | None = None, interrupt_in: str | None = None) -> Run:
        answer = self.server.post("/prompt", {"prompt": graph, "client_id": self.id})
        if "prompt_id" not in answer:
            raise RefusedError(answer)
        run = Run(answer["prompt_id"])
        while not self._ended(run):
            received = self.socket.recv()
            if isinstance(received, bytes):
                run.previews.append((time.monotonic(), received))
                continue
            message = json.loads(received)
            run.messages.append((time.monotonic(), message))
            if interrupt_at is not None and self._reached(message, interrupt_at, interrupt_in):
                interrupt_at = None
                run.messages.append((time.monotonic(), {"type": "interrupt_sent", "data": {}}))
                self.server.post("/interrupt", {})
        run.history = self.server.history(run.prompt_id)
        return run

    @staticmethod
    def _reached(message: dict[str, Any], fraction: float, key: str | None) -> bool:
        data, kind = message["data"], message["type"]
        if key is not None and data.get("node") != key:
            return False
        if kind == "executing" and key is not None:
            return fraction == 0
        return kind == "progress" and data["value"] >= fraction * data["max"]

    @staticmethod
    def _ended(run: Run) -> bool:
        ends = ("execution_success", "execution_error", "execution_interrupted")
        return any(data.get("prompt_id") == run.prompt_id for kind in ends for data in run.all(kind))
