UNWIND $rows AS row
MATCH (t:Team {workspace: $workspace, id: row[0]})
UNWIND row[1] AS m
MATCH (u:User {workspace: $workspace, id: m[0]})
MERGE (u)-[e:MEMBER_OF]->(t)
SET e.roles = m[1], e.owner = m[2], e.joinedAt = m[3], e.addedById = m[4], e.firstSeen = $now
