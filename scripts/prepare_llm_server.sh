#!/bin/sh
# Makes a virtual environment with llama-cpp-python's server, once. Apart from Plumbline's own: it brings a web server.
set -eu

venv=$1
python=$2

if [ ! -f "$venv/.ready" ]; then
    echo "Building llama-cpp-python in $venv: about a quarter of an hour on two cores."
    "$python" -m venv "$venv"
    "$venv/bin/pip" install --quiet 'llama-cpp-python[server]>=0.3.16,<0.4' 'gguf>=0.17,<1'
    touch "$venv/.ready"
fi
