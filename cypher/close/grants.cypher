// title: Permissions that roles no longer grant, and the role is due for a look
// (:Role)-[:GRANTS]->(:Permission)
// Collected first: ArcadeDB loses its way among the edges of a role when a hundred of them go while it walks.
UNWIND $rows AS row
MATCH (r:Role {workspace: $workspace, id: row[0]})-[e:GRANTS]->(p:Permission {workspace: $workspace, id: row[1]})
  USING INDEX SEEK r:Role(workspace, id)
  USING INDEX SEEK p:Permission(workspace, id)
WITH r, collect(e) AS gone
FOREACH (e IN gone | DELETE e)
REMOVE r.fingerprint
