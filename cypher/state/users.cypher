// title: What the graph says of these users, labels last
UNWIND $ids AS id
MATCH (x:User {workspace: $workspace, id: id})
  USING INDEX SEEK x:User(workspace, id)
RETURN collect([x.id, x.username, x.name, x.emails, x.emailVerified, x.active, x.type, x.serviceAccount, x.federated,
                x.homeServer, x.lastLogin, x.reason, x:ServiceAccount, x:Federated, x:Deactivated]) AS page
