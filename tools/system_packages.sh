#!/bin/sh
# The programs some tests start. Installed only where that is nobody's loss: Debian, as root, in CI or without a terminal
# (SYSTEM_PACKAGES=yes: at a terminal too; SYSTEM_PACKAGES=no: never). What is missing is said, and its tests skip.
set -eu

any_of() { for program in "$@"; do command -v "$program" >/dev/null 2>&1 && return 0; done; return 1; }
has_chromium() { any_of chromium chromium-browser google-chrome || [ -d "/Applications/Google Chrome.app" ]; }
has_chinese_font() { [ "$(uname)" = Darwin ] || { any_of fc-list && [ -n "$(fc-list :lang=zh family 2>/dev/null)" ]; }; }

missing() {
    any_of pdfsig || echo poppler-utils
    any_of qpdf || echo qpdf
    any_of certutil || echo libnss3-tools
    any_of softhsm2-util || echo softhsm2
    any_of pkcs11-tool || echo opensc
    has_chromium || echo chromium
    has_chinese_font || echo fonts-wqy-microhei
}

may_install() {
    [ "${SYSTEM_PACKAGES:-}" != no ] && [ "$(id -u)" = 0 ] && any_of apt-get &&
        { [ "${SYSTEM_PACKAGES:-}" = yes ] || [ -n "${CI:-}" ] || [ ! -t 0 ]; }
}

install() {
    DEBIAN_FRONTEND=noninteractive
    export DEBIAN_FRONTEND
    options="-qq -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o DPkg::Lock::Timeout=60"
    # shellcheck disable=SC2086 # options and names are lists of words
    { apt-get $options update && apt-get $options install -y --no-install-recommends $1; } </dev/null >/dev/null 2>&1 || true
}

packages=$(missing | tr '\n' ' ')
[ -n "$packages" ] || exit 0
if may_install; then
    echo "安装测试所用的程序 / installing the programs the tests start: $packages"
    install "$packages"
    packages=$(missing | tr '\n' ' ')
fi
[ -z "$packages" ] && exit 0
echo "未安装，相关测试将跳过 / not installed, their tests will be skipped: $packages"
if any_of apt-get; then
    echo "  sudo apt-get install --no-install-recommends $packages"
elif any_of brew; then
    echo "  brew install poppler qpdf nss softhsm opensc; brew install --cask google-chrome"
fi
