"""What may be private in evidence is named, once for each thing, and nothing that names nobody."""

from __future__ import annotations

import time

import pytest

from edgeenv.model.secret_names import looks_secret
from edgeenv.transfer.privacy import Exporter, private_data

NOBODY = Exporter()


def found(text, exporter=NOBODY):
    return [
        (finding.code, dict(finding.operands)["value"])
        for finding in private_data({"result.json": text.encode()}, (), exporter)
    ]


@pytest.mark.parametrize(
    ("text", "homes"),
    [
        ('"executable": "/home/maker/.venv/bin/python"', ["/home/maker"]),
        ('"working_directory": "/Users/Some One/bench"', ["/Users/Some"]),
        (r'"C:\\Users\\maker\\bench"', ["C:\\Users\\maker"]),
        (r"command: C:\Users\maker\python.exe", ["C:\\Users\\maker"]),
        ("a: /home/one/x\nb: /home/two/y\nc: /home/one/z", ["/home/one", "/home/two"]),
        ("a: /root/x\nb: /usr/home\nc: /homes/x", []),
        ("a: /home/", []),
    ],
)
def test_home_directories(text, homes):
    assert found(text) == [("home-path", home) for home in homes]


def test_the_home_of_the_user_is_found_wherever_it_is():
    exporter = Exporter(home="/data/people/maker/")
    assert found("a: /data/people/maker/bench", exporter) == [("home-path", "/data/people/maker")]
    assert found("a: /data/people/makers/bench", exporter) == []
    for home in ("/", "/root", ""):
        assert found("a: /root/bench", Exporter(home=home)) == []
    assert found("a: /home/maker/x", Exporter(home="/home/maker")) == [("home-path", "/home/maker")]


@pytest.mark.parametrize(
    ("text", "host_name", "names"),
    [
        ("target_name: jetson-7", "jetson-7", ["jetson-7"]),
        ("target_name: JETSON-7", "jetson-7.example.org", ["jetson-7"]),
        ("a: jetson-7.example.org", "jetson-7.example.org", ["jetson-7.example.org"]),
        ("a: jetson-77", "jetson-7", []),
        ("a: old-jetson-7", "jetson-7", []),
        ("a: localhost", "localhost", []),
        ("a: pi", "pi", []),
        ("a: http://models.lan/x and box.local", "", ["box.local", "models.lan"]),
        ("a: /home/x/.local/bin", "", []),
        ("a: 1.localised", "", []),
    ],
)
def test_host_names(text, host_name, names):
    hosts = [value for code, value in found(text, Exporter(host_name=host_name)) if code == "host-name"]
    assert hosts == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("extra_env:\n  HUB_TOKEN: x", ["HUB_TOKEN"]),
        ("extra_env: {'HUB_TOKEN': x, A: b}", ["HUB_TOKEN"]),
        ('"extra_env": {"API_KEY": "x"}', ["API_KEY"]),
        ("command: env DB_PASSWORD=x python bench.py", ["DB_PASSWORD"]),
        ("extra_env:\n  MAX_TOKENS: '7'", []),
        ("a: the HUB_TOKEN is not here", []),
    ],
)
def test_variables_with_secret_names(text, names):
    assert found(text) == [("secret-name", name) for name in names]


def test_each_thing_is_told_once_with_its_files_and_logs_come_last():
    documents = {"config.yaml": b"A_KEY: x", "result.json": b'"A_KEY": "x", "/home/maker"', "env.json": b"{}"}
    findings = private_data(documents, ("stdout.log", "sampler/x.log"), NOBODY)
    assert [(finding.code, finding.operands) for finding in findings] == [
        ("home-path", (("value", "/home/maker"), ("file", "result.json"))),
        ("secret-name", (("value", "A_KEY"), ("file", "config.yaml"), ("file", "result.json"))),
        ("logs", (("value", ""), ("file", "stdout.log"), ("file", "sampler/x.log"))),
    ]
    assert findings[1].text == "the value of A_KEY, whose name looks secret (config.yaml, result.json)"


def test_hostile_documents_cost_little():
    exporter = Exporter("/data/maker", "jetson-7")
    many = " ".join(f"/home/user{number}" for number in range(10_000)).encode()
    started = time.monotonic()
    for content in (
        b"A" * (4 << 20),
        b" " * (4 << 20),
        b"A : " * (1 << 20),
        b"a.local" * (1 << 19),
        b"\xff" * 99,
        many,
    ):
        assert len(private_data({"result.json": content}, (), exporter)) <= 50
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "name",
    [
        *(
            "KEY",
            "API_KEY",
            "APIKEY",
            "AWS_ACCESS_KEY_ID",
            "TOKEN",
            "HF_TOKEN",
            "GHTOKEN",
            "MY_SECRET",
            "SECRETS",
        ),
        *("PASSWORD", "DBPASSWORD", "SMTP_PASSWD", "KEY_PASSPHRASE", "CREDENTIALS", "SSH_PRIVATE_KEY"),
    ],
)
def test_names_that_look_secret(name):
    assert looks_secret(name)


@pytest.mark.parametrize(
    "name",
    ["MAX_TOKENS", "TOKENIZER", "MONKEY", "KEYBOARD", "SECRETARY", "PATH", "OMP_NUM_THREADS", "KEYS_PER_S"],
)
def test_names_that_do_not(name):
    assert not looks_secret(name)
