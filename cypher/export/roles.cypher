// title: Roles, for export
// columns: id, name, description, scope, roomScoped, builtIn, mandatory2fa, dangling, firstSeen
MATCH (x:Role {workspace: $workspace}) WHERE x.id >= ''
RETURN x.id AS id, x.name AS name, x.description AS description, x.scope AS scope, x.roomScoped AS roomScoped,
       x.builtIn AS builtIn, x.mandatory2fa AS mandatory2fa, x.dangling AS dangling, x.firstSeen AS firstSeen
ORDER BY id
