// title: Rooms of teams, for export
// columns: id, name, type, private, archived, usersCount, readOnly
MATCH (x:Room {workspace: $workspace}) WHERE x.id >= ''
RETURN x.id AS id, x.name AS name, x.type AS type, x.private AS private, x.archived AS archived,
       x.usersCount AS usersCount, x.readOnly AS readOnly
ORDER BY id
