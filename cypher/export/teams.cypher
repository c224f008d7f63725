// title: Teams, for export
// columns: id, name, private, createdAt, createdById, roomId, memberRows, orphanRows, firstSeen
UNWIND $ids AS id
MATCH (x:Team {workspace: $workspace, id: id})
RETURN collect([x.id, x.name, x.private, x.createdAt, x.createdById, x.roomId, x.memberRows, x.orphanRows, x.firstSeen]) AS page
