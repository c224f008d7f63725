UNWIND $rows AS row
MERGE (x:Team {workspace: $workspace, id: row[0]})
SET x.name = row[1], x.private = row[2], x.createdAt = row[3], x.createdById = row[4], x.roomId = row[5],
    x.memberRows = row[6], x.orphanRows = row[7], x.fingerprint = row[8], x.firstSeen = $now
