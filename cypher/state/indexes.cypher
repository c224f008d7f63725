// title: Names of the indexes that exist
SHOW INDEXES YIELD name
