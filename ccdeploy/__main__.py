"""`python -m ccdeploy`: the same as the `ccdeploy` command."""

from ccdeploy.cli.main import main

if __name__ == "__main__":
    main()
