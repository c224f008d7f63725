// title: What the constraints are on
SHOW CONSTRAINTS YIELD labelsOrTypes, properties
