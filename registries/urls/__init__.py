"""One module of addresses for each register."""

from importlib import import_module
from pkgutil import iter_modules

app_name = "registries"

urlpatterns = [
    pattern
    for module in iter_modules(__path__)
    for pattern in import_module(f"{__name__}.{module.name}").urlpatterns
]
