// title: What each constraint is called, and what it is on
SHOW CONSTRAINTS YIELD name, labelsOrTypes, properties
