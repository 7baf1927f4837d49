"""Where `driftcheck` and `python -m driftcheck` begin and end."""

from __future__ import annotations

import gc
import os
import sys

INTERRUPTED = 130


def main() -> int:
    """Run the command line of this process and end it; return the exit code only where output cannot be written."""
    code = _version() if sys.argv[1:] == ["--version"] else _run()
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        return code  # the interpreter says so, in its own words
    # The interpreter would wait for threads that are still reading, and then free a million objects one by one.
    os._exit(code)


def _version() -> int:
    """Ten times faster than to import a command line for it."""
    from driftcheck import __version__

    print(f"driftcheck {__version__}")
    return 0


def _run() -> int:
    gc.disable()  # settings form no cycles: to search a million of them for some, over and over, took a fourth of a run
    try:
        from driftcheck.cli import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        print("driftcheck: error: interrupted", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
