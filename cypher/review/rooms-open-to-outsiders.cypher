// title: Rooms of private teams that outsiders read
// question: Which rooms does a private team open to the guests and federated users among its members?
// why: A member reads the main room and the public channels of a private team. Who was invited into its other rooms is not read.
// controls: SOC2 CC6.1, ISO27001 A.5.15, NIST AC-20
// severity: info
// needs: users, roles, teams, members, rooms, federated
// examines: rooms
// param guest_roles: ["guest", "anonymous"] = roles that mark somebody as a guest
// columns: room, team, main, usersCount, outsiders, names, reads
// Archived rooms and accounts that are switched off are aside; names are the first ten. external-access looks at addresses.
// DISTINCT: what a UNION finds by an index and over an edge, ArcadeDB gives twice.
CALL () {
  MATCH (u:User {workspace: $workspace, federated: true}) RETURN u
  UNION
  MATCH (g:Role {workspace: $workspace})<-[:HAS_ROLE]-(u:User) WHERE g.id IN $guest_roles RETURN u
}
WITH DISTINCT u WHERE coalesce(u.active, true)
MATCH (u)-[:MEMBER_OF]->(t:Team {private: true})
WITH t, coalesce(u.username, u.id) AS user ORDER BY user
WITH t, collect(user) AS users
MATCH (t)-[h:HAS_ROOM]->(room:Room)
WHERE NOT coalesce(room.archived, false) AND (h.main = true OR room.type = 'c')
RETURN coalesce(room.name, room.id) AS room, coalesce(t.name, t.id) AS team, h.main AS main, room.usersCount AS usersCount,
       size(users) AS outsiders, users[..10] AS names,
       CASE WHEN room.attributeControlled = true AND coalesce(room.type <> 'c', true) THEN 'yes, if their attributes allow it'
            WHEN room.attributeControlled = false OR room.type = 'c' THEN 'yes'
            ELSE 'yes, unless attributes control it, which is not visible' END AS reads
ORDER BY team, main DESC, room
