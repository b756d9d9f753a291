#!/bin/sh
# Makes .venv and installs the locked, hashed requirements into it: "runtime" or "dev" (which contains the runtime).
# A stamp in .venv is a copy of the file that was installed, so a second run with nothing changed does nothing.
set -eu
cd "$(dirname "$0")/.."

want=${1:-runtime}
case $want in
    runtime) requirements=requirements.txt ;;
    dev) requirements=requirements-dev.txt ;;
    *) echo "tools/setup.sh: runtime or dev, not $want" >&2; exit 2 ;;
esac

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "需要 Python 3.11 或更高版本及其 venv 模块 / Python 3.11 or newer with its venv module is needed:" \
        "Debian: apt-get install python3 python3-venv; macOS: brew install python; or PYTHON=/path/to/python3 make …" >&2
    return 1
}

if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$(find_python)
    "$python" -m venv --clear .venv
fi

# The project runs from its own folder, wherever that is moved; -P keeps modules of the caller's folder out.
cat > .venv/bin/signing-service.new <<'LAUNCHER'
#!/bin/sh
root=$(cd "$(dirname "$0")/../.." && pwd)
PYTHONPATH=$root${PYTHONPATH:+:$PYTHONPATH} exec "$root/.venv/bin/python" -P -m signing_service "$@"
LAUNCHER
chmod +x .venv/bin/signing-service.new
mv .venv/bin/signing-service.new .venv/bin/signing-service

cmp -s $requirements ".venv/.$want" && exit 0
echo "安装依赖到 .venv（仅首次，约一分钟）/ installing $requirements into .venv (once, about a minute)"
.venv/bin/python -m pip install -qq --disable-pip-version-check --no-input \
    --require-hashes --only-binary :all: --requirement $requirements
cp requirements.txt .venv/.runtime
cp $requirements ".venv/.$want" # the development set contains the runtime set, at the same versions
