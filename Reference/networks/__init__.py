"""Networks that several systems have; module paths give the keys of their state dictionaries."""
