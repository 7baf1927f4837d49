"""Real servers for tests: brought by `provision`, started by the other modules, handed out by ../conftest.py."""
