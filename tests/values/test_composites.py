"""Values made of parts: URLs, addresses, images, lists, JVM options and JSON are taken apart, secrets masked."""

from __future__ import annotations

import json as standard_json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.model import Value
from driftcheck.values import Meaning, host, image, json, jvm, listing, options, url


def known(meaning: Meaning | None) -> Meaning:
    assert meaning is not None
    return meaning


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("redis://host/1", "redis://host:6379/1"),
        ("redis://host", "redis://host/0"),
        ("HTTP://Example.COM", "http://example.com:80/"),
        ("https://h/api/", "https://h:443/api"),
        ("https://h/a?x=1&y=2", "https://h/a?y=2&x=1"),
        ("https://h/%7Ea?q=%2f", "https://h/~a?q=%2F"),
        ("postgresql://h/db", "postgresql://h:5432/db"),
        ("postgresql://u:[secret]@h/db", "postgresql://u:[secret]@h:5432/db/"),
        ("postgresql://h/db", "host=h port=5432 dbname=db"),
        ("amqp://h/v", "amqp://h:5672/v"),
        ("mongodb://b:27017,a/db", "mongodb://a,b/db"),
        ("jdbc:mysql://h/db?a=1&b=2", "jdbc:mysql://h:3306/db?b=2&a=1"),
        ("jdbc:sqlserver://h;databaseName=x", "jdbc:sqlserver://h:1433;databaseName=x"),
        ("jdbc:oracle:thin:@//h:1521/s", "jdbc:oracle:thin:@H/s"),
        ("user@tcp(h:3306)/db", "mysql://user@h/db"),
        ("Server=H;Database=d", "database=d; server=h;"),
    ],
)
def test_one_place_has_many_spellings(one: str, other: str) -> None:
    assert known(url.parse(one)).canonical == known(url.parse(other)).canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://h", "https://h"),
        ("http://h/A", "http://h/a"),
        ("http://h:8080", "http://h"),
        ("redis://h/1", "redis://h/2"),
        ("postgresql://h/db?sslmode=require", "postgresql://h/db"),
        ("postgresql://u:one@h/db", "postgresql://u:two@h/db"),
        ("jdbc:mysql://a,b/db", "jdbc:mysql://b,a/db"),
        ("http://h/a%2Fb", "http://h/a/b"),
    ],
)
def test_another_place_stays_another(one: str, other: str) -> None:
    assert known(url.parse(one)).canonical != known(url.parse(other)).canonical


@pytest.mark.parametrize(
    ("text", "shown", "parts"),
    [
        (
            "postgres://app:hunter2@DB.prod/o?sslmode=require&password=hunter2",
            "postgres://app:[secret]@db.prod/o?password=[secret]&sslmode=require",
            "scheme=postgres user=app host=db.prod port=5432 database=o param.password=[secret] param.sslmode=require",
        ),
        (
            "postgres://app:hun/ter2@h/db",
            "postgres://app:[secret]@h/db",
            "scheme=postgres user=app host=h port=5432 database=db",
        ),
        (
            "postgres://app:12/ter2@h/db",
            "postgres://app:[secret]@h/db",
            "scheme=postgres user=app host=h port=5432 database=db",
        ),
        (
            "http://app:hun#ter2?@h/x",
            "http://app:[secret]@h/x",
            "scheme=http user=app host=h port=80 path=/x",
        ),
        (
            "https://hunter2@github.com/o/r",
            "https://:[secret]@github.com/o/r",
            "scheme=https host=github.com port=443 path=/o/r",
        ),
        (
            "jdbc:postgresql://h1,h2:5433/db?user=a&password=hunter2",
            "jdbc:postgresql://h1,h2:5433/db?password=[secret]&user=a",
            "scheme=jdbc:postgresql host=h1,h2 port=5432,5433 database=db param.password=[secret] param.user=a",
        ),
        (
            "jdbc:oracle:thin:scott/hunter2@h:1521:SID",
            "jdbc:oracle:thin://scott:[secret]@h/SID",
            "scheme=jdbc:oracle:thin user=scott host=h port=1521 database=SID",
        ),
        (
            "jdbc:h2:mem:test;MODE=PostgreSQL",
            "jdbc:h2:mem:test?MODE=PostgreSQL",
            "scheme=jdbc:h2 path=mem:test param.MODE=PostgreSQL",
        ),
        (
            "host='db' user=app password='hunter2 x' dbname=orders",
            "postgresql://app:[secret]@db/orders",
            "scheme=postgresql user=app host=db port=5432 database=orders",
        ),
        (
            "Server=tcp:h,1433;Initial Catalog=orders;User Id=app;Password=hunter2;Encrypt=True",
            "app:[secret]@h:1433/orders?encrypt=True",
            "user=app host=h port=1433 database=orders param.encrypt=True",
        ),
        (
            "app:hunter2@tcp(h:3306)/orders?parseTime=true",
            "mysql://app:[secret]@h/orders?parseTime=true",
            "scheme=mysql user=app host=h port=3306 database=orders param.parseTime=true",
        ),
        (
            "mongodb+srv://app:hunter2@cluster.example.net/db",
            "mongodb+srv://app:[secret]@cluster.example.net/db",
            "scheme=mongodb+srv user=app host=cluster.example.net database=db",
        ),
        ("http://[::1]:8080/#/home", "http://[::1]:8080#/home", "scheme=http host=[::1] port=8080 fragment=/home"),
        (
            "git::https://example.com/m.git//vpc?ref=v1.2",
            "git::https://example.com/m.git//vpc?ref=v1.2",
            "scheme=git::https host=example.com port=443 path=/m.git//vpc param.ref=v1.2",
        ),
        ("sqlite:///data.db", "sqlite:///data.db", "scheme=sqlite path=/data.db"),
        ("http://${Host}:${PORT}/x", "http://${Host}:${PORT}/x", "scheme=http host=${Host} port=${PORT} path=/x"),
    ],
)
def test_a_url_falls_into_parts_and_its_secrets_are_masked(text: str, shown: str, parts: str) -> None:
    meaning = url.parse(text)
    assert meaning is not None
    assert meaning.shown == shown
    assert dict(meaning.parts) == dict(part.split("=", 1) for part in parts.split())
    assert "ter2" not in repr(meaning)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "db:5432",
        "hello world",
        "see http://h for more",
        "http://",
        "http://h:port/",
        "a=b",
        "a=b c=d",
        "a=b;c=d",
        "x(y)",
        "jdbc:",
        5,
    ],
)
def test_what_is_no_url_is_left_alone(text: Any) -> None:
    assert url.parse(text) is None


URLS = st.builds(
    "{}://{}{}{}{}".format,
    st.sampled_from(["http", "HTTPS", "redis", "postgres", "mongodb", "amqp", "jdbc:mysql", "foo"]),
    st.sampled_from(["", "u@", "u%7E:[secret]@"]),
    st.sampled_from(["h", "H:80", "h:6379", "b,a:27017", "[::1]:5432"]),
    st.text("/aB%2fE7~.", max_size=6).map(lambda path: f"/{path}" if path else ""),
    st.lists(st.text("ab=%20", max_size=4), max_size=3).map(lambda query: "?" + "&".join(query) if query else ""),
)


@given(URLS)
def test_normalising_a_url_twice_changes_nothing(text: str) -> None:
    once = url.parse(text)
    assert once is not None
    twice = url.parse(once.shown)
    assert twice is not None
    assert (twice.shown, dict(twice.parts)) == (once.shown, dict(once.parts))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("DB.prod:5432", "db.prod:5432"),
        ("10.0.0.1", "10.0.0.1"),
        ("[::1]:80", "[::1]:80"),
        ("fe80::1", "[fe80::1]"),
        ("k1:9092, k2:9092", "k1:9092,k2:9092"),
        ("db.example.", "db.example"),
    ],
)
def test_an_address_is_host_and_port(text: str, shown: str) -> None:
    meaning = host.parse(text)
    assert meaning is not None
    assert meaning.shown == shown


def test_the_order_of_brokers_means_nothing_and_the_default_port_is_filled_in() -> None:
    one = known(host.parse("k1:9092,k2", "9092"))
    assert one.canonical == known(host.parse("k2:9092,k1:9092")).canonical
    assert dict(one.parts) == {"host": "k1,k2", "port": "9092"}


@pytest.mark.parametrize("text", ["", "two words", "http://h", "h:port", "a,,b", "${HOST}", "-"])
def test_what_is_no_address_is_left_alone(text: str) -> None:
    assert host.parse(text) is None


DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("nginx", "docker.io/library/nginx:latest"),
        ("bitnami/redis:7.2", "index.docker.io/bitnami/redis:7.2"),
        (f"quay.io/a/b:1@{DIGEST}", f"quay.io/a/b@{DIGEST}"),
    ],
)
def test_one_image_has_many_names(one: str, other: str) -> None:
    assert known(image.parse(one)).canonical == known(image.parse(other)).canonical


@pytest.mark.parametrize(
    ("text", "shown", "parts"),
    [
        ("nginx:1.27", "nginx:1.27", {"registry": "docker.io", "repository": "library/nginx", "tag": "1.27"}),
        ("localhost:5000/x:1", "localhost:5000/x:1", {"registry": "localhost:5000", "repository": "x", "tag": "1"}),
        (
            f"ghcr.io/o/app-x:v1@{DIGEST}",
            "ghcr.io/o/app-x:v1@sha256:0123456789ab",
            {"registry": "ghcr.io", "repository": "o/app-x", "tag": "v1", "digest": DIGEST},
        ),
    ],
)
def test_an_image_falls_into_parts(text: str, shown: str, parts: dict[str, str]) -> None:
    meaning = image.parse(text)
    assert meaning is not None
    assert (meaning.shown, dict(meaning.parts)) == (shown, parts)


@pytest.mark.parametrize("text", ["", "two words", "Upper/Case", "a//b", "a:", "a:b:c", "-a", "a@sha256:12", 5, None])
def test_what_is_no_image_is_left_alone(text: Any) -> None:
    assert image.parse(text) is None


@pytest.mark.parametrize(
    ("value", "members"),
    [
        ("a,b,c", ("a", "b", "c")),
        ("a, b,", ("a", "b")),
        ("a;b", ("a", "b")),
        ("a\n  b\n", ("a", "b")),
        ("10.0.0.1 10.0.0.2", ("10.0.0.1", "10.0.0.2")),
        ("https://a.example https://b.example", ("https://a.example", "https://b.example")),
        ("kafka-1 kafka-2", ("kafka-1", "kafka-2")),
        ('["a", 1, true, null]', ("a", "1", "true", "null")),
        (("a", 1, False), ("a", "1", "false")),
        ((), ()),
    ],
)
def test_a_list_has_members(value: Value, members: tuple[str, ...]) -> None:
    assert listing.members(value) == members


@pytest.mark.parametrize(
    "value",
    [
        "",
        "a",
        ",",
        "Hello, dear world",
        "no list here",
        "0,30 * * * *",
        "45 6 * * *",
        "2024-01-01 12:00:00",
        "30 s",
        "memory: 4Gi",
        "ENC[AES,data:x]",
        "f(a, b)",
        '{"a": 1, "b": 2}',
        '[{"a": 1}]',
        "[a",
        None,
        5,
    ],
)
def test_what_is_no_list_has_none(value: Value) -> None:
    assert listing.members(value) is None


def test_the_order_of_a_list_counts_only_where_it_is_told_to() -> None:
    one = known(listing.parse("a,b"))
    assert one.canonical == known(listing.parse("b, a")).canonical
    assert one.canonical != known(listing.parse("a,b,b")).canonical
    first, second = listing.parse("a,b", ordered=True), listing.parse("b,a", ordered=True)
    assert known(first).canonical != known(second).canonical


def test_differences_of_lists_are_named() -> None:
    assert listing.compare(["a", "b", "c", "c"], ["d", "c", "b"]) == (("a",), ("d",), ("c",), (), False)
    assert listing.compare(["a", "b"], ["b", "a"]) == ((), (), (), (), True)
    assert listing.compare(["a"], ["a"]) == ((), (), (), (), False)


@given(st.lists(st.sampled_from("abcd")), st.lists(st.sampled_from("abcd")))
def test_comparing_lists_mirrors_and_is_silent_only_about_equal_ones(a: list[str], b: list[str]) -> None:
    forth, back = listing.compare(a, b), listing.compare(b, a)
    assert (forth.only_a, forth.duplicated_a) == (back.only_b, back.duplicated_b)
    assert (not any(forth)) == (a == b or (not any(forth[:4]) and sorted(a) == sorted(b) and not forth.reordered))
    assert forth.reordered == (sorted(a) == sorted(b) and a != b)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("-Xmx2g -Xms1g", "-Xms1024m -Xmx2048m"),
        ("-Xmx2g", "-XX:MaxHeapSize=2147483648"),
        ("-Xmx1g -Xmx2g", "-Xmx2g"),
        ("-XX:MaxRAMPercentage=75", "-XX:MaxRAMPercentage=75.0"),
        ("-XX:+UseG1GC -Da=1", '-Da="1" -XX:+UseG1GC'),
        ("--add-opens java.base/a=ALL", "--add-opens=java.base/a=ALL"),
    ],
)
def test_one_jvm_has_many_option_strings(one: str, other: str) -> None:
    assert known(jvm.parse(one)).canonical == known(jvm.parse(other)).canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [("-Xmx2g", "-Xmx3g"), ("-Dv=1.10", "-Dv=1.1"), ("-XX:+UseZGC", "-XX:+UseG1GC"), ("-Da.token=x", "-Da.token=y")],
)
def test_another_option_is_another_jvm(one: str, other: str) -> None:
    assert known(jvm.parse(one)).canonical != known(jvm.parse(other)).canonical


def test_jvm_options_fall_into_parts() -> None:
    meaning = jvm.parse(
        "java -server -Xmx2g -Xss512k -XX:+UseZGC -XX:-UseStringDeduplication -XX:MaxRAMPercentage=75.0"
        ' -Dapp.name="my app" -Djavax.net.ssl.trustStorePassword=hunter2 -javaagent:/opt/otel.jar=debug'
        " -agentlib:jdwp=transport=dt_socket,server=y --add-opens java.base/java.lang=ALL-UNNAMED -jar app.jar serve"
    )
    assert meaning is not None
    assert dict(meaning.parts) == {
        "server": "",
        "Xmx": "2g",
        "Xss": "512k",
        "gc": "ZGC",
        "UseStringDeduplication": "false",
        "MaxRAMPercentage": "75.0",
        "D.app.name": "my app",
        "D.javax.net.ssl.trustStorePassword": "[secret]",
        "javaagent.otel.jar": "debug",
        "agentlib.jdwp": "transport=dt_socket,server=y",
        "add-opens.java.base/java.lang=ALL-UNNAMED": "",
        "jar": "app.jar",
        "args": "serve",
    }
    assert "hunter2" not in repr(meaning)


@pytest.mark.parametrize(
    "text", ["", "-", "hello", "--max-old-space-size=4096", "-x", "Xmx2g", "/usr/bin/python -Xmx2g", None]
)
def test_what_is_no_jvm_option_is_left_alone(text: str | None) -> None:
    assert jvm.parse(text) is None


def test_options_of_other_programs_fall_into_parts_too() -> None:
    meaning = options.parse("--max-old-space-size=4096 --require ./a.js --require=./b.js --no-warnings")
    assert meaning is not None
    assert dict(meaning.parts) == {"max-old-space-size": "4096", "require": "./a.js,./b.js", "no-warnings": ""}
    assert options.parse("-- not options") is None
    assert options.parse("-5") is None


@pytest.mark.parametrize(
    ("cpus", "mebibytes", "major", "collector"),
    [
        (Fraction(2), 1792, 17, "G1"),
        (Fraction(2), 1791, 17, "Serial"),
        (Fraction(1), 4096, 17, "Serial"),
        (Fraction(3, 2), 4096, 17, "G1"),  # 1.5 CPU are two processors to a JVM
        (Fraction(2), 4096, 8, "Parallel"),
        (Fraction(1), 512, 27, "G1"),
        (Fraction(4), 4096, None, "G1"),
        (None, 1024, 17, "Serial"),
        (None, 4096, 17, None),
        (Fraction(4), None, 17, None),
        (None, None, 27, "G1"),
    ],
)
def test_hotspot_picks_its_collector_by_the_limits(
    cpus: Fraction | None, mebibytes: int | None, major: int | None, collector: str | None
) -> None:
    memory = None if mebibytes is None else mebibytes * 1024**2
    assert jvm.default_collector(cpus, memory, major) == collector


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text("ab.", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab.", max_size=2), inner, max_size=3),
    max_leaves=8,
)


def read(tree: object, **style: Any) -> Meaning:
    meaning = json.parse(standard_json.dumps(tree, **style))
    assert meaning is not None
    return meaning


@given(st.lists(JSON) | st.dictionaries(st.text("ab"), JSON), st.lists(JSON) | st.dictionaries(st.text("ab"), JSON))
def test_json_means_its_tree(one: object, other: object) -> None:
    assert read(one).canonical == read(one, indent=2, sort_keys=True).canonical
    same_text = standard_json.dumps(one, sort_keys=True) == standard_json.dumps(other, sort_keys=True)
    assert (read(one).canonical == read(other).canonical) == same_text


def test_json_falls_into_parts_with_its_secrets_masked() -> None:
    meaning = json.parse('{"limits": {"cpu": 1.50, "a.b": true}, "hosts": ["x", null], "password": "hunter2", "e": {}}')
    assert meaning is not None
    assert dict(meaning.parts) == {
        "limits.cpu": "1.50",
        'limits."a.b"': "true",
        "hosts[0]": "x",
        "hosts[1]": "null",
        "password": "[secret]",
    }
    assert meaning.shown == "JSON object of 4 fields"
    assert "hunter2" not in repr(meaning)


def test_one_is_not_true_and_one_is_one_point_zero() -> None:
    assert read([1]).canonical != read([True]).canonical
    assert read([1]).canonical == read([1.0]).canonical


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{a: 1}",
        "[NaN]",
        "5",
        '"x"',
        "[" * 100_000 + "]" * 100_000,
        "[" * 70 + "]" * 70,
        '["\\ud800"]',
        "{{ x }}",
    ],
)
def test_what_is_no_json_object_or_list_is_left_alone(text: str) -> None:
    assert json.parse(text) is None
