"""Run a job by its name: `python -m jobs draw_sample --ds 2026-03-02`, and what an installed wheel is entered by."""

import importlib
import pkgutil
import sys
from collections.abc import Sequence

import jobs


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job that the first argument names with the others; returns its exit code, 2 if there is no such job."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    names = sorted(module.name for module in pkgutil.iter_modules(jobs.__path__) if not module.name.startswith("_"))
    if not words or words[0] not in names:
        sys.stderr.write(f"plumbline: name a job first: {', '.join(names)}.\n")
        return 2
    return int(importlib.import_module(f"jobs.{words[0]}").main(words[1:]))


def enter() -> None:
    """As `main`; only a failure exits, because some platforms take every exit for one."""
    if exit_code := main():
        sys.exit(exit_code)


if __name__ == "__main__":
    enter()
