// title: Roles, for export
// columns: id, name, description, scope, roomScoped, builtIn, mandatory2fa, dangling, firstSeen
UNWIND $ids AS id
MATCH (x:Role {workspace: $workspace, id: id})
RETURN collect([x.id, x.name, x.description, x.scope, x.roomScoped, x.builtIn, x.mandatory2fa, x.dangling, x.firstSeen]) AS page
