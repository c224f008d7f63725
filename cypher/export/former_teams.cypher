// title: Teams that are gone, for export
// columns: id, name, private, createdAt, createdById, roomId, memberRows, orphanRows, firstSeen, until
MATCH (x:FormerTeam {workspace: $workspace}) WHERE x.id >= ''
RETURN x.id AS id, x.name AS name, x.private AS private, x.createdAt AS createdAt, x.createdById AS createdById,
       x.roomId AS roomId, x.memberRows AS memberRows, x.orphanRows AS orphanRows, x.firstSeen AS firstSeen,
       x.until AS until
ORDER BY id
