"""`python -m teraplan` is the command `teraplan`."""

from teraplan.cli.app import main

if __name__ == "__main__":
    main()
