"""Golden plans of the profile `current`: every system of the lab with every kind of GPU, as text to read."""
