#!/bin/sh
# What `cargo xtask vm` types on the tablet's second serial line is done here, as root,
# and answered with what it printed and how it ended.
stty -F /dev/ttyS1 raw -echo
exec </dev/ttyS1 >/dev/ttyS1 2>&1
echo "console ready"
while IFS= read -r line; do
    said=$(sh -c "$line" </dev/null 2>&1)
    ended=$?
    printf '%s\n' "$said"
    echo "ended $ended"
done
