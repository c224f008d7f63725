// title: Of several HAS_ROLE edges between the same two, made by hand, the oldest stays, and the user is due for a look
// (:User)-[:HAS_ROLE]->(:Role)
// Collected first, as in close/grants.
UNWIND $rows AS row
MATCH (u:User {workspace: $workspace, id: row[0]})-[e:HAS_ROLE]->(r:Role {workspace: $workspace, id: row[1]})
  USING INDEX SEEK u:User(workspace, id)
  USING INDEX SEEK r:Role(workspace, id)
WITH u, row, e ORDER BY coalesce(e.firstSeen, '9')
WITH u, row, collect(e) AS edges
FOREACH (e IN tail(edges) | DELETE e)
REMOVE u.fingerprint
