UNWIND $rows AS row
MERGE (x:Role {workspace: $workspace, id: row[0]})
SET x.name = row[1], x.description = row[2], x.scope = row[3], x.roomScoped = row[4], x.builtIn = row[5],
    x.mandatory2fa = row[6], x.dangling = row[7], x.fingerprint = row[8], x.firstSeen = $now
