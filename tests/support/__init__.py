"""What tests stand on: servers, stand-ins, probes, shared assertions."""
