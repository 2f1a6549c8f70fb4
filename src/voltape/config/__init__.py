"""Settings: one frozen object, built once from flags, environment, file and defaults.

Every setting is declared exactly once, as a field of `Settings` with its bounds and its meaning beside it.
Its names and texts follow from the declaration: field `http_port` is `VOLTAPE_HTTP_PORT` in the environment,
`--http-port` on the command line and `http_port` in the file.

This package alone knows of an environment; everything below the command line receives values.
"""

from voltape.config.alert_tables import AlertTables
from voltape.config.environment import environment_of, process_environment
from voltape.config.forms import Threshold
from voltape.config.route import proxy_of_process
from voltape.config.setting import Setting, as_flag
from voltape.config.settings import SETTINGS, Settings
from voltape.config.sources import load, load_from_process
from voltape.config.terminal import colours_wanted

__all__ = [
    "SETTINGS",
    "AlertTables",
    "Setting",
    "Settings",
    "Threshold",
    "as_flag",
    "colours_wanted",
    "environment_of",
    "load",
    "load_from_process",
    "process_environment",
    "proxy_of_process",
]
