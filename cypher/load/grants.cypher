// title: Permissions of roles: the ids of permissions, and a row for each role: its id, the places of its permissions
// (:Role)-[:GRANTS]->(:Permission)
UNWIND range(0, size($ids) - 1) AS place
MATCH (p:Permission {workspace: $workspace, id: $ids[place]})
  USING INDEX SEEK p:Permission(workspace, id)
WITH p ORDER BY place
WITH collect(p) AS found WHERE size(found) = size($ids)
UNWIND $rows AS row
MATCH (r:Role {workspace: $workspace, id: row[0]})
  USING INDEX SEEK r:Role(workspace, id)
UNWIND row[1] AS place
WITH r, found[place] AS p
MERGE (r)-[e:GRANTS]->(p)
ON CREATE SET e.firstSeen = $now
RETURN count(e) AS edges
