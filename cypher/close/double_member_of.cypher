// title: Of several MEMBER_OF edges between the same two, made by hand, the oldest stays, and the team is due for a look
// (:User)-[:MEMBER_OF]->(:Team)
// Collected first, as in close/grants.
UNWIND $rows AS row
MATCH (u:User {workspace: $workspace, id: row[1]})-[e:MEMBER_OF]->(t:Team {workspace: $workspace, id: row[0]})
  USING INDEX SEEK u:User(workspace, id)
  USING INDEX SEEK t:Team(workspace, id)
WITH t, row, e ORDER BY coalesce(e.firstSeen, '9')
WITH t, row, collect(e) AS edges
FOREACH (e IN tail(edges) | DELETE e)
REMOVE t.fingerprint
