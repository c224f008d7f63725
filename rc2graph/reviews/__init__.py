"""Decisions of an access review: who looked at which access, and said that it stays, goes, or stays for a while."""
