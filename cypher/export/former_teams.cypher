// title: Teams that are gone, for export
// columns: id, name, private, createdAt, createdById, roomId, memberRows, orphanRows, firstSeen, until
UNWIND $ids AS id
MATCH (x:FormerTeam {workspace: $workspace, id: id})
RETURN collect([x.id, x.name, x.private, x.createdAt, x.createdById, x.roomId, x.memberRows, x.orphanRows,
                x.firstSeen, x.until]) AS page
