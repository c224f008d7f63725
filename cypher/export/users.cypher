// title: Users, for export
// columns: id, username, name, emails, emailVerified, active, type, serviceAccount, federated, homeServer, lastLogin, reason, firstSeen
UNWIND $ids AS id
MATCH (x:User {workspace: $workspace, id: id})
RETURN collect([x.id, x.username, x.name, x.emails, x.emailVerified, x.active, x.type, x.serviceAccount, x.federated,
                x.homeServer, x.lastLogin, x.reason, x.firstSeen]) AS page
