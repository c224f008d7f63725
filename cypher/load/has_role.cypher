// title: Roles of users: the ids of roles, and a row for each user: its id, the places of its roles among these
// A role is looked up once, and not once for each of its users.
// (:User)-[:HAS_ROLE]->(:Role)
UNWIND range(0, size($ids) - 1) AS place
MATCH (r:Role {workspace: $workspace, id: $ids[place]})
  USING INDEX SEEK r:Role(workspace, id)
WITH r ORDER BY place
WITH collect(r) AS found WHERE size(found) = size($ids)
UNWIND $rows AS row
MATCH (u:User {workspace: $workspace, id: row[0]})
  USING INDEX SEEK u:User(workspace, id)
UNWIND row[1] AS place
WITH u, found[place] AS r
MERGE (u)-[e:HAS_ROLE]->(r)
ON CREATE SET e.firstSeen = $now
RETURN count(e) AS edges
