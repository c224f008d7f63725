// title: Permissions of roles, a row for each permission: its id, the ids of its roles
// (:Role)-[:GRANTS]->(:Permission)
UNWIND $rows AS row
MATCH (p:Permission {workspace: $workspace, id: row[0]})
UNWIND row[1] AS id
MATCH (r:Role {workspace: $workspace, id: id})
MERGE (r)-[e:GRANTS]->(p)
ON CREATE SET e.firstSeen = $now
RETURN count(e) AS edges
