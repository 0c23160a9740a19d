#!/bin/sh
# Makes the virtual environment named by the first argument: pinned packages, Delta's JARs beside Spark's own.
# Says in one sentence what is missing when the machine has no suitable Python or Java.
set -eu
environment=$1

say_and_stop() {
    echo "plumbline: $1" >&2
    exit 2
}

find_python() {
    for candidate in python3.11 python3.12 python3.13 python3; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    found=$(python3 --version 2>/dev/null || echo "no python3")
    say_and_stop "Python 3.11, 3.12 or 3.13 is needed and this machine has $found; install Python 3.11 and run again."
}

require_java() {
    java_command=${JAVA_HOME:+$JAVA_HOME/bin/}java
    printed=$("$java_command" -version 2>&1) ||
        say_and_stop "Java 17 or later is needed and \`$java_command\` does not run; install a Java 17 runtime and run again."
    version_line=$(echo "$printed" | grep -i version | head -n 1)
    major=$(echo "$version_line" | sed -E 's/[^"]*"(1\.)?([0-9]+).*/\2/')
    case $major in
    '' | *[!0-9]*) say_and_stop "Java 17 or later is needed and the version of \`$java_command\` cannot be read; install a Java 17 runtime." ;;
    esac
    [ "$major" -ge 17 ] ||
        say_and_stop "Java 17 or later is needed and \`$java_command\` is version $major; install Java 17 or set JAVA_HOME to it."
}

python=$(find_python)
require_java
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    say_and_stop "Python's venv module is needed and $python lacks it; install it (Debian: python3-venv) and run again."

echo "Making $environment with pinned packages (about a minute, once) ..." >&2
rm -rf "$environment"
"$python" -m venv "$environment"
log=$environment/setup.log
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
    --requirement requirements.lock >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    say_and_stop "the packages of requirements.lock could not be installed; the lines above say why, the network is the usual cause."
}
echo "Fetching Delta's JARs (12 MB, once) ..." >&2
"$environment/bin/python" -m scripts.fetch_delta_jars >>"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    say_and_stop "Delta's JARs could not be fetched; the lines above say why, the network is the usual cause."
}
touch "$environment/.ready"
