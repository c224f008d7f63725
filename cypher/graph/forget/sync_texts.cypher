// title: What records of runs say in words: id, caller, what was not visible
MATCH (s:Sync {workspace: $workspace})
RETURN s.id AS id, s.callerId AS caller, s.notVisible AS texts ORDER BY id
