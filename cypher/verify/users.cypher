// title: What the graph says of these users: properties in the order of load/users, labels, ids of roles
// (:User)-[:HAS_ROLE]->(:Role)
UNWIND $ids AS id
MATCH (x:User {workspace: $workspace, id: id})
  USING INDEX SEEK x:User(workspace, id)
RETURN collect([x.id, x.username, x.name, x.emails, x.emailVerified, x.active, x.type, x.serviceAccount, x.federated,
                x.homeServer, x.lastLogin, x.reason, x:ServiceAccount, x:Federated, x:Deactivated,
                [(x)-[:HAS_ROLE]->(r:Role {workspace: $workspace}) | r.id]]) AS page
