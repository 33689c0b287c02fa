#!/bin/sh
# Makes a virtual environment from a lock: venv.sh DIRECTORY LOCK.
# PYTHON names the interpreter; without it the newest one that the lock serves is taken.
#
# The copy of the lock inside the environment is written last. It says that the installation is whole:
# an interrupted one lacks it, and the next run goes on where that one stopped.
set -eu

venv=$1
lock=$2
oldest=11
newest=14

fail() {
    echo "error: $1" >&2
    echo "  next: $2" >&2
    exit 1
}

minor() {
    "$1" -c 'import sys; print(sys.version_info[1] if sys.version_info[0] == 3 else 0)' 2>/dev/null || echo 0
}

makes_environments() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

# The newest interpreter on the PATH that the lock serves; one that can't make environments only for want of better.
find_python() {
    chosen='' chosen_rank=0
    for candidate in python3.14 python3.13 python3.12 python3.11 python3 python; do
        version=$(minor "$candidate")
        [ "$version" -ge $oldest ] || continue
        rank=$version
        [ "$version" -le $newest ] || rank=$oldest
        ! makes_environments "$candidate" || rank=$((rank + 100))
        [ "$rank" -le $chosen_rank ] || { chosen=$candidate chosen_rank=$rank; }
    done
    echo "$chosen"
}

pip_is_whole() {
    "$venv/bin/python" -c 'import pip' 2>/dev/null && ls "$venv"/lib/python3*/site-packages/pip-*.dist-info/RECORD >/dev/null 2>&1
}

create() {
    python=${PYTHON:-$(find_python)}
    [ -n "$python" ] || fail "Python 3.$oldest or newer is needed, and none is on the PATH" \
        "install it (Debian, Ubuntu: apt-get install python3 python3-venv; Fedora: dnf install python3; macOS: brew install python3), or name it: make venv PYTHON=/path/to/python3"
    version=$(minor "$python")
    [ "$version" -ge $oldest ] || fail "PYTHON=$python is no Python 3.$oldest or newer" \
        "name another: make venv PYTHON=/path/to/python3"
    makes_environments "$python" || fail "$python can't make virtual environments: its modules venv and ensurepip are missing" \
        "install them (Debian, Ubuntu: apt-get install python3.$version-venv), or name another: make venv PYTHON=/path/to/python3"
    [ "$version" -le $newest ] || echo "note: the lock is made for Python 3.$oldest to 3.$newest; $python is 3.$version" >&2
    echo "making $venv with Python 3.$version"
    "$python" -m venv --clear "$venv"
}

other_python_is_wanted() {
    [ -n "${PYTHON:-}" ] && [ "$(minor "$PYTHON")" != "$(minor "$venv/bin/python")" ]
}

if other_python_is_wanted; then
    create
elif cmp -s "$lock" "$venv/lock.txt" && "$venv/bin/python" -c '' 2>/dev/null; then
    exit 0
elif ! pip_is_whole; then
    create
fi
rm -f "$venv/lock.txt"

# pip writes a package's RECORD last and takes a package without one for installed.
for metadata in "$venv"/lib/python3*/site-packages/*.dist-info; do
    [ -f "$metadata/RECORD" ] || rm -rf "$metadata"
done

# The lock names every package. Left to resolve `coverage[toml]`, pip 23 would take a release newer than the lock, and refuse it.
"$venv/bin/python" -m pip install --disable-pip-version-check --no-input --no-user --compile \
    --no-deps --require-hashes --only-binary :all: --requirement "$lock" ||
    fail "the installation into $venv isn't complete" "run make again: it goes on where this run stopped"

cp "$lock" "$venv/lock.txt.partial"
mv "$venv/lock.txt.partial" "$venv/lock.txt"
