"""Every name of a config, asked once for an answer: the only verification that loads models, and it says so first."""

from ccdeploy.operations.deep.deep import verify_deep as verify_deep
