#!/bin/sh
# Runs "$@", which begins with a Python, so that the browser of the tests is Firefox: the one that Playwright
# fetches, or where it cannot, the system's, driven by the last Playwright that asks it for nothing it does not know.
set -eu

export AAI_TEST_BROWSER=firefox
if ! "$1" -m playwright install firefox >&2; then
    AAI_TEST_FIREFOX=$(command -v firefox || command -v firefox-esr) || {
        echo "There is no Firefox: install one." >&2
        exit 1
    }
    [ -d build/playwright ] || "$1" -m pip install --quiet --target build/playwright "playwright==1.58.0" >&2
    export AAI_TEST_FIREFOX PYTHONPATH="$PWD/build/playwright${PYTHONPATH:+:$PYTHONPATH}"
fi
exec "$@"
