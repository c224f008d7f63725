// title: Users that are gone, for export
// columns: id, username, name, emails, emailVerified, active, type, serviceAccount, federated, homeServer, lastLogin, reason, firstSeen, until
UNWIND $ids AS id
MATCH (x:FormerUser {workspace: $workspace, id: id})
RETURN collect([x.id, x.username, x.name, x.emails, x.emailVerified, x.active, x.type, x.serviceAccount, x.federated,
                x.homeServer, x.lastLogin, x.reason, x.firstSeen, x.until]) AS page
