"""Mutation testing of checks/: the small changes of the code that no test notices."""
