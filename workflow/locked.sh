#!/bin/sh
# Run a command under a lock on this checkout that ends with its holder. Snakemake's own lock outlives a killed
# Snakemake and would have to be removed by hand; this one lasts just as long as the last of the processes does.
set -eu
if command -v flock >/dev/null; then
    exec 9>.retort.lock
    flock --nonblock 9 || {
        echo "Another make is at work in this folder. Wait for it, or stop it." >&2
        exit 1
    }
fi
exec "$@"
