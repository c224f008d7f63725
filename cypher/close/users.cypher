// title: Users that are gone become FormerUsers, with whatever others have attached to them
// REMOVE before SET, in one statement and a transaction of its own: the form that both engines take.
UNWIND $ids AS id
MATCH (x:User {workspace: $workspace, id: id})
  USING INDEX SEEK x:User(workspace, id)
REMOVE x:User:ServiceAccount:Federated:Deactivated, x.fingerprint SET x:FormerUser, x.until = $now
