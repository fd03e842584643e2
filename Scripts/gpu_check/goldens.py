"""The goldens computed again on the device."""

from __future__ import annotations

import functools
import json

from .check import Check, Failure, Findings

TOLERANCES = {
    "float32": "each element within 10 times the tests' bounds (1e-5 of a loss, 1e-4 of a gradient)",
    "tf32": "losses and samples of a step within 2.5 % of their length, the gradients of an update within 10 %",
    "bfloat16": "losses and samples of a step within 10 % of their length, the gradients of an update within 40 %",
}
# cuBLAS and cuDNN read it; LibTorch lets convolutions round their factors unless told otherwise.
PRECISE = {"NVIDIA_TF32_OVERRIDE": "0"}
WORST_LISTED = 10


def stages(check: Check) -> None:
    """One stage for each arithmetic; the processor has no TF32."""
    for arithmetic in TOLERANCES:
        if check.on_gpu or arithmetic != "tf32":
            check.stage(f"goldens {arithmetic}", 0.15, functools.partial(replay, arithmetic=arithmetic))


def replay(check: Check, arithmetic: str) -> Findings:
    """Computes all goldens again; one that brings the program down is reported, and the rest is gone on with."""
    command = [check.places.program("golden-replay"), "--folder", str(check.places.folder / "goldens")]
    command += ["--device", check.device, "--arithmetic", arithmetic]
    environment = PRECISE if arithmetic == "float32" else {}
    pending = check.output([*command, "--list"])
    worst: dict[str, float | None] = {}
    failed: dict[str, list[str]] = {}
    while pending and check.left > 0:
        begun = ""
        try:
            for line in check.lines([*command, *pending], environment):
                answer = json.loads(line) if line.startswith("{") else {}
                begun = answer.get("begin", begun)
                if name := answer.get("golden"):
                    worst[name] = answer.get("worst")
                    if answer["problems"]:
                        failed[name] = answer["problems"][:3]
                        check.say(f"{name}: {answer['problems'][0]}")
        except Failure as failure:
            if begun and begun not in worst:
                failed[begun] = str(failure).splitlines()[-3:]
                worst[begun] = None
            elif not begun:
                raise
        remaining = [name for name in pending if name not in worst]
        if len(remaining) == len(pending):
            break
        pending = remaining
    return findings(arithmetic, worst, failed, pending)


def findings(arithmetic: str, worst: dict, failed: dict, pending: list[str]) -> Findings:
    """What is written down of all goldens."""
    finite = sorted(((value, name) for name, value in worst.items() if value is not None), reverse=True)
    found = {
        "tolerance": TOLERANCES[arithmetic],
        "compared": len(worst),
        "worst": {name: round(value, 4) for value, name in finite[:WORST_LISTED]},
        "failed": failed,
        "left": pending,
    }
    if failed or pending:
        lines = [f"{name}: {problems[0]}" for name, problems in failed.items()]
        lines += [f"{len(pending)} goldens were not reached"] if pending else []
        raise Failure("\n".join(lines), found)
    return found
