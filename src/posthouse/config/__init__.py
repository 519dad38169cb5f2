"""The configuration: gathers the settings that each room declares for itself, from one TOML file.

loader      TOML → dataclasses, with errors that name the key and the mend
settings    all sections together
reference   the commented example file and the reference page, made from the same declarations
"""

from posthouse.config.loader import ConfigError
from posthouse.config.settings import Settings, load_settings

__all__ = ["ConfigError", "Settings", "load_settings"]
