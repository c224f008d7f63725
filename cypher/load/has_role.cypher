// title: Roles of users, a row for each role: its id, the ids of its users
// (:User)-[:HAS_ROLE]->(:Role)
UNWIND $rows AS row
MATCH (r:Role {workspace: $workspace, id: row[0]})
UNWIND row[1] AS id
MATCH (u:User {workspace: $workspace, id: id})
MERGE (u)-[e:HAS_ROLE]->(r)
ON CREATE SET e.firstSeen = $now
RETURN count(e) AS edges
