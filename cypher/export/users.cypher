// title: Users, for export
// columns: id, username, name, emails, emailVerified, active, type, serviceAccount, federated, homeServer, lastLogin, reason, firstSeen
MATCH (x:User {workspace: $workspace}) WHERE x.id >= ''
RETURN x.id AS id, x.username AS username, x.name AS name, x.emails AS emails, x.emailVerified AS emailVerified,
       x.active AS active, x.type AS type, x.serviceAccount AS serviceAccount, x.federated AS federated,
       x.homeServer AS homeServer, x.lastLogin AS lastLogin, x.reason AS reason, x.firstSeen AS firstSeen
ORDER BY id
