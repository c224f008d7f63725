UNWIND $rows AS row
MERGE (x:User {workspace: $workspace, id: row[0]})
SET x.username = row[1], x.name = row[2], x.emails = row[3], x.emailVerified = row[4], x.active = row[5],
    x.type = row[6], x.serviceAccount = row[7], x.federated = row[8], x.homeServer = row[9], x.lastLogin = row[10],
    x.reason = row[11], x.fingerprint = row[12], x.firstSeen = $now
