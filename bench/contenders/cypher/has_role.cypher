UNWIND $rows AS row
MATCH (r:Role {workspace: $workspace, id: row[0]})
UNWIND row[1] AS id
MATCH (u:User {workspace: $workspace, id: id})
MERGE (u)-[e:HAS_ROLE]->(r)
SET e.firstSeen = $now
