#!/bin/sh
# Makes sure that there is a Chromium for the browser tests, and prints its path. The one without a window of
# its own opens a page with a quarter of the work; where there is none, the whole one does.
set -eu

find_browser() {
    for name in chromium-headless-shell chromium chromium-browser google-chrome; do
        command -v "$name" && return 0
    done
    mac="/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    [ -x "$mac" ] && echo "$mac"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

if ! find_browser >/dev/null; then
    if command -v apt-get >/dev/null; then
        {
            as_root apt-get update -q
            as_root apt-get install -y -q chromium-headless-shell fonts-dejavu-core ||
                as_root apt-get install -y -q chromium fonts-dejavu-core
        } >&2
    elif command -v brew >/dev/null; then
        brew install --cask google-chrome >&2
    fi
fi
find_browser || {
    echo "The browser tests need Chromium or Chrome: install one." >&2
    exit 1
}
