// title: Every way of one account into one room by a team
// question: Does a team membership let this account read the room?
// needs: users, teams, members, deactivatedMembers, rooms
// param user: username of an account, or its id
// param room: id of the room
// columns: path, held (always empty)
// A team holds rooms that its members cannot read. They read its main room and, of a private team, its public channels.
CALL () {
  MATCH (u:User {workspace: $workspace, username: $user}) RETURN u
  UNION
  MATCH (u:User {workspace: $workspace, id: $user}) RETURN u
}
MATCH path = (u)-[:MEMBER_OF]->(t:Team)-[h:HAS_ROOM]->(room:Room {workspace: $workspace, id: $room})
WHERE h.main = true OR (room.type = 'c' AND t.private = true)
RETURN path, [] AS held
