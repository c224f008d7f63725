// title: What each index is called and what it is on, and which constraint owns it
SHOW INDEXES YIELD name, labelsOrTypes, properties, owningConstraint
