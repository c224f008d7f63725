// title: Everybody whom a team lets into one room
// question: Whose team membership opens the room?
// needs: users, teams, members, deactivatedMembers, rooms
// param room: id of the room
// param most: how many of them, of each state
// columns: id, user, name, state, ways, accounts (of that state, in all)
// Who is in the room by invitation is not read; a private room of a team that is not its main room shows nobody here.
MATCH (room:Room {workspace: $workspace, id: $room})<-[h:HAS_ROOM]-(t:Team)<-[:MEMBER_OF]-(u:User)
WHERE h.main = true OR (room.type = 'c' AND t.private = true)
WITH DISTINCT room, u, coalesce(u.status, 'not visible') AS state
ORDER BY coalesce(u.username, u.id), u.id
WITH room, state, count(u) AS accounts, collect(u)[..$most] AS first
UNWIND first AS u
WITH u, state, accounts, COLLECT {
  MATCH (u)-[m:MEMBER_OF]->(t:Team)-[h:HAS_ROOM]->(room)
  WHERE h.main = true OR (room.type = 'c' AND t.private = true)
  RETURN {by: 'team', team: coalesce(t.name, t.id), owner: m.owner, roles: m.roles, allRoles: u.active = true OR (u.active IS NULL AND u.type IS NULL AND u.federated IS NULL), main: h.main}
  ORDER BY coalesce(t.name, t.id), t.id
} AS ways
RETURN u.id AS id, u.username AS user, u.name AS name, state, ways, accounts
ORDER BY CASE state WHEN 'active' THEN 0 WHEN 'service' THEN 1 WHEN 'federated' THEN 2 WHEN 'deactivated' THEN 3
         WHEN 'pending' THEN 4 ELSE 5 END,
         coalesce(u.username, u.id), u.id
