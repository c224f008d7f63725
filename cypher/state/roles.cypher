// title: What the graph says of these roles
UNWIND $ids AS id
MATCH (x:Role {workspace: $workspace, id: id})
  USING INDEX SEEK x:Role(workspace, id)
RETURN collect([x.id, x.name, x.description, x.scope, x.roomScoped, x.builtIn, x.mandatory2fa, x.dangling]) AS page
