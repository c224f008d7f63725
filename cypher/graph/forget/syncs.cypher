// title: Records of runs, without the name of one person: id, caller, what was not visible
UNWIND $rows AS row
MATCH (s:Sync {workspace: $workspace, id: row[0]})
SET s.callerId = row[1], s.notVisible = row[2]
