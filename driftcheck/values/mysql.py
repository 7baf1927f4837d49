"""System variables of MySQL and MariaDB: one name and one value for each, however a server or an option file spells it.

The units are those of the two reference manuals (https://dev.mysql.com/doc/refman/8.0/en/server-system-variables.html,
https://mariadb.com/docs/server/server-management/variables-and-modes/server-system-variables).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from driftcheck.model import Path, Value, quoted
from driftcheck.pattern import Pattern
from driftcheck.values import boolean, number, spell

_SIZES = frozenset(
    """
    aria_block_size aria_checkpoint_log_activity aria_log_file_size aria_max_sort_file_size aria_pagecache_buffer_size
    aria_sort_buffer_size binlog_cache_size binlog_file_cache_size binlog_row_event_max_size binlog_stmt_cache_size
    bulk_insert_buffer_size connection_memory_chunk_size connection_memory_limit global_connection_memory_limit
    group_concat_max_len histogram_generation_max_mem_size innodb_buffer_pool_chunk_size innodb_buffer_pool_size
    innodb_buffer_pool_size_auto_min innodb_buffer_pool_size_max innodb_ddl_buffer_size innodb_ft_cache_size
    innodb_ft_result_cache_limit innodb_ft_total_cache_size innodb_log_buffer_size innodb_log_file_size
    innodb_log_write_ahead_size innodb_max_undo_log_size innodb_online_alter_log_max_size innodb_page_size
    innodb_redo_log_capacity innodb_sort_buffer_size join_buffer_size join_buffer_space_limit key_buffer_size
    key_cache_block_size large_page_size log_tc_size max_allowed_packet max_binlog_cache_size max_binlog_size
    max_binlog_stmt_cache_size max_heap_table_size max_length_for_sort_data max_relay_log_size max_rowid_filter_size
    max_session_mem_used max_sort_length mrr_buffer_size myisam_block_size myisam_max_sort_file_size myisam_mmap_size
    myisam_sort_buffer_size mysqlx_max_allowed_packet net_buffer_length optimizer_trace_max_mem_size
    parser_max_mem_size preload_buffer_size query_alloc_block_size query_cache_limit query_cache_min_res_unit
    query_cache_size query_prealloc_size range_alloc_block_size range_optimizer_max_mem_size read_buffer_size
    read_rnd_buffer_size regexp_stack_limit relay_log_space_limit replica_max_allowed_packet
    replica_parallel_max_queued replica_pending_jobs_size_max rowid_merge_buff_size rpl_read_size
    select_into_buffer_size set_operations_buffer_size sort_buffer_size temptable_max_mmap temptable_max_ram
    thread_stack tmp_disk_table_size tmp_table_size transaction_alloc_block_size transaction_prealloc_size
    wsrep_max_ws_size
""".split()
)

_MICROSECONDS = {
    name: factor
    for factor, names in (
        (
            1,
            """
            aria_group_commit_interval binlog_commit_wait_usec binlog_group_commit_sync_delay
            binlog_max_flush_queue_time deadlock_timeout_long deadlock_timeout_short innodb_adaptive_max_sleep_delay
            innodb_max_purge_lag_delay innodb_thread_sleep_delay
""",
        ),
        (
            1000,
            """
            connection_control_max_connection_delay connection_control_min_connection_delay innodb_old_blocks_time
            innodb_replication_delay max_execution_time replica_checkpoint_period rpl_semi_sync_source_timeout
            select_into_disk_sync_delay thread_pool_prio_kickup_timer
""",
        ),
        (
            1_000_000,
            """
            aria_checkpoint_interval binlog_expire_logs_seconds connect_timeout delayed_insert_timeout flush_time
            idle_readonly_transaction_timeout idle_transaction_timeout idle_write_transaction_timeout
            information_schema_stats_expiry innodb_fatal_semaphore_wait_threshold innodb_flush_log_at_timeout
            innodb_lock_wait_timeout interactive_timeout lock_wait_timeout long_query_time max_statement_time
            mysqlx_connect_timeout mysqlx_interactive_timeout mysqlx_read_timeout mysqlx_wait_timeout
            mysqlx_write_timeout net_read_timeout net_write_timeout performance_schema_max_digest_sample_age
            progress_report_time replica_max_statement_time replica_net_timeout replica_transaction_retry_interval
            rpl_semi_sync_replica_kill_conn_timeout rpl_stop_replica_timeout slow_launch_time ssl_session_cache_timeout
            tcp_keepalive_interval tcp_keepalive_time thread_pool_idle_timeout wait_timeout
""",
        ),
        (86_400_000_000, "default_password_lifetime expire_logs_days password_reuse_interval"),
    )
    for name in names.split()
}
"""How long one of what a variable counts is: microseconds, milliseconds, seconds, days."""

_SWITCHES = frozenset(
    """
    activate_all_roles_on_login allow_suspicious_udfs aria_encrypt_tables aria_page_checksum auto_generate_certs
    autocommit automatic_sp_privileges avoid_temporal_upgrade big_tables binlog_alter_two_phase
    binlog_annotate_row_events binlog_direct_non_transactional_updates binlog_encryption binlog_expire_logs_auto_purge
    binlog_gtid_simple_recovery binlog_optimize_thread_scheduling binlog_order_commits
    binlog_rotate_encryption_master_key_at_startup binlog_rows_query_log_events binlog_transaction_compression
    caching_sha2_password_auto_generate_rsa_keys check_constraint_checks check_proxy_users column_compression_zlib_wrap
    core_file create_admin_listener_thread default_table_encryption delay_key_write disconnect_on_expired_password
    encrypt_binlog encrypt_tmp_disk_tables encrypt_tmp_files end_markers_in_json enforce_gtid_consistency
    event_scheduler explicit_defaults_for_timestamp flush foreign_key_checks general_log
    global_connection_memory_tracking gtid_ignore_duplicates gtid_strict_mode innodb_adaptive_flushing
    innodb_adaptive_hash_index innodb_alter_copy_bulk innodb_buffer_pool_dump_at_shutdown
    innodb_buffer_pool_in_core_file innodb_buffer_pool_load_at_startup innodb_checksums innodb_cmp_per_index_enabled
    innodb_deadlock_detect innodb_dedicated_server innodb_defragment innodb_disable_sort_file_cache innodb_doublewrite
    innodb_encrypt_log innodb_encrypt_tables innodb_encrypt_temporary_tables innodb_extend_and_initialize
    innodb_file_format_check innodb_file_per_table innodb_flush_sync innodb_force_load_corrupted
    innodb_force_primary_key innodb_ft_enable_stopword innodb_large_prefix innodb_locks_unsafe_for_binlog
    innodb_log_checksums innodb_log_compressed_pages innodb_log_file_buffering innodb_log_writer_threads
    innodb_numa_interleave innodb_optimize_fulltext_only innodb_print_all_deadlocks innodb_print_ddl_logs
    innodb_random_read_ahead innodb_read_only innodb_redo_log_encrypt innodb_rollback_on_timeout
    innodb_snapshot_isolation innodb_stats_auto_recalc innodb_stats_include_delete_marked innodb_stats_on_metadata
    innodb_stats_persistent innodb_stats_traditional innodb_status_output innodb_status_output_locks innodb_strict_mode
    innodb_support_xa innodb_table_locks innodb_undo_log_encrypt innodb_undo_log_truncate innodb_use_atomic_writes
    innodb_use_fdatasync innodb_use_native_aio innodb_validate_tablespace_paths keep_files_on_create large_pages
    local_infile log_bin_compress log_bin_trust_function_creators log_bin_use_v1_row_events
    log_queries_not_using_indexes log_raw log_replica_updates log_slow_admin_statements log_slow_extra
    log_slow_replica_statements log_statements_unsafe_for_binlog log_syslog low_priority_updates myisam_use_mmap
    mysql56_temporal_format mysql_native_password_proxy_users new offline_mode old old_passwords partial_revokes
    password_require_current performance_schema persisted_globals_load print_identified_with_as_hex
    query_cache_strip_comments query_cache_type query_cache_wlock_invalidate read_only relay_log_purge
    relay_log_recovery replica_allow_batching replica_compressed_protocol replica_preserve_commit_order
    replica_sql_verify_checksum replicate_annotate_row_events require_secure_transport rpl_semi_sync_replica_enabled
    rpl_semi_sync_source_enabled rpl_semi_sync_source_wait_no_replica secure_auth select_into_disk_sync
    session_track_schema session_track_state_change sha256_password_auto_generate_rsa_keys sha256_password_proxy_users
    show_compatibility_56 show_old_temporals skip_external_locking skip_grant_tables skip_name_resolve skip_networking
    skip_replica_start skip_show_database slow_query_log source_verify_checksum sql_auto_is_null sql_big_selects
    sql_buffer_result sql_generate_invisible_primary_key sql_log_bin sql_log_off sql_notes sql_quote_show_create
    sql_require_primary_key sql_safe_updates sql_warnings ssl ssl_session_cache_mode standard_compliant_cte
    strict_password_validation super_read_only sync_frm table_encryption_privilege_check tcp_nodelay temptable_use_mmap
    thread_pool_dedicated_listener thread_pool_exact_stats transaction_read_only unique_checks userstat
    windowing_use_high_precision wsrep_auto_increment_control wsrep_certify_nonpk wsrep_convert_lock_to_trx
    wsrep_desync wsrep_dirty_reads wsrep_gtid_mode wsrep_log_conflicts wsrep_on wsrep_recover wsrep_restart_slave
    wsrep_slave_fk_checks wsrep_slave_uk_checks xa_detach_on_prepare
""".split()
)
"""What an option file may also switch by 1 and 0, or by its bare name; a server says ON and OFF of itself."""

_FLAGS = frozenset(("optimizer_switch", "optimizer_trace", "optimizer_trace_features"))
"""Several switches under one name: `mrr=on,mrr_cost_based=off`. An option file changes only those that it names."""

_SETS = frozenset(
    """
    admin_tls_ciphersuites admin_tls_version aria_recover_options disabled_storage_engines log_disabled_statements
    log_output log_slow_disabled_statements log_slow_filter log_slow_verbosity myisam_recover_options note_verbosity
    old_mode optimizer_adjust_secondary_key_costs protocol_compression_algorithms replica_transaction_retry_errors
    replica_type_conversions session_track_system_variables sql_mode tls_ciphersuites tls_version
""".split()
)
"""Lists whose order means nothing."""

_UPPER = frozenset(
    """
    binlog_checksum binlog_format binlog_row_image binlog_row_metadata completion_type concurrent_insert gtid_mode
    innodb_flush_method log_output old_mode replica_exec_mode replica_parallel_type sql_mode transaction_isolation
""".split()
)
_LOWER = frozenset(
    """
    character_set_client character_set_connection character_set_database character_set_filesystem character_set_results
    character_set_server character_set_system collation_connection collation_database collation_server
    default_storage_engine default_tmp_storage_engine innodb_change_buffering innodb_checksum_algorithm
    innodb_default_row_format
""".split()
)
"""Words that both products take in any case."""

_NUMBERED = {
    "completion_type": ("NO_CHAIN", "CHAIN", "RELEASE"),
    "concurrent_insert": ("NEVER", "AUTO", "ALWAYS"),
}
"""Words that may be set by their number."""

_CANONICAL = {
    "character_set": "character_set_server",
    "default_character_set": "character_set_server",
    "default_collation": "collation_server",
    "default_time_zone": "time_zone",
    "log_slow_min_examined_row_limit": "min_examined_row_limit",
    "log_slow_query": "slow_query_log",
    "log_slow_query_file": "slow_query_log_file",
    "log_slow_query_time": "long_query_time",
    "master_verify_checksum": "source_verify_checksum",
    "max_insert_delayed_threads": "max_delayed_threads",
    "slave_parallel_threads": "replica_parallel_workers",
    "storage_engine": "default_storage_engine",
    "sync_master_info": "sync_source_info",
    "tmp_memory_table_size": "tmp_table_size",
    "tx_isolation": "transaction_isolation",
    "tx_read_only": "transaction_read_only",
}
"""Of two names for one variable the one that the newest MySQL has."""

_OF_OTHERS = "PIPES_AS_CONCAT ANSI_QUOTES IGNORE_SPACE NO_KEY_OPTIONS NO_TABLE_OPTIONS NO_FIELD_OPTIONS"
_MODES = {
    alias: frozenset(modes.split())
    for alias, modes in {
        "ANSI": "REAL_AS_FLOAT PIPES_AS_CONCAT ANSI_QUOTES IGNORE_SPACE",
        "DB2": _OF_OTHERS,
        "MSSQL": _OF_OTHERS,
        "POSTGRESQL": _OF_OTHERS,
        "MAXDB": f"{_OF_OTHERS} NO_AUTO_CREATE_USER",
        "ORACLE": f"{_OF_OTHERS} NO_AUTO_CREATE_USER",
        "MYSQL323": "HIGH_NOT_PRECEDENCE",
        "MYSQL40": "HIGH_NOT_PRECEDENCE",
        "TRADITIONAL": """
            STRICT_TRANS_TABLES STRICT_ALL_TABLES NO_ZERO_IN_DATE NO_ZERO_DATE ERROR_FOR_DIVISION_BY_ZERO
            NO_ENGINE_SUBSTITUTION
""",
    }.items()
}
"""What a server adds to a mode that stands for several: MySQL 5.7 and 8.0 and MariaDB 10.11 were asked."""

_MODES_OF_SOME = {
    "ANSI": "ONLY_FULL_GROUP_BY",
    "ORACLE": "SIMULTANEOUS_ASSIGNMENT",
    "TRADITIONAL": "NO_AUTO_CREATE_USER",
}
"""What only some of them add: MySQL, MariaDB, and all but MySQL 8.0."""

_SUFFIXED = Pattern(r"(-?[0-9]+)([KMGTPEkmgtpe])")
_SLAVE = Pattern(r"(?:^|_)slave(?:_|$)")
_ENDLESS = 1 << 62
"""From here on a size is the largest that the server's integer holds: nobody set it."""


def canonical(name: str) -> str:
    """Return the one name of a variable: `tx-isolation` is `transaction_isolation`, `slave_x` is `replica_x`."""
    name = name.strip().lower().replace("-", "_").removeprefix("loose_")
    if name in _CANONICAL:
        return _CANONICAL[name]
    if _SLAVE.search(name) and not name.startswith(("gtid_", "wsrep_")):
        name = name.replace("slave", "replica")
    return name.replace("semi_sync_master", "semi_sync_source")


def option(name: str, raw: str | None) -> tuple[str, str]:
    """Return what an option of an option file sets: the variable's canonical name, and its value as text.

    `skip_x`, `disable_x` and `enable_x` switch `x`; an option without a value switches itself on.
    """
    name = name.strip().lower().replace("-", "_").removeprefix("loose_")
    for prefix, state in (("skip_", "OFF"), ("disable_", "OFF"), ("enable_", "ON")):
        switched = canonical(name.removeprefix(prefix))
        if name.startswith(prefix) and canonical(name) not in _SWITCHES:
            return switched, state
    name = canonical(name)
    if name == "log_bin":
        return name, "ON"  # whatever it says is a file's name
    return name, "ON" if raw is None else raw


def settings(name: str, raw: str) -> Iterator[tuple[Path, Value]]:
    """Yield the keys of a variable, by its canonical name, and their values: one, or one for each flag in it."""
    if name not in _FLAGS:
        yield (name,), value(name, raw)
        return
    for flag in raw.split(","):
        word, _, state = flag.strip().partition("=")
        if word:
            yield (name, quoted(word.lower())), _state(state)


def value(name: str, raw: str) -> Value:
    """Return what a variable, by its canonical name, is set to.

    Amounts have their unit (`1GiB`, `8h`), but 0, -1 and other negatives, which mean something else, are plain numbers;
    a size that nobody limited is "unlimited". Switches are bool, lists sorted tuples.
    """
    text = raw.strip()
    if name in _SETS:
        text = text.upper() if name in _UPPER else text
        members = {member for part in text.split(",") if (member := part.strip())}
        if name == "sql_mode":
            members = members.union(*(_MODES.get(member, ()) for member in members))
        return tuple(sorted(members))
    if name in _NUMBERED and text.isdigit() and int(text) < len(_NUMBERED[name]):
        return _NUMBERED[name][int(text)]
    if name in _SWITCHES and text in ("0", "1"):
        return text == "1"
    amount = _amount(text)
    if amount is not None:
        return _with_unit(name, amount)
    if name in _UPPER and text.upper() not in ("ON", "OFF"):
        return text.upper()
    if name in _LOWER:
        return _character_set(text.lower())
    return _state(text)


def runs_as_declared(name: str, declared: Value, running: Value, origin: str) -> bool:
    """Return whether a server says of a declared value that it runs; `origin` is that of the running value."""
    if name == "time_zone" and declared == "SYSTEM":
        return origin.startswith("SYSTEM")
    if name == "sql_mode" and isinstance(declared, tuple) and isinstance(running, tuple):
        added = {_MODES_OF_SOME.get(str(mode)) for mode in declared}
        return set(declared) <= set(running) <= {*declared, *added}
    return declared == running


def _state(text: str) -> Value:
    """Return a switch as a bool; other words, and lone letters, as they are."""
    state = boolean.parse(text) if len(text) > 1 else None
    return text if state is None else bool(state.canonical)


def _amount(text: str) -> Fraction | None:
    suffixed = _SUFFIXED.fullmatch(text)
    if suffixed:
        return Fraction(int(suffixed[1]) * 1024 ** ("KMGTPE".index(suffixed[2].upper()) + 1))
    return number.exact(text)


def _with_unit(name: str, amount: Fraction) -> Value:
    factor = _MICROSECONDS.get(name)
    if factor is not None and amount > 0 and (amount * factor).denominator == 1:
        return spell.duration(int(amount * factor))
    if amount.denominator != 1:
        return float(amount)
    if name == "innodb_autoextend_increment":
        return spell.size(int(amount) << 20)
    if name in _SIZES and amount > 0:
        return spell.size(int(amount)) if amount < _ENDLESS else "unlimited"
    return int(amount)


def _character_set(name: str) -> str:
    """Return the name of a character set or collation: `utf8` meant three bytes, and MySQL 8.0.24 began to say so."""
    if name == "utf8" or name.startswith("utf8_"):
        return "utf8mb3" + name.removeprefix("utf8")
    return name
