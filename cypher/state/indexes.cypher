// title: What the indexes are on
SHOW INDEXES YIELD labelsOrTypes, properties
