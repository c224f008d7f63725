// title: Permissions that suffice to become administrator, for export
// (:Permission)-[:ESCALATES_TO]->(:Role)
// columns: permissionId, roleId, how, condition
MATCH (a:Permission {workspace: $workspace})-[e:ESCALATES_TO]->(b:Role {workspace: $workspace})
RETURN a.id AS permissionId, b.id AS roleId, e.how AS how, e.condition AS condition
ORDER BY permissionId, roleId
