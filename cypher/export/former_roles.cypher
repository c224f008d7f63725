// title: Roles that are gone, for export
// columns: id, name, description, scope, roomScoped, builtIn, mandatory2fa, dangling, firstSeen, until
UNWIND $ids AS id
MATCH (x:FormerRole {workspace: $workspace, id: id})
RETURN collect([x.id, x.name, x.description, x.scope, x.roomScoped, x.builtIn, x.mandatory2fa, x.dangling,
                x.firstSeen, x.until]) AS page
