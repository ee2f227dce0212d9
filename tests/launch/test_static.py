"""What production serves under names that bear a digest: after an update no old module is loaded beside a new one."""

import re
from pathlib import Path

from django.conf import settings

from config.static import HashedModules

STATIC = settings.BASE_DIR / "static"
PAD = "vendor/signature_pad-5.1.4"
IMPORTED = re.compile(r'^import .*"([^"]+)";$', re.MULTILINE)


def collected(folder) -> HashedModules:
    storage = HashedModules(location=folder, base_url="/static/")
    files = [file for part in ("js", PAD) for file in (STATIC / part).iterdir()]
    names = [file.relative_to(STATIC).as_posix() for file in files]
    for name in names:
        with (STATIC / name).open("rb") as file:
            storage.save(name, file)
    done = storage.post_process({name: (storage, name) for name in names})
    assert [problem for *_, problem in done if isinstance(problem, Exception)] == []
    return storage


def test_every_module_imports_others_by_their_hashed_names(tmp_path):
    storage = collected(tmp_path)

    def imports(name):
        return IMPORTED.findall(Path(storage.path(storage.stored_name(name))).read_text())

    hashed = {name: Path(storage.stored_name(name)).name for name in ("js/forms.js", "js/insisting.js")}
    pad = storage.stored_name(f"{PAD}/signature_pad.min.js")
    found = {name: imports(name) for name in storage.hashed_files if re.fullmatch(r"js/[a-z-]+\.js", name)}
    assert {name: modules for name, modules in found.items() if modules} == {
        "js/ceremony.js": [f"./{hashed['js/insisting.js']}"],
        "js/insisting.js": [f"./{hashed['js/forms.js']}"],
        "js/record-signatures.js": [f"../{pad}"],
    }
    assert re.fullmatch(r"insisting\.[0-9a-f]{12}\.js", hashed["js/insisting.js"])
