"""The tests of ccdeploy; the folders mirror the package."""
