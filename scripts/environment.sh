# Sourced by scripts/app and scripts/check: finds Python 3.11 to 3.13 and fills a virtual environment.
#
# Settings (all optional):
#   UGRN_VENV     where the environment lives    (default: .venv in the checkout)
#   UGRN_PYTHON   the Python (3.11 to 3.13) to build it on (default: the oldest one found)
#   pip's own PIP_* variables and configuration files are honoured.

venv=${UGRN_VENV:-$root/.venv}
case $venv in /*) ;; *) venv=$PWD/$venv ;; esac

export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PYTHONNOUSERSITE=1
unset PYTHONPATH PYTHONHOME

say() { printf 'ugrn: %s\n' "$*" >&2; }

die() {
    printf 'ugrn: %s\n' "$@" >&2
    exit 1
}

# Run a command as root if that needs no password; fail quietly otherwise.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1 && sudo -n true >/dev/null 2>&1; then
        sudo -n "$@"
    else
        return 1
    fi
}

# Install Debian packages: $@. Fails where there is no apt-get or no right to use it.
debian_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    as_root true || return 1
    say "installing $* with apt-get"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" \
        >/dev/null 2>&1 && return 0
    as_root apt-get update -qq >/dev/null 2>&1
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" \
        >/dev/null
}

# Whether $1 is a Python that UGRN runs on: 3.11, all is tested with, 3.12 or 3.13.
is_python() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

# Set $python to a Python 3.11, 3.12 or 3.13, or stop with what to do.
find_python() {
    if [ -n "${UGRN_PYTHON:-}" ]; then
        is_python "$UGRN_PYTHON" ||
            die "UGRN_PYTHON is '$UGRN_PYTHON', which is not a Python 3.11, 3.12 or 3.13 that runs." \
                "Set it to the path of one, or unset it."
        python=$UGRN_PYTHON
        return
    fi
    for version in 3.11 3.12 3.13; do
        for python in "python$version" "/opt/homebrew/bin/python$version" \
            "/usr/local/bin/python$version" "/usr/bin/python$version" \
            "$HOME"/.pyenv/versions/"$version"*/bin/python; do
            if is_python "$python"; then return; fi
        done
    done
    for python in python3 python; do
        if is_python "$python"; then return; fi
    done
    die "No Python 3.11, 3.12 or 3.13 was found; UGRN is tested with those." \
        "Install one (Debian: apt install python3 python3-venv; macOS: brew install python@3.13;" \
        "Fedora: dnf install python3.13; anywhere: pyenv install 3.13) and run this command again," \
        "or set UGRN_PYTHON to its path."
}

make_venv() {
    if is_python "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        return
    fi
    find_python
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        debian_install "python$version-venv" || debian_install python3-venv || true
        "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 ||
            die "This Python ($python) has no venv module, which UGRN needs to install itself." \
                "Debian and Ubuntu: sudo apt install python$version-venv; then run this command again."
    fi
    say "creating $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv" || die "The environment could not be created in $venv."
}

# Print a checksum over the files $@ (relative to the checkout).
stamp_of() { (cd "$root" && cat "$@" | cksum); }

# Repeat of pip's log ($venv/install.log) what tells a person that it moves: large files, last step.
show_progress() {
    while IFS= read -r line; do
        printf '%s\n' "$line"
        case $line in
            *" MB)" | *" GB)") printf '      %s\n' "${line#"${line%%[! ]*}"}" >&2 ;;
            "Installing collected packages:"*) say "unpacking" ;;
        esac
    done >"$venv/install.log"
}

# Bring the environment up to a requirement file: $1, with stamp name $2. Nothing to do is fast.
install_requirements() {
    want=$(stamp_of "$1" requirements.txt requirements-viewer.txt constraints.txt)
    if [ -f "$venv/.ugrn-$2" ] && [ "$(cat "$venv/.ugrn-$2")" = "$want" ]; then return; fi
    say "installing $1 (the first time takes some minutes)"
    rm -f "$venv/.ugrn-$2" "$venv/.ugrn-failed"
    {
        cd "$root" && "$venv/bin/python" -m pip install --progress-bar off -r "$1" 2>&1 ||
            : >"$venv/.ugrn-failed" # a pipe's status is its last command's
    } | show_progress
    if [ -f "$venv/.ugrn-failed" ]; then
        tail -n 15 "$venv/install.log" >&2
        die "Installing $1 failed; the whole log is $venv/install.log." \
            "If the network or the disk failed, mend that and run this command again."
    fi
    printf '%s\n' "$want" >"$venv/.ugrn-$2"
    say "installed $1"
}
