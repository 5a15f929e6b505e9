"""The `ccdeploy` command."""
