"""What the machine is, and the C interface compiled against its LibTorch."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

from .check import Check, Failure, Findings

TORCH_FACTS = """
import json, os, torch
facts = {"torch": torch.__version__, "cuda": torch.version.cuda, "libtorch": os.path.dirname(torch.__file__)}
if torch.cuda.is_available():
    properties = torch.cuda.get_device_properties(0)
    facts |= {"gpu": properties.name, "capability": f"{properties.major}.{properties.minor}"}
    facts |= {"memory_gib": round(properties.total_memory / 2**30, 1), "cudnn": torch.backends.cudnn.version()}
print(json.dumps(facts))
"""
LEAST = (2, 11)


def facts(check: Check) -> Findings:
    """The GPU, its driver, PyTorch, CUDA, and the processor."""
    found: Findings = {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }
    if check.on_gpu:
        found["driver"] = driver()
    found |= json.loads(check.shown([sys.executable, "-c", TORCH_FACTS])[-1])
    version = tuple(int(part) for part in found["torch"].split("+")[0].split(".")[:2])
    if version < LEAST:
        raise Failure(f"PyTorch {found['torch']}: 2.11 or later is needed", found)
    if check.on_gpu and "gpu" not in found:
        raise Failure("PyTorch finds no GPU", found)
    return found


def compile_interface(check: Check) -> Findings:
    """Unpacks the programs, compiles CTorch, and starts the command once."""
    check.shown([str(check.places.folder / "setup")], {"PYTHON": sys.executable})
    return {"systems": len(check.output([check.places.program("gan"), "list"]))}


def processor() -> str:
    """The processor's name."""
    cpuinfo = Path("/proc/cpuinfo")
    names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")] if cpuinfo.exists() else []
    return names[0].split(":", 1)[1].strip() if names else platform.machine()


def driver() -> str:
    """What the driver's own tool says of the first GPU."""
    query = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    try:
        return subprocess.run(query, capture_output=True, text=True, timeout=30, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.SubprocessError, IndexError) as error:
        return f"unknown ({error})"
