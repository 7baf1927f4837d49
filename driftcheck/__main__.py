"""Where `driftcheck` and `python -m driftcheck` begin."""

from __future__ import annotations

import os
import sys

INTERRUPTED = 130


def main() -> int:
    """Run the command line of this process and return its exit code."""
    if sys.argv[1:] == ["--version"]:  # ten times faster than to import a command line for it
        from driftcheck import __version__

        print(f"driftcheck {__version__}")
        return 0
    try:
        from driftcheck.cli import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        print("driftcheck: error: interrupted", file=sys.stderr)
        code = INTERRUPTED
    if code == INTERRUPTED:
        os._exit(code)  # the interpreter would wait for threads that are still reading
    return code


if __name__ == "__main__":
    sys.exit(main())
