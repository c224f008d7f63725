// title: Members of teams, a row for each team: its id, then for each member id, roles, owner, joined, added by
// (:User)-[:MEMBER_OF]->(:Team)
UNWIND $rows AS row
MATCH (t:Team {workspace: $workspace, id: row[0]})
UNWIND row[1] AS m
MATCH (u:User {workspace: $workspace, id: m[0]})
MERGE (u)-[e:MEMBER_OF]->(t)
ON CREATE SET e.firstSeen = $now
SET e.roles = m[1], e.owner = m[2], e.joinedAt = m[3], e.addedById = m[4]
RETURN count(e) AS edges
