// title: Users that are gone, for export
// columns: id, username, name, emails, emailVerified, active, type, serviceAccount, federated, homeServer, lastLogin, reason, firstSeen, until
MATCH (x:FormerUser {workspace: $workspace}) WHERE x.id >= ''
RETURN x.id AS id, x.username AS username, x.name AS name, x.emails AS emails, x.emailVerified AS emailVerified,
       x.active AS active, x.type AS type, x.serviceAccount AS serviceAccount, x.federated AS federated,
       x.homeServer AS homeServer, x.lastLogin AS lastLogin, x.reason AS reason, x.firstSeen AS firstSeen,
       x.until AS until
ORDER BY id
