"""The faces: `ccdeploy VERB` and `fab VERB`, both made from one description of each verb."""
