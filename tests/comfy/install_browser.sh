#!/bin/sh
# Install Debian's Chromium for the browser test, if there is no Chromium or Chrome. Without apt-get or the right to use
# it: say so and go on; the test is then skipped on a developer's machine and fails in CI.
set -u
for browser in chromium chromium-browser google-chrome; do
    if command -v "$browser" >/dev/null 2>&1; then exit 0; fi
done
if ! command -v apt-get >/dev/null 2>&1; then
    echo "no Chromium and no apt-get: install Chromium or Chrome for the browser test" >&2
    exit 0
fi
as_root=""
if [ "$(id -u)" != 0 ]; then as_root="sudo -n"; fi
echo "installing Chromium for the browser test ..." >&2
export DEBIAN_FRONTEND=noninteractive
{ $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends chromium; } >/dev/null || {
    echo "Chromium could not be installed: run 'apt-get install chromium' for the browser test" >&2
}
exit 0
