"""What is compared: each is a process of its own that loads the same worlds into an emptied Neo4j, and says how long it
took, as one line of JSON. Start of the process, imports and connecting are outside the clock.

    {"first": seconds, "same": seconds, "changed": seconds, …}
"""
