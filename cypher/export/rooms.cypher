// title: Rooms of teams, for export
// columns: id, name, type, private, archived, usersCount, readOnly
UNWIND $ids AS id
MATCH (x:Room {workspace: $workspace, id: id})
RETURN collect([x.id, x.name, x.type, x.private, x.archived, x.usersCount, x.readOnly]) AS page
