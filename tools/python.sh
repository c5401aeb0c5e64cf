#!/usr/bin/env bash
# A Python environment with the references that some tests compare against live (tools/requirements.txt). Prints what to use:
#
#     eval "$(tools/python.sh)"
#
# It lives in a cache folder named by the pinned versions, so it is made once. Exits non-zero with the reason if it cannot be made.
set -euo pipefail

requirements="$(cd "$(dirname "$0")" && pwd)/requirements.txt"
python="${PYTHON:-python3}"
version="$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
key="$(sha256sum "$requirements" | cut -c1-12)"
venv="${XDG_CACHE_HOME:-$HOME/.cache}/attune-ci/python-$version-$key"

if [ ! -e "$venv/complete" ]; then
	{
		rm -rf "$venv"
		mkdir -p "$(dirname "$venv")"
		"$python" -m venv "$venv" || {
			[ "$(id -u)" = 0 ] && apt-get update -qq && apt-get install -qq -y python3-venv && "$python" -m venv "$venv"
		}
		# torch first and alone: otherwise another package's wider range may choose a build with CUDA.
		grep '^torch==' "$requirements" | xargs "$venv/bin/pip" install -qq --disable-pip-version-check
		"$venv/bin/pip" install -qq --disable-pip-version-check -r "$requirements"
		touch "$venv/complete"
	} >&2
fi
echo "export ATTUNE_PYTHON='$venv/bin/python'"
