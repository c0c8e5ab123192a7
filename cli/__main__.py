"""`python -m cli`, the same as `apportion`."""

from cli.main import main

main()
