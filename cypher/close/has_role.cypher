// title: Roles that users no longer have: the edge becomes history, and the user is due for a look
// (:User)-[:HAS_ROLE]->(:Role) becomes (:User)-[:HAD_ROLE]->(:Role)
UNWIND $rows AS row
MATCH (u:User {workspace: $workspace, id: row[0]})-[e:HAS_ROLE]->(r:Role {workspace: $workspace, id: row[1]})
  USING INDEX SEEK u:User(workspace, id)
  USING INDEX SEEK r:Role(workspace, id)
CREATE (u)-[:HAD_ROLE {since: e.firstSeen, until: $now}]->(r)
DELETE e
REMOVE u.fingerprint
