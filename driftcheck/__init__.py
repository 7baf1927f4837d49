"""Find configuration drift between staging and production before it becomes an incident."""

__version__ = "0.1.0"
