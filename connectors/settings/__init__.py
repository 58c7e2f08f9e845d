"""What the engineer decides: a file and the environment, checked before anything starts."""

from connectors.settings.loading import FILE_NAME, find_file, load_settings
from connectors.settings.refusals import SettingsRefused
from connectors.settings.sections import (
    Limits,
    MailSettings,
    ModelLimits,
    RasaSettings,
    Rates,
    SiteSettings,
    SlackSettings,
    SourceSettings,
)
from connectors.settings.settings import DEFAULT_SITE, Settings
from connectors.settings.values import ANY_LANGUAGE

__all__ = [
    "ANY_LANGUAGE",
    "DEFAULT_SITE",
    "FILE_NAME",
    "Limits",
    "MailSettings",
    "ModelLimits",
    "RasaSettings",
    "Rates",
    "Settings",
    "SettingsRefused",
    "SiteSettings",
    "SlackSettings",
    "SourceSettings",
    "find_file",
    "load_settings",
]
