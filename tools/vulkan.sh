#!/usr/bin/env bash
# Software Vulkan (SwiftShader) for the WebGPU tests on a Linux machine without a GPU. Prints the environment to use:
#
#     eval "$(tools/vulkan.sh)"
#
# Takes the files out of Debian's `chromium-common` package, into a cache folder; nothing is installed, root is not needed
# (only to refresh apt's lists, if there are none). Exits 1 with the reason if that does not work.
set -euo pipefail

cache="${XDG_CACHE_HOME:-$HOME/.cache}/attune-ci/swiftshader"
names=(libvk_swiftshader.so vk_swiftshader_icd.json libvulkan.so.1)

complete() { for name in "${names[@]}"; do [ -s "$1/$name" ] || return 1; done; }

fetch() {
	local work
	work="$(mktemp -d)"
	apt-cache show chromium-common >/dev/null 2>&1 || apt-get update -qq
	(cd "$work" && apt-get -qq -o APT::Sandbox::User=root download chromium-common && dpkg-deb -x chromium-common_*.deb .)
	mkdir -p "$cache.new"
	for name in "${names[@]}"; do cp "$work/usr/lib/chromium/$name" "$cache.new/"; done
	rm -rf "$cache" "$work"
	mv "$cache.new" "$cache"
}

if ! complete "$cache"; then
	if complete /usr/lib/chromium; then
		mkdir -p "$cache"
		for name in "${names[@]}"; do cp "/usr/lib/chromium/$name" "$cache/"; done
	elif command -v apt-get >/dev/null; then
		fetch >&2
	else
		echo "vulkan.sh: no SwiftShader in /usr/lib/chromium, and no apt-get to fetch it with" >&2
	fi
fi
complete "$cache" || { echo "vulkan.sh: SwiftShader could not be found" >&2; exit 1; }

echo "export VK_ICD_FILENAMES='$cache/vk_swiftshader_icd.json'"
echo "export LD_LIBRARY_PATH='$cache${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}'"
[ -n "${XDG_RUNTIME_DIR:-}" ] || echo "export XDG_RUNTIME_DIR='$cache'"
