"""The commands a person types, one file per noun. `main` joins them."""
