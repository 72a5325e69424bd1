"""``python -m myopathway`` is the command."""

from myopathway.cli import main

main()
