// title: Of several GRANTS edges between the same two, made by hand, the oldest stays, and the role is due for a look
// (:Role)-[:GRANTS]->(:Permission)
// Collected first, as in close/grants.
UNWIND $rows AS row
MATCH (r:Role {workspace: $workspace, id: row[0]})-[e:GRANTS]->(p:Permission {workspace: $workspace, id: row[1]})
  USING INDEX SEEK r:Role(workspace, id)
  USING INDEX SEEK p:Permission(workspace, id)
WITH r, row, e ORDER BY coalesce(e.firstSeen, '9')
WITH r, row, collect(e) AS edges
FOREACH (e IN tail(edges) | DELETE e)
REMOVE r.fingerprint
