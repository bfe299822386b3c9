#!/bin/sh
# What a made-up borrower leaves: so many files in the folder, one of the image changed,
# and a few elsewhere.
for number in $(seq "$1"); do
    echo demo-trace >"$2/$number"
done
for file in ~/.history ~/Welcome/index.html /tmp/note /var/tmp/note /dev/shm/note; do
    echo demo-trace >"$file"
done
