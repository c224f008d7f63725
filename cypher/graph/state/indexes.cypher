// title: What the indexes are on, and which of them a constraint owns
SHOW INDEXES YIELD labelsOrTypes, properties, owningConstraint
