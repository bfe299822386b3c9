# Read by each terminal. Nothing typed is kept for the next person.
unset HISTFILE
