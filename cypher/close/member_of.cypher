// title: Memberships that ended: the edge becomes history, and the team is due for a look
// (:User)-[:MEMBER_OF]->(:Team) becomes (:User)-[:WAS_MEMBER_OF]->(:Team)
UNWIND $rows AS row
MATCH (t:Team {workspace: $workspace, id: row[0]})<-[e:MEMBER_OF]-(u:User {workspace: $workspace, id: row[1]})
  USING INDEX SEEK t:Team(workspace, id)
  USING INDEX SEEK u:User(workspace, id)
CREATE (u)-[:WAS_MEMBER_OF {since: e.firstSeen, until: $now}]->(t)
DELETE e
REMOVE t.fingerprint
