"""Settings of PostgreSQL: one spelling for each value, in postgresql.conf as in a server's own answer.

Kinds and units are those of `pg_settings` in PostgreSQL 14, 17 and 18, and of the modules that ship with them.
"""

from __future__ import annotations

from fractions import Fraction

from driftcheck.model import Value
from driftcheck.pattern import Pattern
from driftcheck.values import Meaning, boolean, duration, number, size, spell

UNITS = {
    name: unit
    for unit, names in {
        "B": """
        auto_explain.log_parameter_max_length log_parameter_max_length log_parameter_max_length_on_error
        track_activity_query_size wal_decode_buffer_size wal_segment_size
        """,
        "kB": """
        autovacuum_work_mem gin_pending_list_limit huge_page_size log_rotation_size log_temp_files
        logical_decoding_work_mem maintenance_work_mem max_stack_depth temp_file_limit vacuum_buffer_usage_limit
        wal_skip_threshold work_mem
        """,
        "8kB": """
        backend_flush_after bgwriter_flush_after checkpoint_flush_after commit_timestamp_buffers
        effective_cache_size io_combine_limit io_max_combine_limit min_parallel_index_scan_size
        min_parallel_table_scan_size multixact_member_buffers multixact_offset_buffers notify_buffers
        segment_size serializable_buffers shared_buffers subtransaction_buffers temp_buffers transaction_buffers
        wal_buffers wal_writer_flush_after
        """,
        "MB": """
        max_slot_wal_keep_size max_wal_size min_dynamic_shared_memory min_wal_size shared_memory_size
        wal_keep_size
        """,
        "ms": """
        auto_explain.log_min_duration autovacuum_vacuum_cost_delay bgwriter_delay
        client_connection_check_interval deadlock_timeout idle_in_transaction_session_timeout
        idle_session_timeout lock_timeout log_autovacuum_min_duration log_min_duration_sample
        log_min_duration_statement log_startup_progress_interval max_standby_archive_delay
        max_standby_streaming_delay recovery_min_apply_delay statement_timeout tcp_user_timeout
        transaction_timeout vacuum_cost_delay wal_receiver_timeout wal_retrieve_retry_interval
        wal_sender_timeout wal_writer_delay
        """,
        "s": """
        archive_timeout authentication_timeout autovacuum_naptime checkpoint_timeout checkpoint_warning
        idle_replication_slot_timeout pg_prewarm.autoprewarm_interval post_auth_delay pre_auth_delay
        tcp_keepalives_idle tcp_keepalives_interval wal_receiver_status_interval
        """,
        "min": """
        log_rotation_age old_snapshot_threshold wal_summary_keep_time
        """,
    }.items()
    for name in names.split()
}
"""The unit of a bare number, by setting; `8kB` is a page."""

_SWITCHES = frozenset(
    """
    allow_alter_system allow_in_place_tablespaces allow_system_table_mods array_nulls autovacuum bonjour
    check_function_bodies data_checksums data_sync_retry db_user_namespace debug_assertions debug_pretty_print
    debug_print_parse debug_print_plan debug_print_rewritten default_transaction_deferrable
    default_transaction_read_only enable_async_append enable_bitmapscan enable_distinct_reordering
    enable_gathermerge enable_group_by_reordering enable_hashagg enable_hashjoin enable_incremental_sort
    enable_indexonlyscan enable_indexscan enable_material enable_memoize enable_mergejoin enable_nestloop
    enable_parallel_append enable_parallel_hash enable_partition_pruning enable_partitionwise_aggregate
    enable_partitionwise_join enable_presorted_aggregate enable_self_join_elimination enable_seqscan enable_sort
    enable_tidscan escape_string_warning event_triggers exit_on_error fsync full_page_writes geqo
    gss_accept_delegation hot_standby hot_standby_feedback ignore_checksum_failure ignore_invalid_pages
    ignore_system_indexes in_hot_standby integer_datetimes jit jit_debugging_support jit_dump_bitcode
    jit_expressions jit_profiling_support jit_tuple_deforming krb_caseins_users lo_compat_privileges log_checkpoints
    log_disconnections log_duration log_executor_stats log_hostname log_lock_failures log_lock_waits
    log_parser_stats log_planner_stats log_recovery_conflict_waits log_replication_commands log_statement_stats
    log_truncate_on_rotation logging_collector md5_password_warnings parallel_leader_participation
    quote_all_identifiers recovery_target_inclusive remove_temp_files_after_crash restart_after_crash row_security
    send_abort_for_crash send_abort_for_kill ssl ssl_passphrase_command_supports_reload ssl_prefer_server_ciphers
    standard_conforming_strings summarize_wal sync_replication_slots synchronize_seqscans syslog_sequence_numbers
    syslog_split_messages trace_connection_negotiation trace_notify trace_sort track_activities
    track_commit_timestamp track_cost_delay_timing track_counts track_io_timing track_wal_io_timing
    transaction_deferrable transaction_read_only transform_null_equals update_process_title vacuum_truncate
    wal_init_zero wal_log_hints wal_receiver_create_temp_slot wal_recycle zero_damaged_pages
    """.split()
)

_MODES = frozenset(
    """
    IntervalStyle archive_mode backslash_quote bytea_output client_min_messages compute_query_id
    constraint_exclusion debug_logical_replication_streaming debug_parallel_query default_toast_compression
    default_transaction_isolation dynamic_shared_memory_type file_copy_method file_extend_method force_parallel_mode
    huge_pages huge_pages_status icu_validation_level io_method log_error_verbosity log_min_error_statement
    log_min_messages log_statement password_encryption plan_cache_mode recovery_init_sync_method recovery_prefetch
    recovery_target_action session_replication_role shared_memory_type ssl_max_protocol_version
    ssl_min_protocol_version stats_fetch_consistency synchronous_commit syslog_facility trace_recovery_messages
    track_functions transaction_isolation wal_compression wal_level wal_sync_method xmlbinary xmloption
    """.split()
)

IDENTITY = frozenset(
    """
    archive_cleanup_command archive_command bonjour_name cluster_name config_file data_directory data_directory_mode
    event_source external_pid_file hba_file ident_file krb_server_keyfile listen_addresses log_directory log_file_mode
    log_filename port primary_conninfo primary_slot_name promote_trigger_file recovery_end_command recovery_target_lsn
    recovery_target_name recovery_target_time recovery_target_xid restore_command ssl_ca_file ssl_cert_file ssl_crl_dir
    ssl_crl_file ssl_dh_params_file ssl_key_file stats_temp_directory syslog_facility syslog_ident
    synchronized_standby_slots synchronous_standby_names unix_socket_directories unix_socket_group
    unix_socket_permissions
    """.split()
)
"""Settings that say who a server is: names, addresses, folders."""

_WRITTEN = {name.lower(): name for name in ("DateStyle", "IntervalStyle", "TimeZone")}
_RENAMED = {"sort_mem": "work_mem", "vacuum_mem": "maintenance_work_mem", "ssl_ecdh_curve": "ssl_groups"}
_DURATIONS = frozenset(("ms", "s", "min"))
_FRACTIONS = frozenset(("vacuum_cost_delay", "autovacuum_vacuum_cost_delay"))
"""Times that need not be whole."""
_AMOUNT = Pattern(r"(-?[0-9.]+(?:e[+-]?[0-9]+)?)\s*(us|ms|s|min|h|d|B|kB|MB|GB|TB)")


def canonical(name: str) -> str:
    """Return a setting's name as `pg_settings` has it: names are read in any case."""
    name = name.lower()
    return _WRITTEN.get(name, _RENAMED.get(name, name))


def value(name: str, text: str) -> Value:
    """Return what a setting, by its canonical name, is set to.

    Amounts have their unit (`128MiB`, `30s`); 0 and negatives, which switch something off, are plain numbers.
    """
    if name in _SWITCHES:
        state = boolean.parse(text, numbers=True)
        return text if state is None else bool(state.canonical)
    if name in _MODES:
        state = boolean.parse(text, numbers=True)
        return text.lower() if state is None else "on" if state.canonical else "off"
    if name == "DateStyle":
        return text.upper()
    unit = UNITS.get(name, "")
    if unit in _DURATIONS:
        step = "us" if name in _FRACTIONS else unit
        return _spelled(duration.parse(text, unit), duration.parse(1, step), text, is_time=True)
    if unit:
        return _spelled(size.parse(text, "binary", unit), size.parse(1, "binary", unit), text, is_time=False)
    if found := _AMOUNT.fullmatch(text):  # of a module that is not known here
        is_time = found[2] in "us ms s min h d".split()
        meaning = duration.parse(text) if is_time else size.parse(text)
        return _spelled(meaning, None, text, is_time=is_time)
    amount = number.exact(text)
    if amount is None:
        return text
    return int(amount) if amount.denominator == 1 else float(amount)


def _spelled(meaning: Meaning | None, base: Meaning | None, text: str, *, is_time: bool) -> Value:
    """Return an amount with its unit, rounded to the base unit of its setting as the server does."""
    if meaning is None or meaning.magnitude is None:
        return text
    step = base.magnitude if base is not None and base.magnitude else Fraction(1, 1_000_000) if is_time else Fraction(1)
    count = round(meaning.magnitude / step)
    if count <= 0:
        return count
    return spell.duration(int(count * step * 1_000_000)) if is_time else spell.size(int(count * step))
