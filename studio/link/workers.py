"""Asking a media worker: a process per question, with limits of time and memory, so that no foreign file can harm or
stall who asks. Callers may wait; never called by the tick."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from studio.link import children

WORKER_SECONDS = 20.0


def ask_worker(question: dict[str, Any], seconds: float = WORKER_SECONDS) -> dict[str, Any]:
    """The worker's answer; `{"refused": {ko, en, code}}` also where it died or took too long."""
    worker = children.spawn("media")
    try:
        out, _ = worker.communicate(json.dumps(question).encode() + b"\n", timeout=seconds)
        answer = json.loads(out)
        if isinstance(answer, dict):
            return answer
    except subprocess.TimeoutExpired:
        children.kill(worker)
        worker.communicate()
    except ValueError:
        pass  # it died before it could answer: said below
    finally:
        if worker.poll() is None:  # whoever asked was interrupted
            children.kill(worker)
    return died(question)


def died(question: dict[str, Any]) -> dict[str, Any]:
    """The answer in place of a worker that gave none."""
    name = str(question.get("path", ""))[-200:]
    return {
        "refused": {
            "ko": f"파일을 읽다가 멈췄어요: {name}. 쓰지 않았어요. 다른 파일을 골라 주세요.",
            "en": f"Reading this file failed: {name}. It was not used. Choose another file.",
            "code": "bad_source",
        }
    }
