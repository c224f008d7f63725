// title: Members of teams: the ids of teams, and a row for each user: its id, then for each team its place among these,
// roles, owner, joined, added by
// A team is looked up once, and a user once for all of its teams.
// (:User)-[:MEMBER_OF]->(:Team)
UNWIND range(0, size($ids) - 1) AS place
MATCH (t:Team {workspace: $workspace, id: $ids[place]})
  USING INDEX SEEK t:Team(workspace, id)
WITH t ORDER BY place
WITH collect(t) AS found WHERE size(found) = size($ids)
UNWIND $rows AS row
MATCH (u:User {workspace: $workspace, id: row[0]})
  USING INDEX SEEK u:User(workspace, id)
UNWIND row[1] AS m
WITH u, m, found[m[0]] AS t
MERGE (u)-[e:MEMBER_OF]->(t)
ON CREATE SET e.firstSeen = $now
SET e.roles = m[1], e.owner = m[2], e.joinedAt = m[3], e.addedById = m[4]
RETURN count(e) AS edges
