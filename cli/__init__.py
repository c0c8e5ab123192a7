"""Door for the shell: the `apportion` command."""
