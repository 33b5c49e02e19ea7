"""The stack of containers: complete, pinned, watched, bounded, and closed to the outside."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.settings import settings_by_name

ROOT = Path(__file__).resolve().parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
EXAMPLE = (ROOT / "deploy" / "compose.env.example").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
RUN_ONCE = {"migrate", "reporting"}
OURS = {"web", "worker", "migrate"}
PINNED = re.compile(r"[:-]v?\d+\.\d+(\.\d+)?(-[a-z]+)*$")

# What the images of others read, as their documentation says.
OF_IMAGES = {
    "postgres": {
        "POSTGRES_USER",
        "POSTGRES_PASSWORD",
        "POSTGRES_INITDB_ARGS",
        # read by deploy/postgres/10-roles.sh
        "LEADLINE_DATABASE_PASSWORD",
        "GRAFANA_READER_PASSWORD",
        "POSTGRES_MONITOR_PASSWORD",
    },
    "reporting": {"PGHOST", "PGUSER", "PGDATABASE", "PGPASSWORD"},
    "waha": {
        "WAHA_API_KEY",
        "WAHA_BASE_URL",
        "WAHA_WORKER_ID",
        "WAHA_PRINT_QR",
        "WAHA_HTTP_LOG_LEVEL",
        "WHATSAPP_DEFAULT_ENGINE",
        "WAHA_DASHBOARD_ENABLED",
        "WHATSAPP_SWAGGER_ENABLED",
    },
    "postgres-exporter": {"DATA_SOURCE_URI", "DATA_SOURCE_USER", "DATA_SOURCE_PASS"},
}


# How each image can be asked, as its sources say: a program that it has, and what is answered without a password. The
# image of the collector is bare; its program is put there by the lines that build it.
ASKED = {
    "leadline": ("python", {"/readyz", "/metrics", "/healthz"}),
    "postgres": ("pg_isready", set[str]()),
    "redis": ("redis-cli", set[str]()),
    "devlikeapro/waha": ("node", {"/ping"}),
    "prom/prometheus": ("wget", {"/-/ready", "/-/healthy"}),
    "prom/alertmanager": ("wget", {"/-/ready", "/-/healthy"}),
    "prom/blackbox-exporter": ("wget", {"/-/healthy"}),
    "quay.io/prometheuscommunity/postgres-exporter": ("wget", {"/", "/metrics"}),
    "grafana/grafana": ("wget", {"/api/health"}),
    "grafana/tempo": ("/busybox/wget", {"/ready"}),
    "leadline-otel-collector": ("/busybox", {"/"}),
}

# What Compose knows, of what is used here: a slip of the pen is refused by it before anything starts.
KEYS = {
    "": {"name", "services", "networks", "volumes", "secrets"},
    "service": {
        "build",
        "cap_drop",
        "command",
        "depends_on",
        "deploy",
        "env_file",
        "environment",
        "healthcheck",
        "image",
        "init",
        "logging",
        "networks",
        "ports",
        "profiles",
        "pull_policy",
        "read_only",
        "restart",
        "secrets",
        "security_opt",
        "shm_size",
        "stop_grace_period",
        "tmpfs",
        "user",
        "volumes",
    },
    "build": {"context", "args", "dockerfile_inline"},
    "healthcheck": {"test", "interval", "timeout", "start_period", "retries", "disable"},
    "deploy": {"resources"},
    "logging": {"driver", "options"},
}


def image_of(name: str) -> str:
    """The image of a service, as it is when nobody says otherwise."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", SERVICES[name]["image"])


def images() -> list[str]:
    named = [image_of(name) for name in SERVICES]
    inline = "\n".join(
        service["build"].get("dockerfile_inline", "") for service in SERVICES.values() if "build" in service
    )
    return [*named, *re.findall(r"^(?:FROM|COPY --from=)\s*(\S+[:/]\S+)", f"{inline}\n{DOCKERFILE}", re.MULTILINE)]


def test_everything_that_production_needs_is_there():
    assert set(SERVICES) == {
        "web",
        "worker",
        "migrate",
        "reporting",
        "postgres",
        "redis",
        "waha",
        "prometheus",
        "alertmanager",
        "blackbox",
        "postgres-exporter",
        "grafana",
        "tempo",
        "otel-collector",
    }
    assert SERVICES["redis"]["profiles"] == ["redis"]


@pytest.mark.parametrize("image", sorted(set(images())))
def test_an_image_is_pinned_to_a_version(image: str):
    assert PINNED.search(image), image


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_watched_and_bounded(name: str):
    service = SERVICES[name]
    health = service["healthcheck"]
    if name in RUN_ONCE:
        assert health == {"disable": True}
    else:
        assert health["test"][0] == "CMD"
        assert health["retries"] >= 3
        assert service["restart"] == "unless-stopped"
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"]["options"]["max-size"]


@pytest.mark.parametrize("name", SERVICES)
def test_compose_knows_every_key(name: str):
    service = SERVICES[name]
    parts = {part: service[part] for part in ("build", "healthcheck", "deploy", "logging") if part in service}
    parts |= {"": [key for key in COMPOSE if not key.startswith("x-")], "service": service}
    assert {key for part, keys in parts.items() for key in set(keys) - KEYS[part]} == set()


@pytest.mark.parametrize("name", sorted(set(SERVICES) - RUN_ONCE))
def test_a_service_is_asked_by_what_its_image_has_for_what_it_answers(name: str):
    program, answers = ASKED[image_of(name).rpartition(":")[0]]
    test = SERVICES[name]["healthcheck"]["test"]
    assert test[1] == program
    assert set(re.findall(r"http://127\.0\.0\.1:\d+(/[^\s'\"]*)", " ".join(test))) <= answers


def test_an_image_is_built_by_one_service_which_whoever_else_runs_it_waits_for():
    # Two builds of one name at a time fail on a machine where it does not exist yet.
    builders = {image_of(name): name for name in SERVICES if "build" in SERVICES[name]}
    assert len(builders) == sum("build" in service for service in SERVICES.values())
    for name in SERVICES:
        builder = builders.get(image_of(name))
        if builder and builder != name:
            assert SERVICES[name]["pull_policy"] == "never"
            assert builder in SERVICES[name]["depends_on"]


def test_what_watches_waits_for_nobody_and_leads_are_answered_without_it():
    waits = {name: set(service.get("depends_on", {})) for name, service in SERVICES.items()}
    assert waits["web"] == waits["worker"] == waits["reporting"] == {"migrate"}
    assert waits["migrate"] == waits["postgres-exporter"] == {"postgres"}
    assert not any(waits[name] for name in set(SERVICES) - OURS - {"reporting", "postgres-exporter"})


@pytest.mark.parametrize(
    "name", ["prometheus", "alertmanager", "blackbox", "postgres-exporter", "grafana", "tempo", "otel-collector"]
)
def test_what_watches_has_no_rights_of_root(name: str):
    assert SERVICES[name]["cap_drop"] == ["ALL"]


def test_the_gateway_says_that_its_files_are_where_we_ask_for_them():
    # Leadline takes files from the address that it knows and from no other.
    assert SERVICES["waha"]["environment"]["WAHA_BASE_URL"] == SERVICES["worker"]["environment"]["WAHA_URL"]


def test_the_gateway_logs_neither_codes_to_link_a_phone_nor_addresses_with_numbers():
    given = SERVICES["waha"]["environment"]
    assert given["WAHA_PRINT_QR"] == "False"
    assert given["WAHA_HTTP_LOG_LEVEL"] == "debug"
    assert "WAHA_LOG_LEVEL" not in given, "info, where lines of debug are not written"


def test_any_setting_can_be_given_in_a_file_that_nobody_commits():
    for name in OURS:
        assert SERVICES[name]["env_file"] == [{"path": "leadline.env", "required": False}]
    assert {".env", "leadline.env"} <= set((ROOT / ".gitignore").read_text().splitlines())


def test_a_file_with_a_secret_is_put_into_a_container_that_can_be_written_to():
    # Compose refuses to write secrets that come from its environment into a read-only container.
    assert [name for name, service in SERVICES.items() if service.get("secrets") and service.get("read_only")] == []


@pytest.mark.parametrize("name", OURS)
def test_our_own_services_may_write_to_their_data_alone(name: str):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["volumes"] == ["leadline-data:/data"]
    assert all("uid=10001" in mount or mount.startswith("/tmp:") for mount in service["tmpfs"])


def test_nothing_but_the_app_is_reached_from_outside():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"web", "grafana"}
    assert all(port.startswith("127.0.0.1:") for port in published["grafana"])
    assert published["web"] == ["${LEADLINE_BIND:-127.0.0.1}:3000:3000"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    outside = {name for name, service in SERVICES.items() if "outside" in service["networks"]}
    assert outside == {"web", "worker", "waha", "alertmanager", "grafana"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_variable_is_known_to_who_reads_it(name: str):
    given = set(SERVICES[name].get("environment", {}))
    if name in OURS:
        assert given <= settings_by_name()
    elif name == "grafana":
        assert all(variable.startswith("GF_") for variable in given - {"GRAFANA_READER_PASSWORD"})
    else:
        assert given == OF_IMAGES.get(name, set())


def test_what_is_asked_of_the_environment_is_explained():
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    asked |= {secret["environment"] for secret in COMPOSE["secrets"].values()}
    assert asked == set(re.findall(r"^([A-Z_]+)=", EXAMPLE, re.MULTILINE))


def test_no_secret_has_a_value_here():
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if re.search(r"PASS|KEY$|KEY_|SECRET|TOKEN", variable):
                assert re.fullmatch(r"\$\{\w+(:\?|:-)\}", value), f"{name}: {variable}"
    assert not re.search(r"^\w*(PASSWORD|KEY|URL)\w*=(?!http|redis)\S+$", EXAMPLE, re.MULTILINE)


def test_files_that_are_mounted_exist():
    for service in SERVICES.values():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            assert source in COMPOSE["volumes"] or (source.startswith("./") and (ROOT / source).exists()), source


def test_services_wait_for_services_that_exist_and_can_tell():
    for service in SERVICES.values():
        for name, wait in service.get("depends_on", {}).items():
            ends = wait["condition"] == "service_completed_successfully"
            assert ends == (name in RUN_ONCE)


def test_prometheus_asks_services_that_exist():
    scraped = yaml.safe_load((ROOT / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    text = yaml.safe_dump(scraped)
    hosts = set(re.findall(r"(?:http://)?\b([a-z-]+):\d{4}", text)) - {"localhost"}
    hosts |= {name for job in scraped for found in job.get("dns_sd_configs", []) for name in found["names"]}
    assert hosts <= set(SERVICES)
    assert {job["job_name"] for job in scraped} >= {"leadline", "leadline-blackbox", "postgres", "alertmanager"}


def test_the_image_is_built_of_stages_and_runs_as_nobody_in_particular():
    stages = re.findall(r"^FROM (\S+)(?: AS (\w+))?$", DOCKERFILE, re.MULTILINE)
    assert len(stages) == 2
    assert "USER 10001:10001" in DOCKERFILE.split("FROM ")[-1]
    assert "HEALTHCHECK" in DOCKERFILE
    assert "--build-arg" not in DOCKERFILE


def test_the_image_is_made_of_files_that_exist_and_are_let_in():
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        *sources, _ = [word for word in line.split() if not word.startswith("--")]
        for source in sources:
            assert (ROOT / source).exists(), source
            assert source in allowed, f"{source} is kept out by .dockerignore"


def test_the_start_script_hands_over_to_what_it_is_given(tmp_path: Path):
    script = (ROOT / "deploy" / "start.sh").read_text()
    home = tmp_path / "leadline"
    (home / "built-page" / "abc").mkdir(parents=True)
    (home / "built-page" / "abc" / "index.html").write_text("page")
    moved = tmp_path / "start.sh"
    moved.write_text(script.replace("/opt/leadline", str(home)))
    (home / ".cache").mkdir()
    for _ in range(2):  # a container that is started again finds its page
        done = subprocess.run(["sh", moved, "echo", "started"], capture_output=True, text=True, check=True)
        assert done.stdout == "started\n"
    assert (home / ".cache" / "page" / "abc" / "index.html").read_text() == "page"


def test_compose_itself_accepts_the_file(tmp_path: Path):
    docker = shutil.which("docker") or "docker"
    try:
        subprocess.run([docker, "compose", "version"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return  # without Compose its structure is held by the tests above alone
    environment = tmp_path / "env"
    environment.write_text(re.sub(r"=$", "=0123456789abcdef", EXAMPLE, flags=re.MULTILINE))
    command = [docker, "compose", "--file", ROOT / "docker-compose.yml", "--env-file", environment, "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_dockerfile_keeps_the_rules_of_the_house_of_docker():
    lines = re.sub(r"\\\n\s*", " ", DOCKERFILE).splitlines()
    asked = [(line.split()[0], line) for line in lines if line and not line.startswith(("#", " "))]
    stages = {name for _, name in re.findall(r"^FROM (\S+) AS (\w+)$", DOCKERFILE, re.MULTILINE)}
    (python,) = set(re.findall(r"^FROM python:(\d+\.\d+)\.", DOCKERFILE, re.MULTILINE))
    assert f"compileall -q -x site-packages /usr/local/lib/python{python}\n" in DOCKERFILE, "its library is there"
    for word, line in asked:
        assert word not in {"ADD", "MAINTAINER", "SHELL"}, line
        assert "sudo" not in line
        assert "apt-get" not in line, "packages of the system are not pinned"
        if word in {"CMD", "ENTRYPOINT"}:
            assert line.split(maxsplit=1)[1].startswith("["), "a shell in between would take the signals"
        if word == "WORKDIR":
            assert line.split()[1].startswith("/")
        if origin := re.search(r"--from=(\S+)", line):
            assert origin[1] in stages or PINNED.search(origin[1]), line
    assert [word for word, _ in asked].count("CMD") == 1
    last = [line for word, line in asked if word == "USER"][-1]
    assert re.fullmatch(r"USER [1-9]\d*:[1-9]\d*", last)
