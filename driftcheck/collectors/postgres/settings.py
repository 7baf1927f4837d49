"""What a setting of PostgreSQL is: an amount with its unit, a switch or a text; and which differ on any two servers."""

from __future__ import annotations

from driftcheck.model import Noise, Scalar
from driftcheck.pattern import Pattern
from driftcheck.values import duration, number, size, spell

_NUMBER = Pattern(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+|e-?[0-9]+)?$")
"""Not `0700`, which is how permissions are written."""
_SWITCHES = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}

SESSION = frozenset(
    """
    application_name client_encoding transaction_isolation transaction_read_only transaction_deferrable is_superuser
    session_authorization in_hot_standby extra_float_digits tcp_keepalives_idle tcp_keepalives_interval
    tcp_keepalives_count tcp_user_timeout role seed server_version server_version_num server_encoding lc_collate
    lc_ctype
    """.split()
)
"""What one session, or its socket, is like; and what the database or the version has a key for."""

OF_SESSION = ("client", "session", "interactive")
OF_PROBE = ("user", "database user")
"""Where a setting comes from that holds for the role of the probe alone."""

_IDENTITY = frozenset(
    """
    port listen_addresses cluster_name data_directory config_file hba_file ident_file external_pid_file
    unix_socket_directories unix_socket_group unix_socket_permissions log_directory log_filename syslog_ident
    syslog_facility event_source bonjour bonjour_name primary_conninfo primary_slot_name promote_trigger_file
    restore_command archive_command archive_cleanup_command recovery_end_command recovery_target recovery_target_lsn
    recovery_target_name recovery_target_time recovery_target_timeline recovery_target_xid ssl_cert_file ssl_key_file
    ssl_ca_file ssl_crl_file ssl_crl_dir ssl_dh_params_file ssl_passphrase_command krb_server_keyfile
    stats_temp_directory dynamic_library_path extension_control_path extension_destdir synchronous_standby_names
    synchronized_standby_slots data_directory_mode log_file_mode
    """.split()
)
_PROVIDERS = ("rds.", "cloudsql.", "azure.", "alloydb.")
_DERIVED = frozenset(
    """
    shared_memory_size shared_memory_size_in_huge_pages num_os_semaphores huge_pages_status wal_buffers
    max_stack_depth block_size wal_block_size segment_size max_function_args max_identifier_length max_index_keys
    integer_datetimes debug_assertions ssl_library
    """.split()
)
"""Computed by the server, or fixed when its programs were built."""


def noise(name: str, *, derived: bool) -> Noise | None:
    """Return the class of a setting that differs on any two servers; `derived`: unset, and not what it starts with."""
    if name in _IDENTITY or name.startswith(_PROVIDERS):
        return Noise.IDENTITY
    return Noise.DERIVED if derived or name in _DERIVED else None


def value(text: str, unit: str, kind: str) -> Scalar:
    """Return a setting's value: `unit` and `kind` as pg_settings has them, the text from there or from ALTER ROLE.

    Amounts are texts with their unit ("128MiB", "30s"), but for 0 and -1, which stand for something else.
    """
    if kind == "bool":
        return _SWITCHES.get(text.lower(), text)
    if kind not in ("integer", "real"):
        return text
    if not unit:
        written = _NUMBER.match(text)
        return text if written is None else float(text) if written[1] else int(text)
    is_size = unit.endswith("B")
    meaning = size.parse(text, "binary", unit) if is_size else duration.parse(text, unit)
    if meaning is None or meaning.magnitude is None:
        return text
    if meaning.magnitude <= 0:
        return int(number.exact(text) or 0)
    return spell.size(int(meaning.magnitude)) if is_size else spell.duration(round(meaning.magnitude * 1_000_000))
