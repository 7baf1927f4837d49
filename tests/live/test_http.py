"""What servers say over HTTP: values by path, known products, and the shape of a third party's payloads."""

from __future__ import annotations

import pytest
from rig.network import Answer

from driftcheck.collectors.http import PRESETS

CANARY = "sekret-canary-http"

SANDBOX = {
    "id": "ch_1",
    "amount": 1999,
    "customer": {"id": "cus_1", "email": "a@example.org", "token": "tok_1"},
    "refunds": [{"id": "re_1", "reason": "duplicate"}, {"id": "re_2", "reason": "fraud"}],
    "metadata": {"order": 7},
    "disputes": [],
    "discount": None,
}
LIVE = {
    "id": "ch_9",
    "amount": "19.99",
    "customer": {"id": "cus_9", "email": None, "token": "tok_9"},
    "refunds": [{"id": "re_8", "reason": "duplicate"}, {"id": "re_9"}, {"id": "re_10", "reason": None}],
    "metadata": {"order": 9},
    "disputes": [{"id": "dp_1"}],
    "discount": {"coupon": {"code": "X"}},
    "risk": {"score": 12, "rules": [{"name": "velocity"}]},
}
ANSWERS = {
    "elasticsearch": {"cluster_uuid": "u1", "version": {"number": "8.11.0", "lucene_version": "9.8.0"}},
    "opensearch": {"version": {"distribution": "opensearch", "number": "2.11.0", "lucene_version": "9.7.0"}},
    "rabbitmq": {"rabbitmq_version": "3.12.1", "product_name": "RabbitMQ", "erlang_version": "26.0"},
    "kafka-connect": {"version": "3.6.0", "commit": "60e845626d8a465a", "kafka_cluster_id": "k1"},
    "schema-registry": {"version": "7.5.0", "commitId": "a1b2"},
    "clickhouse": {"meta": [{"name": "version", "type": "String"}], "data": [{"version": "23.8.1.1"}], "rows": 1},
    "etcd": {"etcdserver": "3.5.9", "etcdcluster": "3.5.0"},
    "kubernetes": {"major": "1", "minor": "28", "gitVersion": "v1.28.3", "platform": "linux/amd64"},
    "vault": {"initialized": True, "sealed": False, "version": "1.15.2", "enterprise": False, "cluster_id": "v1"},
    "consul": {"Config": {"Version": "1.17.0", "NodeID": "n1"}},
    "prometheus": {"status": "success", "data": {"version": "2.48.0", "goVersion": "go1.21.4"}},
    "grafana": {"database": "ok", "version": "10.2.2", "commit": "161e3cac"},
    "envoy": {"version": "f95f5391b0b8683081ec786ea946026594955fc6/1.28.0/Clean/RELEASE/BoringSSL", "state": "LIVE"},
    "zookeeper": {"version": "3.8.3-6ad6d364c7c0bcf0de452d54ebefa3058098ab56, built on 2023-10-05 10:34 UTC"},
    "actuator-info": {"build": {"version": "1.4.2"}, "java": {"version": "17.0.9", "vendor": {"name": "Debian"}}},
}


@pytest.fixture
def two(http_server):
    """Return a function that serves one page for each environment, and gives its addresses."""

    def serve(staging, production, page="/"):
        return {
            environment: http_server({page: answer}).url + (page if page != "/" else "")
            for environment, answer in (("staging", staging), ("production", production))
        }

    return serve


def test_two_shapes_of_one_payload_differ_in_what_code_would_trip_over(check, two):
    done = check({"collector": "http", "url": two(SANDBOX, LIVE, "/v1/charges"), "shape": True})
    assert done.above_low == {
        "payload.amount.type": ("high", "payload.field"),
        "payload.risk.type": ("high", "payload.field"),
        "payload.refunds.*.reason.always": ("medium", "payload.optional"),
    }
    assert done.findings["payload.discount.type"] == ("low", "payload.field")
    assert done.findings["payload.disputes.type"] == ("low", "payload.field")
    assert done.findings["payload.risk.rules.*.name.type"] == ("info", "live.follows")
    assert done.findings["payload.customer.email.type"] == ("low", "payload.field")
    assert done.code == 1


def test_equal_shapes_with_other_values_are_clean(check, two):
    other = {**SANDBOX, "id": "ch_2", "amount": 1.5, "metadata": {"order": 8}, "refunds": SANDBOX["refunds"][:1]}
    done = check({"collector": "http", "url": two(SANDBOX, other), "shape": True})
    assert (done.code, done.findings) == (0, {})


def test_chosen_values_are_compared_under_their_own_names(check, two):
    answers = [
        {"build": {"version": version}, "pools": [{"name": "orders", "max": size}], "seen": size}
        for version, size in (("1.9.3", 10), ("2.4.0", 500))
    ]
    extract = {"version": "build.version", "db_pool_size": "pools[name=orders].max"}
    done = check({"collector": "http", "url": two(*answers), "extract": extract})
    assert done.findings == {"version": ("high", "version.release"), "db_pool_size": ("high", "pool.size")}


def test_everything_is_compared_where_nothing_is_chosen(check, two):
    done = check({"collector": "http", "url": two({"db": {"pool_size": 10}}, {"db": {"pool_size": 500}})})
    assert done.findings == {"db.pool_size": ("high", "pool.size")}


def test_a_path_that_leads_to_nothing_is_neither_equal_nor_missing(check, two):
    extract = {"version": "build.version", "name": "name"}
    answers = {"build": {"version": "1"}, "name": "orders"}, {"name": "orders"}
    done = check({"collector": "http", "url": two(*answers), "extract": extract})
    assert done.code == 3
    assert done.findings == {}
    assert list(done.failures) == ["production"]
    assert done.failures["production"].endswith("nothing is at the path of `version`")


@pytest.mark.parametrize("preset", PRESETS)
def test_a_known_product_tells_its_version(check, two, preset):
    page = PRESETS[preset].page
    servers = two(ANSWERS[preset], {"version": None}, page)
    base = {environment: url.removesuffix(page) for environment, url in servers.items()}
    done = check({"collector": "http", "url": base, "preset": preset})
    assert list(done.failures) == ["production"]
    assert done.failures["production"].endswith(": no version in the answer")


def test_another_version_of_a_product_and_another_product_are_found(check, two):
    done = check(
        {
            "collector": "http",
            "url": two(ANSWERS["elasticsearch"], ANSWERS["opensearch"]),
            "preset": "elasticsearch",
        }
    )
    assert done.above_low["version"] == ("high", "version.release")
    assert "engine" in done.findings


def test_a_server_is_not_compared_with_itself(check, http_server):
    url = http_server({"/": ANSWERS["elasticsearch"]}).url
    done = check({"collector": "http", "url": url, "preset": "elasticsearch"})
    assert done.code == 3
    assert "one and the same server" in done.failures["staging"]


def test_a_list_of_200000_items_has_one_shape(check, two):
    many = [{"id": n, "name": f"item {n}", "price": {"net": n / 7}} for n in range(200_000)]
    few = [{"id": 1, "name": "item", "price": {"net": "7.00"}}]
    done = check({"collector": "http", "url": two(few, many), "shape": True})
    assert done.above_low == {"payload.*.price.net.type": ("high", "payload.field")}


def test_credentials_leak_nowhere(check, http_server):
    secrets = {"ORDERS_KEY": f"{CANARY}-key", "ORDERS_TOKEN": f"{CANARY}-token", "ORDERS_QUERY": f"{CANARY}-query"}
    answer = {"echo": f"{CANARY}-key", "db": {"password": f"{CANARY}-password", "url": f"pg://u:{CANARY}-url@db/o"}}
    page = f"/x?api_key={CANARY}-query"
    ready = http_server({page: answer})
    broken = http_server({page: Answer(f"{CANARY}-page".encode(), 500, {"X-Secret": CANARY})})
    for other, code in ((http_server({page: {**answer, "echo": "other"}}), 1), (broken, 3)):
        done = check(
            {
                "collector": "http",
                "url": {
                    "staging": f"http://monitor@127.0.0.1:{ready.port}/x?api_key=${{ORDERS_QUERY}}",
                    "production": f"http://monitor@127.0.0.1:{other.port}/x?api_key=${{ORDERS_QUERY}}",
                },
                "headers": {"X-Api-Key": {"env": "ORDERS_KEY"}},
                "password": {"env": "ORDERS_TOKEN"},
            },
            secrets,
        )
        assert done.code == code
        assert CANARY not in done.printed
        assert other.requests[-1][1]["X-Api-Key"] == f"{CANARY}-key"


def test_a_bare_token_is_sent_as_a_bearer(check, http_server):
    servers = {name: http_server({"/": {}}) for name in ("staging", "production")}
    headers = {"Authorization": {"env": "ORDERS_TOKEN"}, "X-Tenant": "shop"}
    urls = {name: server.url for name, server in servers.items()}
    assert check({"collector": "http", "url": urls, "headers": headers}, {"ORDERS_TOKEN": CANARY}).code == 0
    sent = servers["production"].requests[0][1]
    assert (sent["Authorization"], sent["X-Tenant"]) == (f"Bearer {CANARY}", "shop")


def test_what_cannot_be_is_said_before_anything_is_asked(check, http_server):
    server = http_server({"/": {}})
    source = {"collector": "http", "url": server.url}
    for options, complaint in (
        ({"headers": {"Authorization": f"Bearer {CANARY}"}}, "must say where the secret is kept"),
        ({"headers": {"X-Api-Key": CANARY}}, "must say where the secret is kept"),
        ({"url": f"http://u:{CANARY}@127.0.0.1/"}, "has a password in it"),
        ({"password": {"env": "HOME"}}, "the address names no user"),
        ({"preset": "elastic"}, "did you mean `elasticsearch`?"),
        ({"preset": "vault", "shape": True}, "`preset` and `shape` exclude each other"),
        ({"extract": {"version": "a..b"}}, "is no path"),
    ):
        done = check(source | options)
        assert done.code in (2, 3), options
        assert complaint in done.printed
        assert CANARY not in done.printed


def test_what_a_server_does_wrong_is_told_within_the_deadline(check, http_server, silent_server, closed_port):
    page = http_server({"/": Answer(b"<html>login", headers={"Content-Type": "text/html"})}).url
    for address, reason in (
        (page, "is text/html, not JSON"),
        (f"{page}/none", "it answered with status 404"),
        (f"http://127.0.0.1:{silent_server()}", "no answer within 1 s"),
        (f"http://127.0.0.1:{closed_port()}", "connection refused"),
    ):
        url = {"staging": http_server({"/": {"a": 1}}).url, "production": address}
        done = check({"collector": "http", "url": url, "timeout": "1s"})
        assert (done.code, done.findings) == (3, {})
        assert reason in done.failures["production"]
