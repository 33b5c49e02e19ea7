#!/bin/sh
# The image is read-only where it runs; what Leadline writes beside its data goes to a memory file system.
set -eu
mkdir -p /opt/leadline/.cache/page
cp -R /opt/leadline/built-page/. /opt/leadline/.cache/page/
exec "$@"
