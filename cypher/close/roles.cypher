// title: Roles that are gone become FormerRoles, with whatever others have attached to them
// REMOVE before SET, in one statement and a transaction of its own: the form that both engines take.
UNWIND $ids AS id
MATCH (x:Role {workspace: $workspace, id: id})
  USING INDEX SEEK x:Role(workspace, id)
REMOVE x:Role, x.fingerprint SET x:FormerRole, x.until = $now
