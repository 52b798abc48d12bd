"""Build what deploy/ holds from its own lines and try it: `python scripts/image_trial.py [--keep]`.

The Dockerfile by buildah, run by podman under compose.yaml's own settings and as a Hugging Face
Space runs it; the Apptainer definition's %post, %test and %runscript in a root of its base image,
as a user with no name there. As root on Debian 12, with pyyaml and:

    apt-get install --no-install-recommends buildah podman runc debootstrap

Where Docker Hub cannot be reached the base image is made of Debian's packages, of the release that
the Dockerfile names. A folder in PIP_FIND_LINKS is lent to the builds. One line for each thing
seen, exit code 1 where one is not as it should be; some minutes, and 6 GB, freed at the end.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
BASE = re.search(r"^FROM (\S+)", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)[1]
IMAGE, NAME = "localhost/ugrn-trial", "ugrn-trial"
PACKAGES = "python3,python3-pip,python3-venv,ca-certificates"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
# What needs no more than a kernel without systemd; runc, for crun wants cgroups of the second kind.
PODMAN = ("podman", "run", "--runtime", "runc", "--ulimit", "nofile=1024:1024")
PODMAN += ("--ulimit", "nproc=1024:1024")


def call(*command: object, check: bool = True) -> subprocess.CompletedProcess:
    """Run a command; return it with its output as text."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    if check and done.returncode:
        sys.exit(f"failed: {shlex.join(map(str, command))}\n{(done.stderr or done.stdout)[-3000:]}")
    return done


def base_image(scratch: Path) -> str:
    """Have the base image in the storage; return where it came from."""
    if not call("podman", "image", "exists", f"docker.io/library/{BASE}", check=False).returncode:
        return "was there"
    if not call("podman", "pull", "--quiet", f"docker.io/library/{BASE}", check=False).returncode:
        return "Docker Hub"
    release = BASE.rsplit("-", 1)[1]
    tree = scratch / "base"
    address = "http://deb.debian.org/debian"
    call("debootstrap", "--variant=minbase", f"--include={PACKAGES}", release, tree, address)
    for marker in tree.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):  # as in Docker Hub's image
        marker.unlink()
    (tree / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    call("tar", "-C", tree, "-cf", scratch / "base.tar", ".")
    call("podman", "import", scratch / "base.tar", f"docker.io/library/{BASE}")
    shutil.rmtree(tree)
    return f"Debian's packages ({release})"


def lent(scratch: Path) -> list[str]:
    """Return volumes for a build: this machine's certificates and, if any, its folder of wheels."""
    lines = ["[global]", f"cert = {CERTIFICATES}"]
    volumes = ["-v", f"{CERTIFICATES}:{CERTIFICATES}:ro"]
    wheels = os.environ.get("PIP_FIND_LINKS", "")
    if Path(wheels).is_absolute() and Path(wheels).is_dir():
        lines += [f"find-links = {wheels}", "retries = 0"]  # other indexes may not be reached
        volumes += ["-v", f"{wheels}:{wheels}:ro"]
    (scratch / "pip.conf").write_text("\n".join(lines) + "\n")
    return [*volumes, "-v", f"{scratch}/pip.conf:/etc/pip.conf:ro"]


def compose() -> list[str]:
    """Return podman's arguments for what compose.yaml says of the service, port 8501 apart."""
    service = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["ugrn"]
    arguments = ["--memory", service["mem_limit"], *(["--read-only"] * service["read_only"])]
    for word, key in (("--tmpfs", "tmpfs"), ("--cap-drop", "cap_drop"), ("-p", "ports")):
        arguments += [part for value in service[key] for part in (word, value)]
    for value in service["security_opt"]:
        arguments += ["--security-opt", value.replace(":true", "")]
    for key, value in service["environment"].items():
        arguments += ["-e", f"{key}={value}"]
    (volume,) = service["volumes"]
    return [*arguments, "-v", f"{NAME}:{volume.split(':')[1]}"]


def healthy() -> bool:
    """Return whether the image's own health check passes, asked for three minutes."""
    for _ in range(90):
        if not call("podman", "healthcheck", "run", NAME, check=False).returncode:
            return True
        time.sleep(2)
    return False


def gone() -> None:
    """Stop and remove the container; a busy machine may take a minute."""
    call("podman", "stop", "-t", "60", NAME, check=False)
    call("podman", "rm", "-f", NAME)


def inside(command: str) -> str:
    return call("podman", "exec", NAME, "sh", "-c", command, check=False).stdout.strip()


def dockerfile(volumes: list[str]) -> Iterator[tuple[str, bool]]:
    """Build the image; yield what was seen of it, and whether it is as it should be."""
    build = ("buildah", "bud", "--format", "docker", "--isolation", "chroot", "-t", IMAGE)
    call(*build, *volumes, "-f", DEPLOY / "Dockerfile", ROOT)
    yield "the Dockerfile builds", True
    start = (*PODMAN, "-d", "--name", NAME)
    call(*start, *compose(), IMAGE)
    yield "healthy under compose.yaml's settings", healthy()
    yield "not root", inside("id -u") == "1000"
    yield "/data is its own, and no other's", inside("stat -c '%u %a' /data") == "1000 700"
    yield "writes nowhere else", inside("touch /x 2>&1 || echo no").endswith("no")
    inside("touch /data/left")
    gone()
    call(*start, *compose(), IMAGE)
    yield "made anew it finds what it left in /data", healthy() and inside("ls /data/left") != ""
    gone()
    # A Space: user 1000, no volume of ours, only its port.
    call(*start, "--user", "1000", "-p", "127.0.0.1:8501:8501", IMAGE)
    yield "healthy as a Hugging Face Space runs it", healthy()
    gone()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "panel.txt").write_text("GATA1 TAL1 KLF1 SPI1\n")
        os.chown(folder, 1000, 1000)
        verb = (
            "ugrn",
            "network",
            "--backbone",
            "ugrn-meta",
            "--panel",
            "panel.txt",
            "--out",
            "edges.tsv",
        )
        call(*PODMAN, "--rm", "-v", f"{folder}:/work", "-w", "/work", IMAGE, *verb)
        yield "computes a network for a mounted folder", Path(folder, "edges.tsv").is_file()


def sections(text: str) -> dict[str, str]:
    """Return name -> lines of each section of an Apptainer definition."""
    parts = re.split(r"^%(\w+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def definition(volumes: list[str]) -> Iterator[tuple[str, bool]]:
    """Do what apptainer.def says in a root of its base image; yield what was seen of it."""
    does = sections((DEPLOY / "apptainer.def").read_text())
    name = call("buildah", "from", "--pull-never", f"docker.io/library/{BASE}").stdout.strip()
    place = Path(call("buildah", "mount", name).stdout.strip())
    (source,) = does["files"].strip().splitlines()
    where = place / source.split()[1].lstrip("/")
    listed = call("git", "-C", ROOT, "ls-files", "-z").stdout.split("\0")
    for file in filter(None, listed):
        (where / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, where / file)
    run = ("buildah", "run", "--isolation", "chroot")
    call(*run, *volumes, name, "--", "/bin/sh", "-ec", does["post"])
    call("buildah", "commit", "--format", "docker", name, f"{IMAGE}-hpc")
    call("buildah", "rm", name)
    yield "apptainer.def's %post runs", True
    # As Apptainer does it: the caller's number, a root nobody can write, his home and /tmp.
    alone = [*PODMAN, "--rm", "--read-only", "--user", "4321", "--tmpfs", "/tmp:mode=1777"]
    alone += ["-e", "HOME=/tmp", f"{IMAGE}-hpc", "/bin/sh", "-ec"]
    test = call(*alone, does["environment"] + does["test"], check=False)
    yield "its %test passes for any user", test.returncode == 0 and "ugrn-meta" in test.stdout
    words = (
        "set -- network --backbone ugrn-meta --panel /tmp/panel.txt --out /tmp/edges.tsv --top 3\n"
    )
    script = f"echo 'GATA1 TAL1 SPI1' > /tmp/panel.txt\n{does['environment']}{words}"
    done = call(*alone, script + does["runscript"], check=False)
    yield "its %runscript computes a network", done.returncode == 0


def main() -> int:
    """Return 0 where everything was as it should be, else 1."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        print(f"base image {BASE}: {base_image(scratch)}", flush=True)
        volumes = lent(scratch)
        seen = {}
        for part in (dockerfile, definition):
            for words, good in part(volumes):
                seen[words] = good
                print(f"{'ok  ' if good else 'FAIL'}  {words}", flush=True)
    if "--keep" not in sys.argv:
        call("podman", "volume", "rm", "-f", NAME)
        call("podman", "rmi", "-f", IMAGE, f"{IMAGE}-hpc", check=False)
    return 0 if all(seen.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
