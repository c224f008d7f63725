"""Rocket.Chat's REST API as it really behaves: raw answers in, model rows out, every failure one typed error."""
