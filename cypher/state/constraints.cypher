// title: Names of the constraints that exist
SHOW CONSTRAINTS YIELD name
