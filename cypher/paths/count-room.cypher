// title: How many a team lets into one room
// needs: users, teams, members, deactivatedMembers, rooms
// param room: id of the room
// columns: state, by, accounts
MATCH (room:Room {workspace: $workspace, id: $room})<-[h:HAS_ROOM]-(t:Team)<-[:MEMBER_OF]-(u:User)
WHERE h.main = true OR (room.type = 'c' AND t.private = true)
WITH DISTINCT u
WITH coalesce(u.status, 'not visible') AS state
RETURN state, 'team' AS by, count(*) AS accounts ORDER BY state
