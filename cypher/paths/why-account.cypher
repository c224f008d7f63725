// title: What one account has: roles, tier A and B permissions, teams, their rooms
// question: What is in somebody's hands who takes this account over?
// needs: users, roles, permissions, teams, members, deactivatedMembers
// param user: username of an account, or its id
// columns: nodes, edges (each once, and not path by path: an account may have hundreds of teams)
// Rooms are those that team membership opens: the main room and, of a private team, the public channels.
CALL () {
  MATCH (u:User {workspace: $workspace, username: $user}) RETURN u
  UNION
  MATCH (u:User {workspace: $workspace, id: $user}) RETURN u
}
CALL (u) {
  OPTIONAL MATCH (u)-[holds:HAS_ROLE]->(role:Role)
  OPTIONAL MATCH (role)-[gives:GRANTS]->(permission:Permission) WHERE permission.tier IN ['A', 'B']
  RETURN collect(DISTINCT role) + collect(DISTINCT permission) AS powers,
         collect(DISTINCT holds) + collect(DISTINCT gives) AS by
}
CALL (u) {
  OPTIONAL MATCH (u)-[member:MEMBER_OF]->(team:Team)
  OPTIONAL MATCH (team)-[has:HAS_ROOM]->(room:Room) WHERE has.main = true OR (room.type = 'c' AND team.private = true)
  RETURN collect(DISTINCT team) + collect(DISTINCT room) AS places,
         collect(DISTINCT member) + collect(DISTINCT has) AS through
}
RETURN [u] + powers + places AS nodes, by + through AS edges
