"""Static files under names that bear their digest (production)."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedModules(CompressedManifestStaticFilesStorage):
    """Rewrites what a module imports as well: after an update no old module is loaded beside a new one."""

    support_js_module_import_aggregation = True
