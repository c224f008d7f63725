// title: Rooms of teams, in the order of their columns
UNWIND $rows AS row
MERGE (x:Room {workspace: $workspace, id: row[0]})
SET x.name = row[1], x.type = row[2], x.private = row[3], x.archived = row[4], x.usersCount = row[5], x.readOnly = row[6]
