# Read once when the borrower signs in.

# Settings live in a plain file, so that a reset brings them back like any other.
export GSETTINGS_BACKEND=keyfile

# What the borrower makes is nobody else's to read.
umask 077

if [ -n "$BASH_VERSION" ] && [ -f "$HOME/.bashrc" ]; then
    . "$HOME/.bashrc"
fi
