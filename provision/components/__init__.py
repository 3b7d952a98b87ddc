"""The components, in provisioning order; each is a pure plan from facts and profile to steps."""
