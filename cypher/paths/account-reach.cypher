// title: How far one account reaches, in numbers
// question: How many roles, permissions of each tier, teams and rooms of teams does the account have?
// needs: users, roles, permissions, teams, members, deactivatedMembers
// param user: username of an account, or its id
// columns: id, roles (their ids), permissions, tierA, tierB, tierC, teams, owned, rooms, roomsNotVisible
// rooms: opened by team membership. roomsNotVisible: other private rooms of these teams; who is in them is not read.
CALL () {
  MATCH (u:User {workspace: $workspace, username: $user}) RETURN u
  UNION
  MATCH (u:User {workspace: $workspace, id: $user}) RETURN u
}
CALL (u) {
  OPTIONAL MATCH (u)-[:HAS_ROLE]->(:Role)-[:GRANTS]->(p:Permission)
  WITH DISTINCT p
  RETURN count(p) AS permissions, count(CASE WHEN p.tier = 'A' THEN 1 END) AS tierA,
         count(CASE WHEN p.tier = 'B' THEN 1 END) AS tierB, count(CASE WHEN p.tier = 'C' THEN 1 END) AS tierC
}
CALL (u) {
  OPTIONAL MATCH (u)-[m:MEMBER_OF]->(t:Team)
  RETURN count(t) AS teams, count(CASE WHEN m.owner = true THEN 1 END) AS owned
}
CALL (u) {
  OPTIONAL MATCH (u)-[:MEMBER_OF]->(t:Team)-[h:HAS_ROOM]->(room:Room)
  RETURN count(DISTINCT CASE WHEN h.main = true OR (room.type = 'c' AND t.private = true) THEN room END) AS rooms,
         count(DISTINCT CASE WHEN room.type = 'p' AND coalesce(h.main, false) = false THEN room END) AS roomsNotVisible
}
RETURN u.id AS id, COLLECT { MATCH (u)-[:HAS_ROLE]->(r:Role) RETURN r.id ORDER BY r.id } AS roles, permissions, tierA, tierB, tierC, teams, owned,
       rooms, roomsNotVisible
