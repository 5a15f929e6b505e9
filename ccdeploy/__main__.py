"""`python -m ccdeploy`: the same as the `ccdeploy` command."""

from ccdeploy.cli.begin import main

if __name__ == "__main__":
    main()
