#!/bin/sh
# See that LaTeX is there. On Debian and Ubuntu root gets it installed; everyone else is told what to install.
set -eu
packages="latexmk lmodern texlive-latex-recommended texlive-latex-extra texlive-fonts-recommended texlive-science texlive-plain-generic"

command -v tectonic >/dev/null && exit 0
if command -v latexmk >/dev/null && kpsewhich siunitx.sty stackengine.sty lmodern.sty >/dev/null 2>&1; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing TeX (about 500 MB, once) ..."
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
else
    echo "LaTeX is missing. Install tectonic, or: sudo apt-get install $packages" >&2
    exit 1
fi
