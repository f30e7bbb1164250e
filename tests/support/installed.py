"""The library and the daemon as `meson install` puts them into a prefix, for tests from outside the tree."""
import os
import re
import subprocess


def install(build, target):
    """Installs a build below a folder and adjusts its pkg-config files. Returns the prefix."""
    subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", target], check=True,
                   stdout=subprocess.DEVNULL)
    named = re.search(r"^prefix=(.*)$", next(target.rglob("microcosm.pc")).read_text(), re.M).group(1)
    prefix = target / named.lstrip("/")
    for description in target.rglob("*.pc"):
        text = description.read_text()
        description.write_text(re.sub(r"^prefix=.*$", f"prefix={prefix}", text, count=1, flags=re.M))
    return prefix


def library_folder(prefix):
    return next(prefix.rglob("microcosm.pc")).parent.parent


def environment(prefix):
    """Environment variables that make the shell, pkg-config and the loader use a prefix."""
    libraries = library_folder(prefix)
    return {"PATH": f"{prefix}/bin:{os.environ['PATH']}", "PKG_CONFIG_PATH": f"{libraries}/pkgconfig",
            "LD_LIBRARY_PATH": str(libraries)}
