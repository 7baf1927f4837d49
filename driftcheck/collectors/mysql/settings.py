"""Version, settings and accounts as keys, and what is known of each setting: who set it, and what it only follows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from driftcheck import redact
from driftcheck.collectors.mysql.answer import Answer
from driftcheck.model import Noise, Note, Path, Value, quoted
from driftcheck.pattern import Pattern
from driftcheck.values import mysql

Found = tuple[Path, Value, Note]

ENGINE: Path = ("engine",)
_VERSION = Pattern(r"\d+(?:\.\d+)*")

COMPARED_ACROSS_PRODUCTS = frozenset(
    """
    autocommit binlog_format binlog_row_image character_set_server collation_server default_storage_engine
    event_scheduler explicit_defaults_for_timestamp foreign_key_checks group_concat_max_len innodb_buffer_pool_size
    innodb_default_row_format innodb_flush_log_at_trx_commit innodb_lock_wait_timeout innodb_rollback_on_timeout
    innodb_strict_mode interactive_timeout local_infile lock_wait_timeout log_bin lower_case_table_names
    max_allowed_packet max_connections max_heap_table_size max_user_connections net_read_timeout net_write_timeout
    read_only require_secure_transport sql_mode sync_binlog time_zone tls_version tmp_table_size transaction_isolation
    wait_timeout
    """.split()
)
"""What changes the behaviour of applications whichever of the two products runs. MySQL calls some of these COMPILED,
and MariaDB COMPILE-TIME, although a file sets them: that a default holds is believed of `tls_version` alone, whose
default goes with the release and whose origin both tell."""

_IDENTITY = Pattern(
    r"hostname|port|extra_port|admin_port|mysqlx_port|report_(?:host|port|user|password)|(?:mysqlx_|admin_)?bind_address"
    r"|admin_address|socket|mysqlx_socket|pid_file|datadir|basedir|tmpdir|.*_dir|.*_dirs|.*_directory|.*_dir_path"
    r"|.*_tmpdir|general_log_file|slow_query_log_file|log_error|log_bin_basename|log_bin_index"
    r"|relay_log(?:_basename|_index|_info_file)?|server_id|server_uuid|server_uid|init_file"
    r"|(?:admin_|mysqlx_)?ssl_(?:ca|cert|key|capath|crl|crlpath)|.*_key_path|secure_file_priv|master_info_file"
    r"|wsrep_(?:node_.*|cluster_address|sst_.*|start_position|provider)"
)
_STATE = Pattern(
    r"gtid_(?:executed|purged|owned|binlog_pos|binlog_state|current_pos|slave_pos)|timestamp|insert_id|last_insert_id"
    r"|last_gtid|rand_seed[12]|pseudo_.*|error_count|warning_count|identity|external_user|proxy_user|in_transaction"
    r"|innodb_buffer_pool_load_abort|.*_(?:now|force)"
)
_DERIVED = Pattern(
    r"back_log|host_cache_size|thread_cache_size|open_files_limit|table_open_cache|table_open_cache_instances"
    r"|table_definition_cache|thread_pool_size|log_tc_size|max_relay_log_size|performance_schema_.*"
    r"|innodb_log_file_buffering|innodb_open_files|innodb_buffer_pool_size_(?:auto_min|max)|innodb_buffer_pool_instances"
    r"|innodb_page_cleaners|innodb_purge_threads|innodb_parallel_read_threads|innodb_log_writer_threads"
    r"|temptable_max_ram|character_sets_dir|lower_case_file_system|large_page_size|system_time_zone|version|version_.*"
    r"|innodb_version|build_id|wsrep_patch_version|have_.*|license|protocol_version"
)
_FOLLOWS = {
    name: ("settings", f"{kind}_server")
    for kind, names in (
        ("character_set", "client connection results database"),
        ("collation", "connection database"),
    )
    for name in (f"{kind}_{word}" for word in names.split())
}

_FROM_DEFAULT = ("COMPILED", "COMPILE-TIME")
_ORIGINS = {
    "GLOBAL": "option file",
    "SERVER": "option file",
    "EXPLICIT": "option file",
    "EXTRA": "option file",
    "USER": "option file",
    "CONFIG": "option file",
    "COMMAND_LINE": "command line",
    "COMMAND-LINE": "command line",
    "ENVIRONMENT": "environment",
    "PERSISTED": "SET PERSIST",
    "DYNAMIC": "SET, until the next start",
    "SQL": "SET, until the next start",
}
_WINTER = {
    "CEST": "CET",
    "EEST": "EET",
    "WEST": "WET",
    "BST": "GMT",
    "EDT": "EST",
    "CDT": "CST",
    "MDT": "MST",
    "PDT": "PST",
    "AEDT": "AEST",
    "NZDT": "NZST",
}
"""A server keeps the abbreviation that held when it started: half the year of a zone has another."""

_OWN_ACCOUNTS = frozenset(("mysql.sys", "mysql.session", "mysql.infoschema", "mariadb.sys", "PUBLIC", ""))


def version(answer: Answer) -> Iterator[Found]:
    """Yield what product runs, in which version, by whose build."""
    [(banner, comment, _)] = answer.rows["server"]
    is_mariadb = "mariadb" in f"{banner} {comment}".lower()
    product = "MariaDB" if is_mariadb else "MySQL"
    builds = [
        name for name in ("Percona", "Aurora", "Azure", "Google") if name.lower() in f"{banner} {comment}".lower()
    ]
    number = _VERSION.match(banner)
    yield ENGINE, product, Note()
    yield ("version",), number[0] if number else banner, Note(Noise.FOLLOWS, follows=ENGINE)
    yield ("build",), builds[0] if builds else product, Note(Noise.FOLLOWS, follows=ENGINE)


def settings(answer: Answer) -> Iterator[Found]:
    """Yield what each variable is set to for everybody, by its canonical name; of two names for one the first."""
    rows = {row[0].lower(): row for row in answer.rows["setting"]}
    zone = rows.get("system_time_zone", ("", ""))[1]
    seen = set()
    for written, raw, *provenance in rows.values():
        name = mysql.canonical(written)
        if name in seen and name != written.lower():
            continue
        seen.add(name)
        source, path = (*provenance, "", "")[:2]
        note = _note(name, source, path)
        if name == "time_zone" and raw == "SYSTEM" and zone:
            raw, note = _WINTER.get(zone, zone), note._replace(origin="SYSTEM: the zone of the machine")
        is_secret = redact.sensitive_name(name) or name == "wsrep_sst_auth"
        for key, value in mysql.settings(name, raw):
            hidden = is_secret and isinstance(value, str) and value != ""
            yield ("settings", *key), redact.hide(value) if hidden else value, note


def _note(name: str, source: str, path: str) -> Note:
    """Return what is known of a setting; whatever is not compared across products follows from the product."""
    origin = path or _ORIGINS.get(source, "")
    if name in COMPARED_ACROSS_PRODUCTS:
        return Note(origin=origin, at_default=name == "tls_version" and source in _FROM_DEFAULT)
    if _IDENTITY.fullmatch(name):
        return Note(Noise.IDENTITY, origin)
    if _STATE.fullmatch(name):
        return Note(Noise.STATE, origin)
    if source == "AUTO" or _DERIVED.fullmatch(name):
        return Note(Noise.DERIVED, origin)
    return Note(Noise.FOLLOWS, origin, source in _FROM_DEFAULT, _FOLLOWS.get(name, ENGINE))


def roles(answer: Answer) -> Iterator[Found]:
    """Yield what accounts may do, by user: hosts differ between networks, and what holds for all of them counts."""
    accounts: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    for user, _, *facts in answer.rows["role"]:
        if user not in _OWN_ACCOUNTS:
            accounts[user].append(tuple(facts))
    note = Note(Noise.FOLLOWS, follows=ENGINE)
    for user, held in sorted(accounts.items()):
        plugins, limits, encryption, super_ = ([facts[n] for facts in held] for n in range(4))
        at = ("roles", quoted(user))
        yield (*at, "plugin"), _one_or_all(plugins), note
        yield (*at, "max_user_connections"), _one_or_all(map(int, limits)), Note()
        yield (*at, "requires"), _one_or_all({"ANY": "SSL"}.get(word, word) or "nothing" for word in encryption), Note()
        yield (*at, "super"), "Y" in super_, Note()


def _one_or_all(values: Iterable[Value]) -> Value:
    found = sorted(set(values), key=str)
    return found[0] if len(found) == 1 else tuple(found)
