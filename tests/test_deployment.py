"""What deploy/ says of Comptoir is true of it: there is no Docker in these tests, but there are names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from connectors.settings import Settings
from connectors.settings.names import NOT_SETTINGS, variable

DEPLOY = Path(__file__).parents[1] / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = YAML(typ="safe").load((DEPLOY / "compose.yaml").read_text())
COMPTOIR = COMPOSE["services"]["comptoir"]
SETTINGS = {variable(name) for name in Settings.model_fields}


def test_every_variable_in_deploy_is_a_setting_or_read_elsewhere() -> None:
    """A name that is neither is refused at the start, and .env comes to the service whole."""
    for name in ("compose.yaml", "Dockerfile", "env.example", "comptoir.service"):
        said = set(re.findall(r"\bCOMPTOIR_[A-Z_]+", (DEPLOY / name).read_text()))
        assert said
        assert said <= SETTINGS | NOT_SETTINGS, name


def test_the_composition_is_of_what_there_is() -> None:
    image = (DEPLOY / COMPTOIR["build"]["context"] / COMPTOIR["build"]["dockerfile"]).resolve()
    assert image == DEPLOY / "Dockerfile"
    named = {name for service in COMPOSE["services"].values() for name in _volumes(service)}
    assert named == set(COMPOSE["volumes"])
    assert (DEPLOY / "Caddyfile").is_file()
    assert set(COMPOSE["services"]["caddy"]["depends_on"]) <= set(COMPOSE["services"])


def test_the_image_runs_for_nobody_special_and_writes_only_its_data() -> None:
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)
    assert COMPTOIR["read_only"] is True
    written = [volume for volume in COMPTOIR["volumes"] if not volume.endswith(":ro")]
    assert written == ["data:" + COMPTOIR["environment"]["COMPTOIR_DATA"]]
    assert f"VOLUME {COMPTOIR['environment']['COMPTOIR_DATA']}\n" in DOCKERFILE


def test_the_image_asks_for_its_health_where_it_is_told() -> None:
    """Whatever port comptoir.toml names: inside, it is the one that is exposed and asked."""
    asked = re.search(r"http://127\.0\.0\.1:(\d+)(/\S+?)'", DOCKERFILE)
    assert asked
    port, path = asked.groups()
    assert f"COMPTOIR_PORT={port}" in DOCKERFILE
    assert f"EXPOSE {port}\n" in DOCKERFILE
    assert COMPTOIR["expose"] == [port]
    assert f"comptoir:{port}" in (DEPLOY / "Caddyfile").read_text()
    assert path == "/api/v1/health"


def _volumes(service: dict[str, Any]) -> list[str]:
    """Those with a name; the others are paths."""
    sources = [volume.split(":")[0] for volume in service["volumes"]]
    return [source for source in sources if not source.startswith((".", "$"))]
