// title: What one account has: roles, tier A and B permissions, teams, their rooms
// question: What is in somebody's hands who takes this account over?
// needs: users, roles, permissions, teams, members, deactivatedMembers
// param user: username of an account, or its id
// columns: path, held (always empty)
// A role or team stands alone where nothing of this kind follows it. Rooms are those that team membership opens:
// the main room and, of a private team, the public channels.
CALL () {
  MATCH (u:User {workspace: $workspace, username: $user}) RETURN u
  UNION
  MATCH (u:User {workspace: $workspace, id: $user}) RETURN u
}
CALL (u) {
  MATCH path = (u)-[:HAS_ROLE]->(r:Role)
  WHERE NOT EXISTS { MATCH (r)-[:GRANTS]->(p:Permission) WHERE p.tier IN ['A', 'B'] }
  RETURN path
  UNION ALL
  MATCH path = (u)-[:HAS_ROLE]->(:Role)-[:GRANTS]->(p:Permission) WHERE p.tier IN ['A', 'B'] RETURN path
  UNION ALL
  MATCH path = (u)-[:MEMBER_OF]->(t:Team)
  WHERE NOT EXISTS {
    MATCH (t)-[h:HAS_ROOM]->(room:Room) WHERE h.main = true OR (room.type = 'c' AND t.private = true)
  }
  RETURN path
  UNION ALL
  MATCH path = (u)-[:MEMBER_OF]->(t:Team)-[h:HAS_ROOM]->(room:Room)
  WHERE h.main = true OR (room.type = 'c' AND t.private = true)
  RETURN path
}
RETURN path, [] AS held ORDER BY length(path)
